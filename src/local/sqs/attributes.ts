/** Attributes of a queue: AWS's defaults, names and bounds (API reference of SetQueueAttributes). */
import { AwsError, notServed } from "../service.ts";

/** Seconds, but for the size in bytes. */
const DEFAULTS: Readonly<Record<string, string>> = {
  VisibilityTimeout: "30",
  MaximumMessageSize: "1048576",
  MessageRetentionPeriod: "345600",
  DelaySeconds: "0",
  ReceiveMessageWaitTimeSeconds: "0",
  SqsManagedSseEnabled: "true",
};

const BOUNDS: Readonly<Record<string, readonly [least: number, most: number]>> = {
  VisibilityTimeout: [0, 43_200],
  MaximumMessageSize: [1024, 1_048_576],
  MessageRetentionPeriod: [60, 1_209_600],
  DelaySeconds: [0, 900],
  ReceiveMessageWaitTimeSeconds: [0, 20],
};

/** Known, and nothing here could honour them. */
const UNSERVED = new Set([
  "FifoQueue",
  "ContentBasedDeduplication",
  "DeduplicationScope",
  "FifoThroughputLimit",
  "RedrivePolicy",
  "RedriveAllowPolicy",
  "KmsMasterKeyId",
  "KmsDataKeyReusePeriodSeconds",
]);

type Attributes = Readonly<Record<string, string>>;

/** What a request sets. Throws AwsError `InvalidAttributeName`, `InvalidAttributeValue`, and 501 for what is not served. */
export function readQueueAttributes(input: unknown): Attributes {
  const entries = Object.entries((input ?? {}) as Record<string, unknown>).map(
    ([name, value]) => [name, check(name, String(value))] as const,
  );
  return Object.fromEntries(entries);
}

function check(name: string, value: string): string {
  const bounds = Object.hasOwn(BOUNDS, name) ? BOUNDS[name] : undefined;
  if (bounds) {
    if (!/^\d{1,9}$/.test(value) || Number(value) < bounds[0] || Number(value) > bounds[1]) throw invalidValue(name);
  } else if (name === "Policy") {
    if (value !== "" && !isObject(value)) throw invalidValue(name);
  } else if (name === "SqsManagedSseEnabled") {
    if (value !== "true" && value !== "false") throw invalidValue(name);
  } else if (UNSERVED.has(name)) {
    // Off is what there is.
    if (value !== "" && value !== "false") throw notServed(`The queue attribute ${name}`);
  } else {
    throw new AwsError(400, "InvalidAttributeName", `Unknown Attribute ${name}.`);
  }
  return value;
}

/** A queue's attribute, in seconds or bytes. */
export function numberOf(attributes: Attributes, name: keyof typeof DEFAULTS): number {
  return Number(attributes[name] ?? DEFAULTS[name]);
}

/** All that a queue has: those that were set, and AWS's defaults; a Policy that was set to nothing is none. */
export function withDefaults(attributes: Attributes): Record<string, string> {
  return Object.fromEntries(Object.entries({ ...DEFAULTS, ...attributes }).filter(([, value]) => value !== ""));
}

function isObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null;
  } catch {
    return false;
  }
}

function invalidValue(name: string): AwsError {
  return new AwsError(400, "InvalidAttributeValue", `Invalid value for the parameter ${name}.`);
}
