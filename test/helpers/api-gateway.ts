/** REST APIs of the local AWS by signed requests, as the official SDKs send them (`@aws-sdk/client-api-gateway` is no dependency). */
import type { LocalServer } from "../../src/local/control.ts";
import { send, sign } from "./local-signed.ts";

export interface GatewayAnswer {
  readonly status: number;
  /** `X-Amzn-ErrorType` */
  readonly error: string | undefined;
  // biome-ignore lint/suspicious/noExplicitAny: whatever document it is
  readonly document: any;
}

/** One request of the control plane. */
export async function gateway(
  server: LocalServer,
  method: string,
  path: string,
  input?: unknown,
): Promise<GatewayAnswer> {
  const body = input === undefined ? "" : JSON.stringify(input);
  const headers = { accept: "application/json", "content-type": "application/json" };
  const raw = { port: server.port, method, path, body, headers };
  const { status, headers: answered, text } = await send(sign(raw, { ...server, service: "apigateway" }));
  const error = answered["x-amzn-errortype"];
  return {
    status,
    error: typeof error === "string" ? error : undefined,
    document: text === "" ? undefined : JSON.parse(text),
  };
}

/** The same, which must succeed; its document. */
export async function gatewayOk(server: LocalServer, method: string, path: string, input?: unknown) {
  const { status, document } = await gateway(server, method, path, input);
  if (status >= 300) throw new Error(`${method} ${path}: ${status} ${JSON.stringify(document)}`);
  return document;
}

export const lambdaUri = (functionArn: string): string =>
  `arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/${functionArn}/invocations`;

const INVOCATION_TYPE = "method.request.header.X-Amz-Invocation-Type";

/** What SCAR and scar put before a function: ANY with AWS_PROXY, the header X-Amz-Invocation-Type passed on. */
export async function proxyMethod(
  server: LocalServer,
  resource: string,
  functionArn: string,
  {
    verb = "ANY",
    authorizationType = "NONE",
    timeoutInMillis,
  }: { verb?: string; authorizationType?: string; timeoutInMillis?: number } = {},
): Promise<void> {
  const path = `${resource}/methods/${verb}`;
  await gatewayOk(server, "PUT", path, { authorizationType, requestParameters: { [INVOCATION_TYPE]: false } });
  await gatewayOk(server, "PUT", `${path}/integration`, {
    type: "AWS_PROXY",
    httpMethod: "POST",
    uri: lambdaUri(functionArn),
    requestParameters: { "integration.request.header.X-Amz-Invocation-Type": INVOCATION_TYPE },
    timeoutInMillis,
  });
}

export interface ProxyApi {
  readonly id: string;
  /** `/restapis/ID` */
  readonly path: string;
  readonly rootId: string;
  /** The resource `/{proxy+}`. */
  readonly proxyId: string;
}

/** A REGIONAL API with ANY on `/` and `/{proxy+}`, not deployed. */
export async function proxyApi(
  server: LocalServer,
  functionArn: string,
  more: object = {},
  method: Parameters<typeof proxyMethod>[3] = {},
): Promise<ProxyApi> {
  const input = { name: "api", endpointConfiguration: { types: ["REGIONAL"] }, ...more };
  const { id, rootResourceId: rootId } = await gatewayOk(server, "POST", "/restapis", input);
  const path = `/restapis/${id}`;
  const proxy = await gatewayOk(server, "POST", `${path}/resources/${rootId}`, { pathPart: "{proxy+}" });
  for (const resource of [rootId, proxy.id])
    await proxyMethod(server, `${path}/resources/${resource}`, functionArn, method);
  return { id, path, rootId, proxyId: proxy.id };
}

export const deploy = (server: LocalServer, api: Pick<ProxyApi, "path">, stageName = "scar"): Promise<{ id: string }> =>
  gatewayOk(server, "POST", `${api.path}/deployments`, { stageName });
