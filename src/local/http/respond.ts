/** Writes an answer; long ones with back-pressure. */
import type { ServerResponse } from "node:http";
import { Readable } from "node:stream";
import type { AwsResponse } from "../service.ts";

/** Up to here head and body leave in one string: two buffers cost a vectored write, which takes longer than the copy. */
const ONE_WRITE_BYTES = 8 * 1024;

/** @param common headers of every answer; the response's own come after them. Rejects when the answer could not be sent whole. */
export async function send(
  res: ServerResponse,
  headOnly: boolean,
  { status, headers = {}, body }: AwsResponse,
  common: Readonly<Record<string, string>>,
): Promise<void> {
  if (body !== undefined && typeof body !== "string" && !Buffer.isBuffer(body)) {
    try {
      res.writeHead(status, Object.assign({}, common, headers));
      if (!headOnly) for await (const block of body) await write(res, block);
      res.end();
    } finally {
      if (body instanceof Readable) body.destroy();
      else body.release();
    }
    return;
  }
  const bytes = typeof body === "string" ? Buffer.from(body) : body;
  const bodiless = status === 204 || status === 304;
  const length = bodiless ? {} : { "content-length": bytes?.length ?? 0 };
  // Not spread: three objects into one takes V8 five times as long that way.
  res.writeHead(status, Object.assign(length, common, headers));
  if (headOnly || bytes === undefined) res.end();
  else if (bytes.length > ONE_WRITE_BYTES) res.end(bytes);
  else res.end(bytes.toString("latin1"), "latin1");
}

/** The answer could not be sent because nobody takes it: no fault of the server's. */
export class ClientLeft extends Error {}

/** Resolves when the bytes are in the kernel's hands. Rejects with {@link ClientLeft}. */
function write(res: ServerResponse, bytes: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    // A connection that is cut may leave a write without an answer.
    const closed = () => reject(new ClientLeft());
    res.once("close", closed);
    res.write(bytes, (error) => {
      res.off("close", closed);
      if (error) reject(new ClientLeft(error.message));
      else resolve();
    });
  });
}
