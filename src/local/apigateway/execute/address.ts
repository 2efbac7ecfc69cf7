/** Which API, stage and path a request addresses. */

export interface ExecuteAddress {
  readonly apiId: string;
  /** Empty when the request names none. */
  readonly stage: string;
  /** Below the stage, as it was sent; begins with a slash. */
  readonly path: string;
}

const PREFIX = "/_aws/execute-api/";
/** No bucket's virtual host: an API's identifier is as long as this. */
const HOST = /^([a-z0-9]{10})\.execute-api\.localhost(?::\d{1,5})?$/;

/** `/_aws/execute-api/ID/STAGE/PATH`, or `/STAGE/PATH` of the host `ID.execute-api.localhost`; undefined for a request that is for no API. */
export function executeAddress(host: string | undefined, path: string): ExecuteAddress | undefined {
  const named = HOST.exec(host?.toLowerCase() ?? "")?.[1];
  if (named === undefined && !path.startsWith(PREFIX)) return undefined;
  const rest = named === undefined ? path.slice(PREFIX.length) : `${named}${path}`;
  const [apiId = "", stage = "", ...below] = rest.split("/");
  return { apiId, stage, path: `/${below.join("/")}` };
}

/** The name that AWS gives an API; here with the server's port, so that URLs can be made of it. */
export const domainName = (apiId: string, port: number): string => `${apiId}.execute-api.localhost:${port}`;
