/** Which resources GetResources is asked for. */
import { type Input, integer, invalid, list, texts } from "./input.ts";
import type { Resource } from "./view.ts";

export interface Filters {
  /** All must match; any of the values, or any value where there are none. */
  readonly tags: readonly { readonly key: string; readonly values: readonly string[] }[];
  /** `SERVICE` or `SERVICE:TYPE`; none: all. */
  readonly types: readonly string[];
  /** ARNs; undefined: all. */
  readonly arns: readonly string[] | undefined;
  readonly perPage: number;
  /** Tags on one page; undefined: any number. */
  readonly tagsPerPage: number | undefined;
  readonly token: string;
}

/** What excludes a list of ARNs. */
const EXCLUSIVE = ["TagFilters", "ResourceTypeFilters", "ResourcesPerPage", "TagsPerPage", "PaginationToken"];

/** Throws AwsError `InvalidParameterException`. */
export function readFilters(input: Input): Filters {
  const arns = texts(input, "ResourceARNList", 100);
  const other = EXCLUSIVE.find((field) => {
    const value = input[field];
    return value !== undefined && value !== null && value !== "" && !(Array.isArray(value) && value.length === 0);
  });
  if (arns.length > 0 && other !== undefined) throw invalid(`ResourceARNList cannot be combined with ${other}`);
  return {
    tags: list(input["TagFilters"], "TagFilters").map(readTagFilter),
    types: texts(input, "ResourceTypeFilters", 100),
    arns: arns.length > 0 ? arns : undefined,
    perPage: integer(input, "ResourcesPerPage", 1, 100) ?? (arns.length > 0 ? arns.length : 50),
    tagsPerPage: integer(input, "TagsPerPage", 100, 500),
    token: String(input["PaginationToken"] ?? ""),
  };
}

function readTagFilter(filter: unknown): Filters["tags"][number] {
  const { Key: key, Values: values = [] } = (filter ?? {}) as { Key?: unknown; Values?: unknown };
  if (typeof key !== "string" || key === "") throw invalid("A tag filter has no Key");
  return { key, values: texts({ Values: values }, "Values", 20) };
}

export function matches(resource: Resource, { tags, types, arns }: Filters): boolean {
  if (arns && !arns.includes(resource.arn)) return false;
  const [service] = resource.resourceType.split(":");
  if (types.length > 0 && !types.some((type) => type === service || type === resource.resourceType)) return false;
  return tags.every(({ key, values }) => {
    if (!Object.hasOwn(resource.tags, key)) return false;
    return values.length === 0 || values.includes(resource.tags[key]!);
  });
}
