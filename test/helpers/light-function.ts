/** A function that reads and writes S3 with nothing but Node: thousands of events take seconds. */

/**
 * Source of `index.mjs`. An event of S3 copies each object from `in/KEY` to `out/KEY`; any other, `{bucket, key, text}`, writes the text there.
 * It fails when S3 refuses.
 */
export const LIGHT_FUNCTION = `
import { createHash, createHmac } from "node:crypto";
import { Agent, request } from "node:http";

const { AWS_ENDPOINT_URL, AWS_REGION: region, AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret, AWS_SESSION_TOKEN: token } = process.env;
const endpoint = new URL(AWS_ENDPOINT_URL);
const agent = new Agent({ keepAlive: true });
const hmac = (key, text) => createHmac("sha256", key).update(text).digest();

function s3(method, path, body) {
  const date = new Date().toISOString().replace(/[-:]|\\.\\d+/g, "");
  const scope = [date.slice(0, 8), region, "s3", "aws4_request"];
  const headers = { host: endpoint.host, "x-amz-content-sha256": "UNSIGNED-PAYLOAD", "x-amz-date": date, "x-amz-security-token": token };
  const names = Object.keys(headers).sort();
  const canonical = [method, path, "", ...names.map((name) => name + ":" + headers[name]), "", names.join(";"), "UNSIGNED-PAYLOAD"].join("\\n");
  const toSign = ["AWS4-HMAC-SHA256", date, scope.join("/"), createHash("sha256").update(canonical).digest("hex")].join("\\n");
  const signature = hmac(scope.reduce(hmac, "AWS4" + secret), toSign).toString("hex");
  headers.authorization = "AWS4-HMAC-SHA256 Credential=" + id + "/" + scope.join("/") + ", SignedHeaders=" + names.join(";") + ", Signature=" + signature;
  if (body !== undefined) headers["content-length"] = Buffer.byteLength(body);
  return new Promise((resolve, reject) => {
    const sent = request({ host: endpoint.hostname, port: endpoint.port, agent, method, path, headers }, (answer) => {
      const chunks = [];
      answer.on("data", (chunk) => chunks.push(chunk));
      answer.on("error", reject);
      answer.on("end", () => {
        const text = Buffer.concat(chunks).toString();
        if (answer.statusCode === 200) resolve(text);
        else reject(new Error(method + " " + path + ": " + answer.statusCode + " " + text));
      });
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

const pathOf = (bucket, key) => "/" + bucket + "/" + key.split("/").map(encodeURIComponent).join("/");

export const handler = async (event) => {
  for (const record of event.Records ?? []) {
    const bucket = record.s3.bucket.name;
    const key = decodeURIComponent(record.s3.object.key.replaceAll("+", " "));
    await s3("PUT", pathOf(bucket, key.replace(/^in/, "out")), await s3("GET", pathOf(bucket, key)));
  }
  if (event.key !== undefined) await s3("PUT", pathOf(event.bucket, event.key), event.text);
};
`;
