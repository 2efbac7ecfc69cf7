/** Conditional requests: RFC 9110, as S3 reads it. */
import type { AwsRequest } from "../service.ts";
import { noSuchKey, preconditionFailed } from "./errors.ts";
import { headerOf } from "./operation.ts";
import type { StoredObject } from "./storage/records.ts";

const matches = (header: string, etag: string): boolean =>
  header.split(",").some((candidate) => {
    const tag = candidate.trim().replace(/^"|"$/g, "");
    return tag === "*" || tag === etag;
  });

const seconds = (milliseconds: number): number => Math.floor(milliseconds / 1000);

/**
 * Whether a read may go on; false: 304. Throws `PreconditionFailed`.
 * @param prefix of the headers' names: `x-amz-copy-source-` for the source of a copy.
 */
export function checkRead(request: AwsRequest, object: StoredObject, prefix = ""): boolean {
  const header = (name: string) => headerOf(request, `${prefix}${name}`);
  const match = header("if-match");
  if (match !== undefined) {
    if (!matches(match, object.etag)) throw preconditionFailed("If-Match");
  } else {
    const since = Date.parse(header("if-unmodified-since") ?? "");
    if (seconds(object.modified) > seconds(since)) throw preconditionFailed("If-Unmodified-Since");
  }
  const noneMatch = header("if-none-match");
  if (noneMatch !== undefined) return !matches(noneMatch, object.etag);
  const since = Date.parse(header("if-modified-since") ?? "");
  return !(seconds(object.modified) <= seconds(since));
}

/** Whether a write may replace what is there; to be asked in the same turn as the write. Throws `PreconditionFailed`. */
export function checkWrite(request: AwsRequest, key: string, there: StoredObject | undefined): void {
  const noneMatch = headerOf(request, "if-none-match");
  if (noneMatch !== undefined && there && matches(noneMatch, there.etag)) throw preconditionFailed("If-None-Match");
  const match = headerOf(request, "if-match");
  if (match === undefined) return;
  if (!there) throw noSuchKey(key);
  if (!matches(match, there.etag)) throw preconditionFailed("If-Match");
}
