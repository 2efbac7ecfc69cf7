/** Writes an answer; streams with back-pressure. */
import type { ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { AwsResponse } from "../service.ts";

/** @param common headers of every answer; the response's own come after them. Rejects when the answer could not be sent whole. */
export async function send(
  res: ServerResponse,
  headOnly: boolean,
  { status, headers = {}, body }: AwsResponse,
  common: Readonly<Record<string, string>>,
): Promise<void> {
  if (body instanceof Readable) {
    try {
      res.writeHead(status, { ...common, ...headers });
    } catch (error) {
      body.destroy();
      throw error;
    }
    if (!headOnly) return await pipeline(body, res);
    body.destroy();
    res.end();
    return;
  }
  const bytes = typeof body === "string" ? Buffer.from(body) : body;
  const bodiless = status === 204 || status === 304;
  res.writeHead(status, { ...(!bodiless && { "content-length": bytes?.length ?? 0 }), ...common, ...headers });
  res.end(headOnly ? undefined : bytes);
}
