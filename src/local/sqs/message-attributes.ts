/** Attributes of a message: what is accepted, their digest, and which of them a receiver asked for. */
import { createHash } from "node:crypto";
import { AwsError } from "../service.ts";
import type { MessageAttribute, MessageAttributes } from "./model.ts";

const NAME = /^(?!(?:aws|amazon)\.)(?!\.)[A-Za-z0-9_.-]{1,256}$/i;
const TYPE = /^(?:String|Number|Binary)(?:\.[^\0]{1,249})?$/;
/** AWS's limit for one message. */
const MOST = 10;

/** Throws AwsError `InvalidParameterValue`. */
export function readMessageAttributes(input: unknown): MessageAttributes {
  const entries = Object.entries((input ?? {}) as Record<string, MessageAttribute | null>);
  if (entries.length > MOST)
    throw refused(`Number of message attributes [${entries.length}] exceeds the allowed maximum [${MOST}].`);
  return Object.fromEntries(entries.map(([name, attribute]) => [name, readOne(name, attribute ?? {})]));
}

function readOne(name: string, { DataType, StringValue, BinaryValue }: Partial<MessageAttribute>): MessageAttribute {
  if (!NAME.test(name) || name.endsWith(".") || name.includes("..")) {
    throw refused(`The message attribute name '${name}' is invalid.`);
  }
  if (typeof DataType !== "string" || !TYPE.test(DataType)) {
    throw refused(
      `The type of message (user) attribute '${name}' is invalid. You must use only the following supported type prefixes: Binary, Number, String.`,
    );
  }
  const binary = DataType.startsWith("Binary");
  const value = binary ? BinaryValue : StringValue;
  if (typeof value !== "string" || value === "") {
    throw refused(
      `The message attribute '${name}' with type '${binary ? "Binary" : "String"}' must use field '${binary ? "Binary" : "String"}'.`,
    );
  }
  if (DataType.startsWith("Number") && !Number.isFinite(Number(value))) {
    throw refused(`Can't cast the value of message (user) attribute '${name}' to a number.`);
  }
  return binary ? { DataType, BinaryValue: value } : { DataType, StringValue: value };
}

function refused(message: string): AwsError {
  return new AwsError(400, "InvalidParameterValue", message);
}

/**
 * MD5 in hex of the attributes, by which SDKs check what was sent: for each, by name, its name, type, kind (1 text, 2 bytes) and
 * value, all with their length before them. (SQS Developer Guide, "Calculating the MD5 message digest for message attributes".)
 */
export function attributesDigest(attributes: MessageAttributes): string | undefined {
  const names = Object.keys(attributes).sort();
  if (names.length === 0) return undefined;
  const hash = createHash("md5");
  const add = (bytes: Buffer): void => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    hash.update(length).update(bytes);
  };
  for (const name of names) {
    const { DataType, StringValue, BinaryValue } = attributes[name]!;
    add(Buffer.from(name));
    add(Buffer.from(DataType));
    hash.update(Buffer.from([BinaryValue === undefined ? 1 : 2]));
    add(BinaryValue === undefined ? Buffer.from(StringValue!) : Buffer.from(BinaryValue, "base64"));
  }
  return hash.digest("hex");
}

/** Those that `MessageAttributeNames` asks for: names, `All`, `.*`, or the beginning of names as `prefix.*`. */
export function selected(attributes: MessageAttributes, asked: readonly string[]): MessageAttributes {
  const wanted = (name: string): boolean =>
    asked.some(
      (one) =>
        one === "All" || one === ".*" || one === name || (one.endsWith(".*") && name.startsWith(one.slice(0, -1))),
    );
  return Object.fromEntries(Object.entries(attributes).filter(([name]) => wanted(name)));
}

/** Bytes that count towards the size of a message: names, types and values. */
export function attributesSize(attributes: MessageAttributes): number {
  return Object.entries(attributes).reduce(
    (sum, [name, { DataType, StringValue, BinaryValue }]) =>
      sum +
      Buffer.byteLength(name) +
      Buffer.byteLength(DataType) +
      (BinaryValue === undefined ? Buffer.byteLength(StringValue!) : Buffer.byteLength(BinaryValue, "base64")),
    0,
  );
}
