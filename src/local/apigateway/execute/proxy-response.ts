/** From what a function answered through AWS_PROXY to the HTTP response. */
import type { AwsResponse } from "../../service.ts";
import { isObject } from "../input.ts";
import { isBinary } from "./media-types.ts";
import { badAnswer } from "./refusal.ts";

/** No other field may be there. */
const FIELDS = new Set(["statusCode", "headers", "multiValueHeaders", "body", "isBase64Encoded"]);
/** The connection's and API Gateway's own; a function's are shown under another name. */
const REMAPPED = new Set(
  "connection content-length date server trailer upgrade keep-alive x-amzn-requestid x-amz-apigw-id x-amzn-trace-id".split(
    " ",
  ),
);
const DROPPED = new Set(["transfer-encoding"]);

/**
 * A body marked as base64 is decoded when the client accepts it as binary; else it leaves as the text it is.
 * @param accept the client's header
 * Throws the refusal 502 for an answer that is malformed.
 */
export function proxyResponse(
  payload: Buffer,
  accept: string | undefined,
  binaryMediaTypes: readonly string[],
): AwsResponse {
  const answer = readAnswer(payload);
  const { statusCode = 200, body, isBase64Encoded } = answer;
  const status = Number(statusCode);
  if (!/^\d{3}$/.test(String(statusCode)) || status < 100 || status > 599) throw badAnswer();
  // Node would take 1xx for the beginning of an answer that never comes.
  if (status < 200) throw badAnswer();
  if (body !== undefined && body !== null && typeof body !== "string") throw badAnswer();
  if (isBase64Encoded !== undefined && isBase64Encoded !== null && typeof isBase64Encoded !== "boolean") {
    throw badAnswer();
  }
  const text = body ?? "";
  const decoded = isBase64Encoded === true && isBinary(accept, binaryMediaTypes);
  return { status, headers: headersOf(answer), body: decoded ? fromBase64(text) : Buffer.from(text) };
}

type Answer = Readonly<Record<string, unknown>>;

function readAnswer(payload: Buffer): Answer {
  let answer: unknown;
  try {
    answer = JSON.parse(payload.toString("utf8"));
  } catch {
    throw badAnswer();
  }
  if (!isObject(answer) || Object.keys(answer).some((field) => !FIELDS.has(field))) throw badAnswer();
  return answer;
}

/** Those of `multiValueHeaders` and of `headers`; a name that is in both has all values, each once. */
function headersOf({ headers, multiValueHeaders }: Answer): Record<string, string[]> {
  const found = new Map<string, { readonly name: string; readonly values: Set<string> }>();
  const add = (name: string, value: unknown): void => {
    if (typeof value !== "string" && typeof value !== "boolean") throw badAnswer();
    const lower = name.toLowerCase();
    if (DROPPED.has(lower)) return;
    const shown = REMAPPED.has(lower) ? `x-amzn-Remapped-${name}` : name;
    const header = found.get(lower) ?? { name: shown, values: new Set() };
    header.values.add(checkedValue(shown, String(value)));
    found.set(lower, header);
  };
  for (const [name, values] of Object.entries(fields(multiValueHeaders))) {
    if (!Array.isArray(values)) throw badAnswer();
    for (const value of values) add(name, value);
  }
  for (const [name, value] of Object.entries(fields(headers))) add(name, value);
  if (!found.has("content-type")) add("Content-Type", "application/json");
  return Object.fromEntries([...found.values()].map(({ name, values }) => [name, [...values]]));
}

function fields(value: unknown): Answer {
  if (value === undefined || value === null) return {};
  if (!isObject(value)) throw badAnswer();
  return value;
}

/** What HTTP cannot carry would end the connection without an answer. Bytes of UTF-8 are sent as they are. */
function checkedValue(name: string, value: string): string {
  if (!/^[!#$%&'*+\-.^_`|~\w]+$/.test(name) || /[\u0000-\u0008\u000a-\u001f\u007f]/.test(value)) throw badAnswer();
  return Buffer.from(value).toString("latin1");
}

function fromBase64(text: string): Buffer {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text) || text.length % 4 !== 0) throw badAnswer();
  return Buffer.from(text, "base64");
}
