/** Fields of requests to the tagging API. */
import { AwsError } from "../service.ts";

export type Input = Readonly<Record<string, unknown>>;

/** Throws `SerializationException`. */
export function parseInput(body: string): Input {
  try {
    const value: unknown = JSON.parse(body === "" ? "{}" : body);
    if (typeof value === "object" && value !== null) return value as Input;
  } catch {
    // Said below.
  }
  throw new AwsError(400, "SerializationException", "The request's body is no JSON object");
}

/** A list of texts; empty when it is missing. */
export function texts(input: Input, field: string, most: number): readonly string[] {
  const value = list(input[field], field);
  if (value.length > most) throw invalid(`${field} holds more than ${most} items`);
  return value.map((item) => {
    if (typeof item !== "string") throw invalid(`${field} holds something that is no text`);
    return item;
  });
}

/** A whole number within bounds, ends included; undefined when it is missing. */
export function integer(input: Input, field: string, least: number, most: number): number | undefined {
  const value = input[field];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "number" || !Number.isInteger(value) || value < least || value > most) {
    throw invalid(`${field} must be between ${least} and ${most}`);
  }
  return value;
}

export function list(value: unknown, name: string): readonly unknown[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw invalid(`${name} is not a list`);
  return value;
}

export const invalid = (message: string): AwsError => new AwsError(400, "InvalidParameterException", message);
