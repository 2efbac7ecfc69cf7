/** Reading one part of an object that was uploaded in parts. */
import { AwsError } from "../service.ts";
import { invalidArgument, invalidRequest } from "./errors.ts";
import type { ByteRange } from "./range.ts";
import type { CompletedPart, StoredChecksum, StoredObject } from "./storage/records.ts";

const MAX_PART_NUMBER = 10_000;

/** Throws `InvalidArgument` for anything but a whole number from 1 to 10000. */
export function parsePartNumber(text: string): number {
  const number = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (number < 1 || number > MAX_PART_NUMBER) {
    throw invalidArgument("Part number must be an integer between 1 and 10000, inclusive", "partNumber", text);
  }
  return number;
}

/** The parts that the object was made of; undefined when it was put whole. */
export function completedParts({ completed, etag, parts }: StoredObject): readonly CompletedPart[] | undefined {
  if (completed) return completed;
  // Objects completed before the parts' numbers were kept.
  return etag.includes("-") ? parts.map(({ size }, i) => ({ number: i + 1, size })) : undefined;
}

export interface PartRead {
  /** Undefined when the part has no bytes. */
  readonly range: ByteRange | undefined;
  /** Of the part when that of the object is composite; of the object when it was put whole. */
  readonly checksum: StoredChecksum | undefined;
  /** Undefined when the object was put whole. */
  readonly count: number | undefined;
}

/** What `partNumber` asks for; undefined when it is missing. Throws `InvalidArgument`, `InvalidRequest`, `InvalidPartNumber`. */
export function readPart(
  asked: string | null,
  rangeHeader: string | undefined,
  object: StoredObject,
): PartRead | undefined {
  if (asked === null) return undefined;
  const number = parsePartNumber(asked);
  if (rangeHeader !== undefined) {
    throw invalidRequest("Cannot specify both Range header and partNumber query parameter");
  }
  const { checksum } = object;
  const completed = completedParts(object);
  const parts = completed ?? [{ number: 1, size: object.size }];
  const index = parts.findIndex((part) => part.number === number);
  const part = parts[index];
  if (!part) {
    throw new AwsError(416, "InvalidPartNumber", "The requested partnumber is not satisfiable", {
      ActualPartCount: String(parts.length),
      PartNumberRequested: asked,
    });
  }
  const start = parts.slice(0, index).reduce((sum, { size }) => sum + size, 0);
  const ofPart =
    checksum?.type === "COMPOSITE" && part.checksum !== undefined ? { ...checksum, value: part.checksum } : undefined;
  return {
    range: part.size > 0 ? { start, end: start + part.size - 1 } : undefined,
    checksum: completed ? ofPart : checksum,
    count: completed?.length,
  };
}
