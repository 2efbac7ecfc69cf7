/** Fields of a request to CloudWatch Logs. */
import { readBody } from "../http/body.ts";
import { AwsError, type AwsRequest, type AwsResponse } from "../service.ts";

export type Input = Readonly<Record<string, unknown>>;

/** 1 MB of events, escaped. */
const MAX_BODY = 8 * 1024 * 1024;

export async function readInput(request: AwsRequest): Promise<Input> {
  const text = (await readBody(request.body, MAX_BODY)).toString("utf8");
  try {
    const value: unknown = text === "" ? {} : JSON.parse(text);
    if (typeof value === "object" && value !== null) return value as Input;
  } catch {
    // Said below.
  }
  throw new AwsError(400, "SerializationException", "The request's body is no JSON object");
}

export function answer(document: unknown): AwsResponse {
  return { status: 200, headers: { "content-type": "application/x-amz-json-1.1" }, body: JSON.stringify(document) };
}

export const done: AwsResponse = { status: 200, headers: { "content-type": "application/x-amz-json-1.1" } };

export function text(input: Input, field: string): string | undefined {
  const value = input[field];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "string") throw invalid(`${field} is not text`);
  return value;
}

export function number(input: Input, field: string): number | undefined {
  const value = input[field];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "number" || !Number.isFinite(value)) throw invalid(`${field} is not a number`);
  return value;
}

/** A page size. */
export function limit(input: Input, field: string, most: number): number {
  const value = number(input, field) ?? most;
  if (!Number.isInteger(value) || value < 1 || value > most) {
    throw invalid(
      `1 validation error detected: Value '${value}' at '${field}' failed to satisfy constraint: Member must be between 1 and ${most}`,
    );
  }
  return value;
}

export function tags(input: Input): Record<string, string> {
  const value = input["tags"] ?? {};
  if (typeof value !== "object" || Array.isArray(value)) throw invalid("tags is not a map");
  for (const [key, tag] of Object.entries(value as object)) {
    if (typeof tag !== "string" || key === "" || key.length > 128 || tag.length > 256)
      throw invalid(`The tag '${key}' is not valid`);
  }
  return value as Record<string, string>;
}

export function invalid(message: string): AwsError {
  return new AwsError(400, "InvalidParameterException", message);
}

export function notFound(what: "group" | "stream"): AwsError {
  return new AwsError(400, "ResourceNotFoundException", `The specified log ${what} does not exist.`);
}

export function exists(what: "group" | "stream"): AwsError {
  return new AwsError(400, "ResourceAlreadyExistsException", `The specified log ${what} already exists`);
}
