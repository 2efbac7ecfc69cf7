import { AwsError, type TaggedResources } from "../service.ts";

type Resource = ReturnType<TaggedResources["listTagged"]>[number];

export interface Filters {
  /** All must match; any of the values, or any value where there are none. */
  readonly tags: readonly { readonly key: string; readonly values: readonly string[] }[];
  /** `SERVICE` or `SERVICE:TYPE`; none: all. */
  readonly types: readonly string[];
  readonly perPage: number;
  readonly token: string;
}

/** Reads the body of GetResources. Throws AwsError `InvalidParameterException`. */
export function readFilters(body: string): Filters {
  const input = parse(body);
  const perPage = input["ResourcesPerPage"] ?? 50;
  if (typeof perPage !== "number" || !Number.isInteger(perPage) || perPage < 1 || perPage > 100) {
    throw invalid("ResourcesPerPage must be between 1 and 100");
  }
  const tags = list(input["TagFilters"], "TagFilters").map((filter) => {
    const { Key: key, Values: values = [] } = (filter ?? {}) as { Key?: unknown; Values?: unknown };
    if (typeof key !== "string" || key === "") throw invalid("A tag filter has no Key");
    return { key, values: list(values, "Values").map(String) };
  });
  const types = list(input["ResourceTypeFilters"], "ResourceTypeFilters").map(String);
  return { tags, types, perPage, token: String(input["PaginationToken"] ?? "") };
}

export function matches(resource: Resource, { tags, types }: Filters): boolean {
  if (Object.keys(resource.tags).length === 0) return false;
  const [service] = resource.resourceType.split(":");
  if (types.length > 0 && !types.some((type) => type === service || type === resource.resourceType)) return false;
  return tags.every(({ key, values }) => {
    const value = resource.tags[key];
    return value !== undefined && (values.length === 0 || values.includes(value));
  });
}

function parse(body: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(body === "" ? "{}" : body);
    if (typeof value === "object" && value !== null) return value as Record<string, unknown>;
  } catch {
    // Said below.
  }
  throw new AwsError(400, "SerializationException", "The request's body is no JSON object");
}

function list(value: unknown, name: string): readonly unknown[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw invalid(`${name} is not a list`);
  return value;
}

function invalid(message: string): AwsError {
  return new AwsError(400, "InvalidParameterException", message);
}
