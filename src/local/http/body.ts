/** Whole bodies, for the requests that are documents. */
import { AwsError } from "../service.ts";

/** The body's bytes; more than `limit` is refused with 413. */
export async function readBody(body: AsyncIterable<Buffer>, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    if (length > limit)
      throw new AwsError(413, "RequestEntityTooLargeException", `Request must be smaller than ${limit} bytes`);
    chunks.push(chunk);
  }
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, length);
}
