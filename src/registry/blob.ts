/** Blobs as streams: checked at the end, taken up again where a connection broke. */
import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { ScarError } from "../errors.ts";
import { Attempts, PassingFailure } from "./attempts.ts";
import type { RegistryClient } from "./client.ts";
import { failed, unreachable } from "./failures.ts";
import { LinkError } from "./link-error.ts";
import type { Descriptor } from "./manifest.ts";
import type { Followed } from "./requester.ts";

/** Bytes that count as progress: failures after them are counted afresh. */
const PROGRESS = 256 * 1024;

/** Bytes that wait in the stream for a slow reader. */
const BUFFER = 1024 * 1024;

export interface BlobSource {
  readonly client: RegistryClient;
  readonly descriptor: Descriptor;
  /** `layer 2 of 5`: for messages. */
  readonly what: string;
}

/**
 * Opens a blob; resolves when its first answer is there. The stream fails with ScarError `DigestMismatch` when the content is not the
 * descriptor's, and with what the registry's client throws when it cannot be read to its end. Destroying it ends the request.
 */
export async function openBlob(source: BlobSource): Promise<Readable> {
  const blob = new BlobReader(source);
  await blob.start();
  const pieces = blob.pieces();
  return new Readable({
    highWaterMark: BUFFER,
    read() {
      pieces.next().then(
        ({ done, value }) => this.push(done === true ? null : value),
        (error: Error) => this.destroy(error),
      );
    },
    destroy(error, done) {
      blob.stop();
      done(error);
    },
  });
}

class BlobReader {
  readonly #source: BlobSource;
  readonly #attempts: Attempts;
  #answer: Followed | undefined;
  #stopped = false;
  /** Bytes handed on. */
  #offset = 0;

  constructor(source: BlobSource) {
    this.#source = source;
    this.#attempts = new Attempts(source.client.attempts);
  }

  async start(): Promise<void> {
    while (this.#answer === undefined && this.#source.descriptor.size > 0) {
      try {
        this.#answer = await this.#ask();
      } catch (error) {
        await this.#attempts.pause(error);
      }
    }
  }

  stop(): void {
    this.#stopped = true;
    this.#answer?.body.destroy();
  }

  async *pieces(): AsyncGenerator<Buffer> {
    const { digest, size } = this.#source.descriptor;
    const hash = createHash("sha256");
    let reached = 0;
    while (this.#offset < size && !this.#stopped) {
      try {
        for await (const chunk of this.#rest()) {
          hash.update(chunk);
          this.#offset += chunk.length;
          if (this.#offset > size) throw this.#damaged(`it has more than its ${size} bytes`);
          if (this.#offset - reached >= PROGRESS) {
            reached = this.#offset;
            this.#attempts.progressed();
          }
          yield chunk;
        }
      } catch (error) {
        if (this.#stopped) return;
        // Of a connection that breaks after the last byte nothing is missing.
        if (!(error instanceof PassingFailure) || this.#offset < size) await this.#attempts.pause(error);
      }
      this.#answer = undefined;
    }
    if (this.#stopped) return;
    const found = `sha256:${hash.digest("hex")}`;
    if (found !== digest) throw this.#damaged(`its digest is ${found}, not ${digest}`);
  }

  /** What the current answer, or a new one, has from the offset on. Throws PassingFailure when it ends too early. */
  async *#rest(): AsyncGenerator<Buffer> {
    const { client, descriptor, what } = this.#source;
    this.#answer ??= await this.#ask();
    const answer = this.#answer;
    if (this.#stopped) return void answer.body.destroy();
    let skip = this.#offset - startOf(answer);
    if (!(skip >= 0)) {
      answer.body.destroy();
      const server = client.requester.nameOf(answer.url);
      throw new PassingFailure(
        failed(client.reference, server, answer.status, `another part of ${what} than asked for`),
      );
    }
    for await (const chunk of client.requester.read(answer.url, answer)) {
      if (chunk.length > skip) yield skip === 0 ? chunk : chunk.subarray(skip);
      skip = Math.max(0, skip - chunk.length);
    }
    if (this.#offset >= descriptor.size) return;
    const error = new LinkError("broken", `${what} ended after ${this.#offset} of ${descriptor.size} bytes`);
    throw new PassingFailure(unreachable(client.reference, client.requester.nameOf(answer.url), error));
  }

  #ask(): Promise<Followed> {
    const { client, descriptor, what } = this.#source;
    const { registry } = client.reference;
    return client.open({
      path: `blobs/${descriptor.digest}`,
      ...(this.#offset > 0 ? { headers: { range: `bytes=${this.#offset}-` } } : {}),
      missing: () => {
        const why = descriptor.isForeign
          ? ": its licence keeps it elsewhere (a foreign layer)"
          : ` (${descriptor.digest})`;
        return new ScarError("RegistryFailed", `${client.reference}: ${registry} does not have its ${what}${why}`, {
          hint: "push the image again",
        });
      },
    });
  }

  #damaged(why: string): ScarError {
    const { client, what } = this.#source;
    const { registry } = client.reference;
    return new ScarError("DigestMismatch", `${client.reference}: ${what} from ${registry} is damaged: ${why}`, {
      hint: "try again; if it stays, the registry's copy (or a proxy's) is damaged: push the image again",
    });
  }
}

/** The offset at which an answer's body begins; NaN when it does not say. */
function startOf({ status, headers }: Followed): number {
  return status === 206 ? Number(/^bytes (\d{1,15})-/.exec(headers["content-range"] ?? "")?.[1]) : 0;
}
