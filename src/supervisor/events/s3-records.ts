import { textOf } from "./payload.ts";

/** One object of an S3 event. */
export interface ObjectRecord {
  readonly bucket: string;
  /** Decoded. */
  readonly key: string;
  /** Bytes; absent in the events of `scar run`. */
  readonly size: number | undefined;
  /** ISO time, when the event has one. */
  readonly eventTime: string | undefined;
  /** The record, or EventBridge's event, as it came. */
  readonly raw: unknown;
}

/** A record that names no object: why, in words that follow the record's name. */
export interface NoObject {
  readonly why: string;
  /** The record is not as S3 writes it, and not only of another kind. */
  readonly malformed: boolean;
}

type Unchecked = {
  eventTime?: unknown;
  eventName?: unknown;
  s3?: { bucket?: { name?: unknown } | null; object?: { key?: unknown; size?: unknown } | null } | null;
};

/** The object of a record of an S3 event notification. */
export function parseObjectRecord(raw: unknown): ObjectRecord | NoObject {
  const record = raw as Unchecked | null;
  const name = record?.eventName;
  if (typeof name === "string" && GONE.test(name)) {
    return { why: `is of '${name}', after which there is no object to download`, malformed: false };
  }
  const { bucket, object } = record?.s3 ?? {};
  return objectRecord(raw, record?.eventTime, bucket?.name, object?.key, object?.size, "s3.", decodeKey);
}

/** Events after which a download finds nothing. */
const GONE = /^(?:s3:)?(?:ObjectRemoved|LifecycleExpiration|ReducedRedundancyLostObject)\b/;

/**
 * The object of an event of S3 that came by EventBridge: a shape of its own, its key not encoded (AWS: "EventBridge event message
 * structure").
 */
export function parseBridgeEvent(raw: Readonly<Record<string, unknown>>): ObjectRecord | NoObject {
  const type = raw["detail-type"];
  if (type !== "Object Created") return { why: `is an '${textOf(type)}' of EventBridge`, malformed: false };
  const { bucket, object } = (raw["detail"] ?? {}) as NonNullable<Unchecked["s3"]>;
  return objectRecord(raw, raw["time"], bucket?.name, object?.key, object?.size, "detail.", (key) => key);
}

function objectRecord(
  raw: unknown,
  time: unknown,
  bucket: unknown,
  key: unknown,
  size: unknown,
  path: string,
  decode: (key: string) => string,
): ObjectRecord | NoObject {
  const lacks = (what: string): NoObject => ({
    why: `says that it is of S3, but ${path}${what} is missing`,
    malformed: true,
  });
  if (typeof bucket !== "string" || bucket === "") return lacks("bucket.name");
  if (typeof key !== "string" || key === "") return lacks("object.key");
  return {
    bucket,
    key: decode(key),
    size: typeof size === "number" ? size : undefined,
    eventTime: typeof time === "string" ? time : undefined,
    raw,
  };
}

/**
 * Object keys in events are encoded as HTML forms are: `+` is a space, `%XX` a byte of UTF-8. A `%` that begins no such code stays,
 * so that events written by hand with a plain key work.
 */
export function decodeKey(encoded: string): string {
  const spaced = encoded.replaceAll("+", " ");
  try {
    return decodeURIComponent(spaced);
  } catch {
    return spaced.replace(/(?:%[0-9A-Fa-f]{2})+/g, (codes) =>
      Buffer.from(codes.replaceAll("%", ""), "hex").toString("utf8"),
    );
  }
}

/** Consoles and `scar init` make folders as empty objects whose key ends with a slash: nothing to process. */
export function isFolderMarker(record: ObjectRecord): boolean {
  return record.key.endsWith("/") && !record.size;
}

/** Longest name that file systems take, in bytes. */
const LONGEST_NAME = 255;

/** Name of the staged file: the key's last part, made into one that cannot leave its folder. */
export function stagedName(key: string): string {
  const last = key.replace(/\/+$/, "").split("/").pop() ?? "";
  const name = last.replaceAll("\0", "_");
  if (name === "" || name === "." || name === "..") return "input";
  return shorten(name);
}

/** Cuts the middle: programs go by the extension. */
function shorten(name: string): string {
  if (Buffer.byteLength(name) <= LONGEST_NAME) return name;
  const dot = name.lastIndexOf(".");
  const extension = dot > 0 && Buffer.byteLength(name.slice(dot)) <= 32 ? name.slice(dot) : "";
  let stem = "";
  let room = LONGEST_NAME - Buffer.byteLength(extension);
  for (const character of name) {
    room -= Buffer.byteLength(character);
    if (room < 0) break;
    stem += character;
  }
  return stem + extension;
}
