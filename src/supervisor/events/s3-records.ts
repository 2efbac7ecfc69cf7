import { ScarError } from "../../errors.ts";

/** One object of an S3 event. */
export interface ObjectRecord {
  readonly bucket: string;
  /** Decoded. */
  readonly key: string;
  /** Bytes; absent in the events of `scar run`. */
  readonly size: number | undefined;
  /** ISO time, when the event has one. */
  readonly eventTime: string | undefined;
  /** The record as it came: what the container sees as `EVENT`. */
  readonly raw: unknown;
}

/** Throws ScarError `InvalidEvent`, naming what the record lacks. */
export function parseObjectRecord(raw: unknown, index: number): ObjectRecord {
  const record = raw as {
    eventTime?: unknown;
    s3?: { bucket?: { name?: unknown }; object?: { key?: unknown; size?: unknown } };
  } | null;
  const bucket = record?.s3?.bucket?.name;
  const key = record?.s3?.object?.key;
  const size = record?.s3?.object?.size;
  if (typeof bucket !== "string" || bucket === "") {
    throw new ScarError("InvalidEvent", `Records[${index}].s3.bucket.name is missing`);
  }
  if (typeof key !== "string" || key === "") {
    throw new ScarError("InvalidEvent", `Records[${index}].s3.object.key is missing`);
  }
  return {
    bucket,
    key: decodeKey(key),
    size: typeof size === "number" ? size : undefined,
    eventTime: typeof record?.eventTime === "string" ? record.eventTime : undefined,
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
