/** Fields of requests in the query protocol, with IAM's rules. */
import { randomBytes } from "node:crypto";
import { accessKeyIdOf } from "../http/credentials.ts";
import { uriEncode } from "../http/sigv4.ts";
import type { XmlContent } from "../http/xml.ts";
import { invalidInput, quotaExceeded, validationError } from "./errors.ts";
import type { Tags } from "./store.ts";

const MAX_TAGS = 50;

/** A field's text. Throws `ValidationError` when it is missing. */
export function required(parameters: URLSearchParams, field: string): string {
  const value = parameters.get(field);
  if (!value) throw constraint(field, "Member must not be null");
  return value;
}

/** @param problem as AWS ends the sentence: `Member must not be null` */
export function constraint(field: string, problem: string) {
  const member = field.charAt(0).toLowerCase() + field.slice(1);
  return validationError(`1 validation error detected: Value at '${member}' failed to satisfy constraint: ${problem}`);
}

/** The name of something that is to be made. */
export function newName(parameters: URLSearchParams, field: string, longest: number): string {
  const name = required(parameters, field);
  if (name.length > longest) throw constraint(field, `Member must have length less than or equal to ${longest}`);
  if (!/^[\w+=,.@-]+$/.test(name)) {
    throw validationError(
      `The specified value for ${field.charAt(0).toLowerCase() + field.slice(1)} is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-`,
    );
  }
  return name;
}

/** `/` or `/a/b/`; default `/`. */
export function pathOf(parameters: URLSearchParams): string {
  const path = parameters.get("Path") ?? "/";
  if (!/^\/(?:[!-~]+\/)?$/.test(path) || path.length > 512) {
    throw validationError(
      "The specified value for path is invalid. It must begin and end with / and contain only alphanumeric characters and/or / characters.",
    );
  }
  return path;
}

/** A whole number within bounds, ends included. */
export function integer(parameters: URLSearchParams, field: string, least: number, most: number): number | undefined {
  const text = parameters.get(field);
  if (text === null) return undefined;
  const value = Number(text);
  if (!Number.isInteger(value) || value < least)
    throw constraint(field, `Member must have value greater than or equal to ${least}`);
  if (value > most) throw constraint(field, `Member must have value less than or equal to ${most}`);
  return value;
}

/** Items of a list: `FIELD.member.1`, `FIELD.member.2` … */
export function list(parameters: URLSearchParams | ReadonlyMap<string, string>, field: string): string[] {
  // URLSearchParams go through all of them for each one.
  const fields = parameters instanceof URLSearchParams ? new Map(parameters) : parameters;
  const found: string[] = [];
  for (;;) {
    const item = fields.get(`${field}.member.${found.length + 1}`);
    if (item === undefined) return found;
    found.push(item);
  }
}

/** `Tags.member.1.Key`, `Tags.member.1.Value` … */
export function tagsOf(parameters: URLSearchParams): Record<string, string> {
  const tags = new Map<string, string>();
  for (let n = 1; parameters.has(`Tags.member.${n}.Key`); n++) {
    if (n > MAX_TAGS) throw quotaExceeded("TagsPerResource", MAX_TAGS);
    const key = parameters.get(`Tags.member.${n}.Key`)!;
    const value = parameters.get(`Tags.member.${n}.Value`) ?? "";
    if (!/^[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,128}$/u.test(key)) throw constraint(`Tags.${n}.member.key`, "not a tag's key");
    if (!/^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}$/u.test(value))
      throw constraint(`Tags.${n}.member.value`, "not a tag's value");
    if (tags.has(key)) throw invalidInput("Duplicate tag keys found. Please note that Tag keys are case insensitive.");
    tags.set(key, value);
  }
  return limited(Object.fromEntries(tags));
}

/** Tags of one thing, when there are not too many. */
export function limited<T extends Tags>(tags: T): T {
  if (Object.keys(tags).length > MAX_TAGS) throw quotaExceeded("TagsPerResource", MAX_TAGS);
  return tags;
}

/** The element `Tags`; left out when there are none. */
export function tagList(tags: Tags): XmlContent {
  const entries = Object.entries(tags);
  return entries.length === 0 ? undefined : { member: entries.map(([Key, Value]) => ({ Key, Value })) };
}

/** A list's page as `element`, with `IsTruncated` and `Marker`. Of the list no more is asked for than the page. */
export function page<T>(
  parameters: URLSearchParams,
  element: string,
  all: Pick<readonly T[], "length" | "slice">,
  render: (item: T) => XmlContent,
): Record<string, XmlContent> {
  const most = integer(parameters, "MaxItems", 1, 1000) ?? 100;
  const marker = parameters.get("Marker");
  const from = marker === null ? 0 : Number(Buffer.from(marker, "base64").toString() || Number.NaN);
  if (!Number.isInteger(from) || from < 0) throw validationError("Invalid Marker.");
  const to = from + most;
  return {
    [element]: { member: all.slice(from, to).map(render) },
    IsTruncated: to < all.length,
    ...(to < all.length && { Marker: Buffer.from(String(to)).toString("base64") }),
  };
}

/** A policy document as IAM sends it. */
export const encodedDocument = uriEncode;

/** A new id in the form of AWS's: four letters and 17 characters. */
export const newId = (prefix: "AROA" | "ANPA" | "AIPA"): string => accessKeyIdOf(prefix, randomBytes(21), 21);
