/** Fields of a request, with AWS's errors for what is wrong with them. */
import { AwsError } from "../../service.ts";

export type Input = Readonly<Record<string, unknown>>;

/** A request's field that must be text when it is there. */
export function text(input: Input, field: string): string | undefined {
  const value = input[field];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "string") serialization(field);
  return value as string;
}

export function object(value: unknown): Input {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Input) : {};
}

export function integer(input: Input, field: string, min: number, max: number): number | undefined {
  const value = input[field];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "number" || !Number.isInteger(value)) serialization(field);
  const name = field.charAt(0).toLowerCase() + field.slice(1);
  if ((value as number) < min) constraint(name, String(value), `have value greater than or equal to ${min}`);
  if ((value as number) > max) constraint(name, String(value), `have value less than or equal to ${max}`);
  return value as number;
}

export function invalid(message: string): never {
  throw new AwsError(400, "InvalidParameterValueException", message);
}

export function constraint(name: string, value: string, rule: string): never {
  throw new AwsError(
    400,
    "ValidationException",
    `1 validation error detected: Value '${value}' at '${name}' failed to satisfy constraint: Member must ${rule}`,
  );
}

export function serialization(field: string): never {
  throw new AwsError(400, "SerializationException", `The value of ${field} has the wrong type`);
}
