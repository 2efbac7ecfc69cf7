/** Links to the zips that were uploaded: presigned like AWS's, for ten minutes. */
import { computeSignature, sha256Hex, signingKey } from "../../http/sigv4.ts";
import type { LocalSettings } from "../../service.ts";

/** Seconds. */
const EXPIRES = 600;
const SERVICE = "lambda";

type Server = Pick<LocalSettings, "host" | "port" | "region" | "accessKeyId" | "secretAccessKey">;

/** `Code.Location` and `Content.Location`. @param path of the zip, below this server */
export function presignedLocation(server: Server, path: string, now = new Date()): string {
  const { host, port, region, accessKeyId, secretAccessKey } = server;
  const date = now.toISOString().replace(/[-:]|\.\d+/g, "");
  const scope = `${date.slice(0, 8)}/${region}/${SERVICE}/aws4_request`;
  const query = new URLSearchParams({
    "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
    "X-Amz-Credential": `${accessKeyId}/${scope}`,
    "X-Amz-Date": date,
    "X-Amz-Expires": String(EXPIRES),
    "X-Amz-SignedHeaders": "host",
  });
  const signature = computeSignature(
    { method: "GET", path, query, headers: { host: `${host}:${port}` } },
    { signedHeaders: ["host"], scope, service: SERVICE, date },
    sha256Hex(""),
    signingKey(secretAccessKey, scope),
  );
  return `http://${host}:${port}${path}?${query}&X-Amz-Signature=${signature}`;
}
