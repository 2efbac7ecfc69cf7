import { writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import type { Readable } from "node:stream";
import type { AnswerCheck } from "./answer-check.ts";

/** Bytes up to which a file is written and read at once, without another thread. */
export const SMALL = 256 * 1024;
/** Bytes of one write. */
const WRITE = 1024 * 1024;

export interface Expected {
  readonly check?: AnswerCheck | undefined;
  /** Bytes; undefined or NaN: not known. */
  readonly size?: number | undefined;
  /** Told the bytes that came. */
  readonly progress?: ((bytes: number) => void) | undefined;
}

/** Writes an answer's body into a new file; two writes' worth of it are in memory at most. Throws when it is not what was expected. */
export async function receive(
  body: Readable,
  path: string,
  { check, size = Number.NaN, progress }: Expected,
): Promise<void> {
  if (size <= SMALL) {
    const chunks: Buffer[] = [];
    for await (const chunk of body as AsyncIterable<Buffer>) chunks.push(chunk);
    const content = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
    check?.update(content);
    requireAgreement(check);
    writeFileSync(path, content, { flag: "wx" });
    progress?.(content.length);
    return;
  }
  const file = await open(path, "wx");
  try {
    let chunks: Buffer[] = [];
    let held = 0;
    let received = 0;
    let written: Promise<unknown> = Promise.resolve();
    const write = async () => {
      await written;
      written = file.writev(chunks);
      // Thrown when it is waited for.
      written.catch(() => undefined);
      chunks = [];
      held = 0;
    };
    for await (const chunk of body as AsyncIterable<Buffer>) {
      check?.update(chunk);
      chunks.push(chunk);
      held += chunk.length;
      received += chunk.length;
      progress?.(received);
      if (held >= WRITE) await write();
    }
    if (held > 0) await write();
    await written;
    requireAgreement(check);
  } finally {
    await file.close();
  }
}

function requireAgreement(check: AnswerCheck | undefined): void {
  if (check !== undefined && !check.agrees()) throw new Error("the bytes that came are not those that were uploaded");
}
