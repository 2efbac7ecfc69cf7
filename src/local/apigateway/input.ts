/** Fields of requests to API Gateway. */
import { readBody } from "../http/body.ts";
import { AwsError, type AwsRequest, notServed } from "../service.ts";
import { badRequest } from "./errors.ts";
import { LIMITS, type Tags } from "./model.ts";

export type Input = Readonly<Record<string, unknown>>;

/** AWS allows 6 MB, for APIs that are imported. */
const MAX_BODY = 6 * 1024 * 1024;
const MAX_TAGS = 50;

/** Throws `SerializationException` for a body that is no JSON object. */
export async function readInput(request: Pick<AwsRequest, "body">): Promise<Input> {
  const body = (await readBody(request.body, MAX_BODY)).toString("utf8");
  try {
    const value: unknown = JSON.parse(body === "" ? "{}" : body);
    if (isObject(value)) return value;
  } catch {
    // Said below.
  }
  throw new AwsError(400, "SerializationException", "The request's body is no JSON object");
}

export const isObject = (value: unknown): value is Input =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const wrongType = (field: string): AwsError =>
  new AwsError(400, "SerializationException", `The value of ${field} has the wrong type`);

function field<T>(input: Input, name: string, is: (value: unknown) => value is T): T | undefined {
  const value = input[name];
  if (value === undefined || value === null) return undefined;
  if (!is(value)) throw wrongType(name);
  return value;
}

export const text = (input: Input, name: string): string | undefined =>
  field(input, name, (value) => typeof value === "string");

export const flag = (input: Input, name: string): boolean =>
  field(input, name, (value) => typeof value === "boolean") ?? false;

export const integer = (input: Input, name: string): number | undefined =>
  field(input, name, (value): value is number => Number.isInteger(value));

export const object = (input: Input, name: string): Input | undefined => field(input, name, isObject);

export const texts = (input: Input, name: string): readonly string[] | undefined =>
  field(
    input,
    name,
    (value): value is string[] => Array.isArray(value) && value.every((one) => typeof one === "string"),
  );

export const textMap = (input: Input, name: string): Readonly<Record<string, string>> | undefined =>
  field(input, name, (value): value is Record<string, string> => isMapOf(value, "string"));

export const flagMap = (input: Input, name: string): Readonly<Record<string, boolean>> | undefined =>
  field(input, name, (value): value is Record<string, boolean> => isMapOf(value, "boolean"));

const isMapOf = (value: unknown, type: string): boolean =>
  isObject(value) && Object.values(value).every((one) => typeof one === type);

/** A text with API Gateway's bound of names and descriptions; undefined when it is missing or empty. */
export function bounded(input: Input, name: string): string | undefined {
  const value = text(input, name);
  if (value !== undefined && value.length > LIMITS.text) {
    throw badRequest(`${name} cannot be longer than ${LIMITS.text} characters`);
  }
  return value === "" ? undefined : value;
}

/** Refuses a field that asks for what cannot be honoured; false, empty and missing ask for nothing. */
export function refuse(input: Input, operation: string, names: readonly string[]): void {
  const asked = names.find((name) => {
    const value = input[name];
    return value !== undefined && value !== null && value !== false && value !== "";
  });
  if (asked !== undefined) throw notServed(`${operation} with ${asked}`);
}

export function readTags(tags: Tags): Tags {
  const entries = Object.entries(tags);
  if (entries.length > MAX_TAGS) throw badRequest(`A resource has at most ${MAX_TAGS} tags`);
  for (const [key, value] of entries) {
    if (key.length < 1 || key.length > 128 || /^aws:/i.test(key)) {
      throw badRequest(`Invalid tag key specified: '${key}'`);
    }
    if (value.length > 256) throw badRequest(`Invalid value of the tag '${key}' specified`);
  }
  return tags;
}

/** The field when it has a value, to be spread: `undefined` never takes a field's place. */
export function given<K extends string, T>(name: K, value: T | undefined): { readonly [key in K]?: T } {
  return value === undefined ? {} : ({ [name]: value } as { readonly [key in K]: T });
}
