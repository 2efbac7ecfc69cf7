/** The operations of the tagging API. */
import { messageOf } from "../../errors.ts";
import { AwsError, type TaggedResources } from "../service.ts";
import { matches, readFilters } from "./filters.ts";
import { type Input, invalid, texts } from "./input.ts";
import type { TaggedView } from "./view.ts";

export interface TaggingContext {
  readonly services: readonly TaggedResources[];
  readonly view: TaggedView;
}

/** Answers the document. */
export type TaggingOperation = (context: TaggingContext, input: Input) => Promise<unknown> | unknown;

type Tags = Readonly<Record<string, string>>;

/** Keys or values on one page. */
const PAGE = 1000;
const MAX_ARNS = 20;
const MAX_TAGS = 50;

/** Resources by ARN; the token is the ARN after which the next page begins. */
const getResources: TaggingOperation = ({ view }, input) => {
  const filters = readFilters(input);
  const after = readToken(filters.token);
  const found = view.list().filter((resource) => resource.arn > after && matches(resource, filters));
  let tags = 0;
  const fits = found.findIndex((resource) => {
    tags += Object.keys(resource.tags).length;
    return tags > (filters.tagsPerPage ?? Number.POSITIVE_INFINITY);
  });
  const page = found.slice(0, Math.min(filters.perPage, fits < 0 ? found.length : Math.max(1, fits)));
  return {
    PaginationToken: found.length > page.length ? tokenOf(page.at(-1)!.arn) : "",
    ResourceTagMappingList: page.map((resource) => ({
      ResourceARN: resource.arn,
      Tags: Object.entries(resource.tags).map(([Key, Value]) => ({ Key, Value })),
    })),
  };
};

const getTagKeys: TaggingOperation = ({ view }, input) =>
  pageOf(
    input,
    "TagKeys",
    view.list().flatMap(({ tags }) => Object.keys(tags)),
  );

const getTagValues: TaggingOperation = ({ view }, input) => {
  const key = input["Key"];
  if (typeof key !== "string" || key === "") throw invalid("Key is missing");
  return pageOf(
    input,
    "TagValues",
    view.list().flatMap(({ tags }) => (Object.hasOwn(tags, key) ? [tags[key]!] : [])),
  );
};

const tagResources: TaggingOperation = (context, input) => {
  const tags = readTags(input["Tags"]);
  return change(context, input, (before) => ({ ...before, ...tags }));
};

const untagResources: TaggingOperation = (context, input) => {
  const keys = texts(input, "TagKeys", MAX_TAGS);
  if (keys.length === 0) throw invalid("TagKeys is missing");
  return change(context, input, (before) =>
    Object.fromEntries(Object.entries(before).filter(([key]) => !keys.includes(key))),
  );
};

export const OPERATIONS: Readonly<Record<string, TaggingOperation>> = {
  GetResources: getResources,
  GetTagKeys: getTagKeys,
  GetTagValues: getTagValues,
  TagResources: tagResources,
  UntagResources: untagResources,
};

/** Changes the tags of each resource; what fails is told of each, and stops no other. */
async function change({ services }: TaggingContext, input: Input, make: (before: Tags) => Tags): Promise<unknown> {
  const arns = texts(input, "ResourceARNList", MAX_ARNS);
  if (arns.length === 0) throw invalid("ResourceARNList is missing");
  const failed = new Map<string, unknown>();
  for (const arn of arns) {
    try {
      await changeOne(services, arn, make);
    } catch (error) {
      const { status, code } = error instanceof AwsError ? error : { status: 500, code: "InternalServiceException" };
      failed.set(arn, { StatusCode: status, ErrorCode: code, ErrorMessage: messageOf(error) });
    }
  }
  return { FailedResourcesMap: Object.fromEntries(failed) };
}

async function changeOne(services: readonly TaggedResources[], arn: string, make: (before: Tags) => Tags) {
  for (const service of services) if (await service.changeTags(arn, make)) return;
  throw invalid(`There is no resource ${arn} whose tags can be changed`);
}

function readTags(value: unknown): Tags {
  const entries = typeof value === "object" && value !== null ? Object.entries(value) : [];
  if (entries.length === 0 || entries.length > MAX_TAGS) throw invalid(`Tags holds 1 to ${MAX_TAGS} tags`);
  for (const [key, tag] of entries) {
    if (key.length < 1 || key.length > 128 || /^aws:/i.test(key)) throw invalid(`'${key}' is not a tag's key`);
    if (typeof tag !== "string" || tag.length > 256) throw invalid(`The value of the tag '${key}' is not one`);
  }
  return Object.fromEntries(entries) as Tags;
}

function pageOf(input: Input, element: string, texts: readonly string[]): unknown {
  const from = Number(readToken(String(input["PaginationToken"] ?? ""), /^\d+$/) || 0);
  const all = [...new Set(texts)].sort();
  const to = from + PAGE;
  return { PaginationToken: to < all.length ? tokenOf(String(to)) : "", [element]: all.slice(from, to) };
}

const tokenOf = (text: string): string => Buffer.from(text).toString("base64");

function readToken(token: string, form = /^arn:/): string {
  const text = Buffer.from(token, "base64").toString("utf8");
  if (text !== "" && !form.test(text)) {
    throw new AwsError(400, "PaginationTokenExpiredException", "The PaginationToken is not valid");
  }
  return text;
}
