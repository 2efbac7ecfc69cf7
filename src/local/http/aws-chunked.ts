/**
 * Decoder of the `aws-chunked` content encoding: `SIZE[;chunk-signature=HEX]\r\n BYTES \r\n` …, a chunk of size 0, then trailer
 * headers. SDKs use it for checksums and signatures that they know only after the body was sent.
 */
import { createHash } from "node:crypto";
import { AwsError } from "../service.ts";

export interface ChunkedOptions {
  /** Signature that the chunk (or trailer) must carry, by the SHA-256 of its bytes; undefined: chunks are not signed. */
  readonly sign?: (kind: "PAYLOAD" | "TRAILER", previous: string, hash: string) => string;
  /** Signature of the request's headers, the first link of the chain. */
  readonly seedSignature: string;
  /** Called with the trailer's headers (lower-case names) when the last chunk was read. */
  readonly onTrailer: (headers: ReadonlyMap<string, string>) => void;
}

const MAX_LINE = 8192;
const incomplete = () => new AwsError(400, "IncompleteBody", "The aws-chunked body ends early or is malformed");

/** Bytes taken from a stream by lines and by counts. */
class Source {
  readonly #iterator: AsyncIterator<Buffer>;
  #buffer: Buffer = Buffer.alloc(0);

  constructor(source: AsyncIterable<Buffer>) {
    this.#iterator = source[Symbol.asyncIterator]();
  }

  async #fill(): Promise<boolean> {
    const next = await this.#iterator.next();
    if (next.done) return false;
    this.#buffer = this.#buffer.length === 0 ? next.value : Buffer.concat([this.#buffer, next.value]);
    return true;
  }

  /** The next line without its CRLF; undefined at the end of the stream. */
  async line(): Promise<string | undefined> {
    for (;;) {
      const end = this.#buffer.indexOf("\r\n");
      if (end >= 0) {
        const line = this.#buffer.toString("latin1", 0, end);
        this.#buffer = this.#buffer.subarray(end + 2);
        return line;
      }
      if (this.#buffer.length > MAX_LINE) throw incomplete();
      if (!(await this.#fill())) {
        if (this.#buffer.length > 0) throw incomplete();
        return undefined;
      }
    }
  }

  /** Between 1 and `most` bytes. */
  async some(most: number): Promise<Buffer> {
    while (this.#buffer.length === 0) if (!(await this.#fill())) throw incomplete();
    const taken = this.#buffer.subarray(0, most);
    this.#buffer = this.#buffer.subarray(taken.length);
    return taken;
  }

  close(): void {
    void this.#iterator.return?.();
  }
}

/** Yields the decoded bytes; throws AwsError on malformed chunks and wrong chunk signatures. */
export async function* decodeAwsChunked(body: AsyncIterable<Buffer>, options: ChunkedOptions): AsyncGenerator<Buffer> {
  const source = new Source(body);
  let previous = options.seedSignature;
  const check = (kind: "PAYLOAD" | "TRAILER", hash: string, given: string | undefined) => {
    if (!options.sign) return;
    const expected = options.sign(kind, previous, hash);
    if (given !== expected) {
      throw new AwsError(403, "SignatureDoesNotMatch", "The signature of a chunk of the body does not match");
    }
    previous = expected;
  };
  try {
    for (;;) {
      const header = /^([0-9a-fA-F]{1,12})(?:;chunk-signature=([0-9a-f]{64}))?$/.exec((await source.line()) ?? "");
      if (!header) throw incomplete();
      let left = Number.parseInt(header[1]!, 16);
      const last = left === 0;
      const hash = options.sign && createHash("sha256");
      while (left > 0) {
        const bytes = await source.some(left);
        left -= bytes.length;
        hash?.update(bytes);
        yield bytes;
      }
      check("PAYLOAD", hash?.digest("hex") ?? "", header[2]);
      if (last) break;
      if ((await source.line()) !== "") throw incomplete();
    }
    options.onTrailer(await readTrailer(source, check));
  } finally {
    source.close();
  }
}

async function readTrailer(
  source: Source,
  check: (kind: "TRAILER", hash: string, given: string | undefined) => void,
): Promise<Map<string, string>> {
  const headers = new Map<string, string>();
  let canonical = "";
  let signature: string | undefined;
  for (let line = await source.line(); line; line = await source.line()) {
    const at = line.indexOf(":");
    if (at < 1) throw incomplete();
    const name = line.slice(0, at).trim().toLowerCase();
    const value = line.slice(at + 1).trim();
    if (name === "x-amz-trailer-signature") {
      signature = value;
      continue;
    }
    headers.set(name, value);
    canonical += `${name}:${value}\n`;
  }
  if (headers.size > 0) check("TRAILER", createHash("sha256").update(canonical).digest("hex"), signature);
  return headers;
}
