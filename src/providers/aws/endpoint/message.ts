/** What is sent to an endpoint, and what API Gateway and Lambda let through. Pure. */
import { ScarError } from "../../../errors.ts";
import { isBinary } from "../api/media-types.ts";
import type { ApiFacts } from "./api.ts";

/** What the user wants to send; JSON is text that was checked, sent as it is. */
export type Data =
  | { readonly kind: "none" }
  | { readonly kind: "json"; readonly text: string }
  | { readonly kind: "file"; readonly content: Buffer };

export interface Message {
  readonly method: "GET" | "POST";
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Buffer;
}

/** Bytes of a request's body (AWS: "Amazon API Gateway quotas", "Lambda quotas"); the function's event has the body in it. */
const LIMIT = { api: 10 * 1024 * 1024, synchronous: 6 * 1024 * 1024, asynchronous: 1024 * 1024 } as const;

const BYTES = "application/octet-stream";

/**
 * GET without data, else POST. A file travels as base64 text, as the original sends it; where the API takes its type for bytes, as it is.
 * Throws ScarError `PayloadTooLarge`.
 */
export function messageOf(data: Data, { binaryMediaTypes }: ApiFacts, asynchronous: boolean): Message {
  const accept = acceptedType(binaryMediaTypes);
  const headers = accept === undefined ? {} : { accept };
  if (data.kind === "none") return { method: "GET", headers };
  const raw = isBinary(data.kind === "json" ? "application/json" : BYTES, binaryMediaTypes);
  const [type, body] =
    data.kind === "json"
      ? ["application/json", Buffer.from(data.text)]
      : [BYTES, raw ? data.content : Buffer.from(data.content.toString("base64"))];
  checkSize(body.length, raw ? 4 * Math.ceil(body.length / 3) : sizeInEvent(body), asynchronous);
  return { method: "POST", headers: { ...headers, "content-type": type }, body };
}

/** The type to ask for, so that the API decodes the function's answer; undefined where it never does. */
export function acceptedType(binaryMediaTypes: readonly string[]): string | undefined {
  const [first] = binaryMediaTypes;
  if (first === undefined || isBinary(BYTES, binaryMediaTypes)) return first === undefined ? undefined : BYTES;
  return first;
}

/** Whether a file of so many bytes is worth reading. Throws ScarError `PayloadTooLarge`. */
export function checkFileSize(size: number): void {
  if (size > LIMIT.api) throw tooLarge(size, "a request to API Gateway", LIMIT.api);
}

/** As JSON text in JSON: each quote counts twice. */
function sizeInEvent(body: Buffer): number {
  return Buffer.byteLength(JSON.stringify(body.toString()));
}

function checkSize(body: number, inEvent: number, asynchronous: boolean): void {
  checkFileSize(body);
  const [what, limit] = asynchronous
    ? ["an asynchronous call", LIMIT.asynchronous]
    : ["a synchronous call", LIMIT.synchronous];
  if (inEvent > limit) throw tooLarge(inEvent, `${what} of a function`, limit);
}

function tooLarge(size: number, what: string, limit: number): ScarError {
  return new ScarError(
    "PayloadTooLarge",
    `the data to send has ${size} bytes as it travels; ${what} may carry ${limit}`,
    {
      hint: "put the file into the function's input bucket instead: 'scar put'",
    },
  );
}
