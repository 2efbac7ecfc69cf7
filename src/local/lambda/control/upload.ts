/**
 * Reads the requests that carry a zip. The base64 text of `ZipFile` goes straight to a file, piece by piece: a 50 MB package
 * never stands in memory, neither as JSON text nor decoded.
 */
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createWriteStream, type WriteStream } from "node:fs";
import { AwsError } from "../../service.ts";
import { type CodeFacts, LIMITS } from "../model.ts";

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const SPACE = 0x20;
const COLON = 0x3a;
const OPEN = 0x7b;
const CLOSE = 0x7d;
/** Longer strings are none of the keys that are looked for. */
const MAX_KEY = 16;
/** What may stand in the request beside the zip: names, variables, tags. */
const MAX_REST = 1024 * 1024;

export interface Upload {
  /** The request's JSON; `ZipFile` is an empty string in it. */
  readonly body: unknown;
  /** Missing when the request had no ZipFile. */
  readonly code?: CodeFacts;
}

/**
 * @param zipPath where the zip is written, when there is one; the caller removes it.
 * @param field of the request that has the ZipFile; undefined: the request itself has.
 * @param operation named in the error of a request over 70167211 bytes.
 */
export async function readUpload(
  stream: AsyncIterable<Buffer>,
  zipPath: string,
  field: string | undefined,
  operation: string,
): Promise<Upload> {
  const rest: Buffer[] = [];
  let restLength = 0;
  const keep = (bytes: Buffer): void => {
    restLength += bytes.length;
    if (restLength > MAX_REST) throw tooLarge(operation);
    rest.push(bytes);
  };
  const scanner = new KeyScanner([...(field === undefined ? [] : [field]), "ZipFile"]);
  let zip: Base64File | undefined;
  let inZip = false;
  let total = 0;
  try {
    for await (const chunk of stream) {
      total += chunk.length;
      if (total > LIMITS.request) throw tooLarge(operation);
      let at = 0;
      while (at < chunk.length) {
        if (inZip) {
          const end = chunk.indexOf(QUOTE, at);
          await zip!.write(chunk.subarray(at, end < 0 ? chunk.length : end));
          at = end < 0 ? chunk.length : end;
          inZip = end < 0;
          if (!inZip) scanner.leaveValue();
        } else {
          const start = scanner.find(chunk, at);
          keep(chunk.subarray(at, start ?? chunk.length));
          at = start ?? chunk.length;
          if (start !== undefined) {
            zip ??= new Base64File(zipPath);
            inZip = true;
          }
        }
      }
    }
    const code = await zip?.finish();
    return { body: parse(Buffer.concat(rest)), ...(code ? { code } : {}) };
  } catch (error) {
    zip?.destroy();
    throw error;
  }
}

/** Finds where the text value of one key begins, over the borders of chunks. */
class KeyScanner {
  readonly #key: string;
  /** Keys of the objects around it, as {@link #around} has them. */
  readonly #wanted: string;
  /** Keys of the objects that are open; the request itself has none. */
  readonly #around: string[] = [];
  #inString = false;
  #escaped = false;
  /** The last string, as far as it can matter. */
  #text = "";
  /** The last string was the key, at its place, and only a colon and white space came since. */
  #afterKey = false;

  constructor(path: readonly string[]) {
    this.#key = path.at(-1)!;
    this.#wanted = ["", ...path.slice(0, -1)].join("/");
  }

  /** Index after the opening quote of the key's value; undefined when it is not in this chunk. */
  find(chunk: Buffer, from: number): number | undefined {
    for (let i = from; i < chunk.length; i++) {
      const byte = chunk[i]!;
      if (this.#inString) this.#takeText(byte);
      else if (byte === QUOTE) {
        if (this.#afterKey) return i + 1;
        this.#inString = true;
        this.#text = "";
      } else if (byte > SPACE && byte !== COLON) {
        this.#afterKey = false;
        if (byte === OPEN) this.#around.push(this.#text);
        else if (byte === CLOSE) this.#around.pop();
        this.#text = "";
      }
    }
    return undefined;
  }

  /** The value ended: its closing quote is the next byte, and must not open a string. */
  leaveValue(): void {
    this.#afterKey = false;
    this.#inString = true;
    this.#text = "";
  }

  #takeText(byte: number): void {
    if (this.#escaped) {
      this.#escaped = false;
      // No key that matters has an escape in it.
      this.#text = "\\";
    } else if (byte === BACKSLASH) this.#escaped = true;
    else if (byte === QUOTE) {
      this.#inString = false;
      this.#afterKey = this.#text === this.#key && this.#around.join("/") === this.#wanted;
    } else if (this.#text.length < MAX_KEY) this.#text += String.fromCharCode(byte);
  }
}

/** Decodes base64 into a file while it comes in, and hashes what it decoded. */
class Base64File {
  readonly #file: WriteStream;
  readonly #hash = createHash("sha256");
  #carry = "";
  #size = 0;

  constructor(path: string) {
    this.#file = createWriteStream(path, { mode: 0o600 });
  }

  async write(bytes: Buffer): Promise<void> {
    // JSON may write the slash of base64 as `\/`.
    const text = this.#carry + bytes.toString("latin1").replaceAll("\\", "");
    const whole = text.length - (text.length % 4);
    this.#carry = text.slice(whole);
    await this.#decode(text.slice(0, whole));
  }

  async finish(): Promise<CodeFacts> {
    await this.#decode(this.#carry);
    this.#file.end();
    await once(this.#file, "close");
    return { CodeSha256: this.#hash.digest("base64"), CodeSize: this.#size };
  }

  destroy(): void {
    this.#file.destroy();
  }

  async #decode(text: string): Promise<void> {
    const bytes = Buffer.from(text, "base64");
    this.#size += bytes.length;
    if (this.#size > LIMITS.zipped) {
      throw new AwsError(413, "RequestEntityTooLargeException", `Zip file must be smaller than ${LIMITS.zipped} bytes`);
    }
    this.#hash.update(bytes);
    if (bytes.length > 0 && !this.#file.write(bytes)) await once(this.#file, "drain");
  }
}

function parse(json: Buffer): unknown {
  try {
    return JSON.parse(json.toString("utf8"));
  } catch {
    throw new AwsError(400, "SerializationException", "Could not parse request body into json");
  }
}

function tooLarge(operation: string): AwsError {
  return new AwsError(
    413,
    "RequestEntityTooLargeException",
    `Request must be smaller than ${LIMITS.request} bytes for the ${operation} operation`,
  );
}
