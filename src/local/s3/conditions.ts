/** Conditional requests: RFC 9110, as S3 reads it. */
import type { AwsRequest } from "../service.ts";
import { headerNotImplemented, noSuchKey, preconditionFailed } from "./errors.ts";
import { headerOf } from "./operation.ts";
import type { StoredObject } from "./storage/records.ts";

const matches = (header: string, etag: string): boolean =>
  header.split(",").some((candidate) => {
    const tag = candidate.trim().replace(/^"|"$/g, "");
    return tag === "*" || tag === etag;
  });

const seconds = (milliseconds: number): number => Math.floor(milliseconds / 1000);

/**
 * Whether a read may go on; false: the client has it already (304). Throws `PreconditionFailed`.
 * @param prefix of the headers' names: `x-amz-copy-source-` for the source of a copy, where nothing is 304.
 */
export function checkRead(request: AwsRequest, object: StoredObject, prefix = ""): boolean {
  const header = (name: string) => headerOf(request, `${prefix}${name.toLowerCase()}`);
  const failed = (name: string) => preconditionFailed(`${prefix}${name}`);
  const unless = (name: string): false => {
    if (prefix !== "") throw failed(name);
    return false;
  };
  const match = header("If-Match");
  if (match !== undefined) {
    if (!matches(match, object.etag)) throw failed("If-Match");
  } else {
    const since = Date.parse(header("If-Unmodified-Since") ?? "");
    if (seconds(object.modified) > seconds(since)) throw failed("If-Unmodified-Since");
  }
  const noneMatch = header("If-None-Match");
  if (noneMatch !== undefined) return !matches(noneMatch, object.etag) || unless("If-None-Match");
  const since = Date.parse(header("If-Modified-Since") ?? "");
  // S3 pays no heed to a time in the future.
  return !(seconds(object.modified) <= seconds(since) && since <= Date.now()) || unless("If-Modified-Since");
}

/**
 * Whether a write may replace what is there; to be asked in the same turn as the write. S3 takes `If-None-Match: *` or an `If-Match`
 * with an ETag. Throws `PreconditionFailed`, `NoSuchKey`, `NotImplemented` for other conditions.
 */
export function checkWrite(request: AwsRequest, key: string, there: StoredObject | undefined): void {
  const noneMatch = headerOf(request, "if-none-match");
  const match = headerOf(request, "if-match");
  if (noneMatch !== undefined && match !== undefined) {
    throw headerNotImplemented("If-Match,If-None-Match", "Multiple conditional request headers present in the request");
  }
  if (noneMatch !== undefined && noneMatch !== "*") throw unaccepted("If-None-Match");
  if (match === "*") throw unaccepted("If-Match");
  if (noneMatch !== undefined && there) throw preconditionFailed("If-None-Match");
  if (match === undefined) return;
  if (!there) throw noSuchKey(key);
  if (!matches(match, there.etag)) throw preconditionFailed("If-Match");
}

const unaccepted = (header: string) =>
  headerNotImplemented(header, `We don't accept the provided value of ${header} header for this API`);

/** Whether an object may be deleted: its ETag is the one asked for, or it is there at all (`*`). Throws `PreconditionFailed`. */
export function checkDelete(match: string | undefined, there: StoredObject | undefined): void {
  if (match !== undefined && !(there && matches(match, there.etag))) throw preconditionFailed("If-Match");
}
