import type { LocalServer } from "../../src/local/control.ts";
import { type Answer, send, sign } from "./local-signed.ts";

/** One request in SQS's JSON protocol. */
export function sqsRequest(server: LocalServer, operation: string, input: object = {}): Promise<Answer> {
  const raw = {
    port: server.port,
    method: "POST",
    path: "/",
    headers: { "content-type": "application/x-amz-json-1.0", "x-amz-target": `AmazonSQS.${operation}` },
    body: JSON.stringify(input),
  };
  return send(sign(raw, { ...server, service: "sqs" }));
}

/** The document of a successful answer; throws the error's document. */
// biome-ignore lint/suspicious/noExplicitAny: what a test makes of it
export async function sqs(server: LocalServer, operation: string, input: object = {}): Promise<any> {
  const { status, text } = await sqsRequest(server, operation, input);
  if (status !== 200) throw new Error(`${status} ${text}`);
  return JSON.parse(text);
}

/** Makes a queue. */
export async function createQueue(
  server: LocalServer,
  name: string,
): Promise<{ readonly url: string; readonly arn: string }> {
  const { QueueUrl } = await sqs(server, "CreateQueue", { QueueName: name });
  return { url: QueueUrl, arn: `arn:aws:sqs:${server.region}:${server.accountId}:${name}` };
}
