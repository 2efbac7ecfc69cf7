/** Which resource and method of a deployment a request is for. */
import type { Method, Resource } from "../model.ts";

export interface Routed {
  readonly resource: Resource;
  readonly method: Method;
  /** Variables of the path, as they were sent; null when it has none. */
  readonly pathParameters: Readonly<Record<string, string>> | null;
}

/** Fixed parts come before variables, variables before the greedy one; undefined when there is no such path or verb. */
export function routeTo(resources: readonly Resource[], path: string, verb: string): Routed | undefined {
  const parts = partsOf(path);
  const found = resources
    .filter(({ resourceMethods }) => Object.keys(resourceMethods).length > 0)
    .map((resource) => ({ resource, pathParameters: match(partsOf(resource.path), parts) }))
    .filter(({ pathParameters }) => pathParameters !== undefined)
    .sort((a, b) => compareRanks(rank(a.resource), rank(b.resource)))[0];
  if (!found) return undefined;
  const { resource, pathParameters = {} } = found;
  // Only the best resource counts: one that has not the verb hides the less special ones, as on AWS.
  const method = own(resource.resourceMethods, verb) ?? own(resource.resourceMethods, "ANY");
  if (!method) return undefined;
  return { resource, method, pathParameters: Object.keys(pathParameters).length > 0 ? pathParameters : null };
}

/** A slash at the end does not count. */
const partsOf = (path: string): string[] => path.replace(/\/$/, "").split("/").slice(1);

const own = (methods: Readonly<Record<string, Method>>, verb: string): Method | undefined =>
  Object.hasOwn(methods, verb) ? methods[verb] : undefined;

function match(pattern: readonly string[], parts: readonly string[]): Readonly<Record<string, string>> | undefined {
  const found: Record<string, string> = {};
  for (const [at, part] of pattern.entries()) {
    const [, name = "", greedy] = /^\{(.+?)(\+)?\}$/.exec(part) ?? [];
    const value = greedy === undefined ? parts[at] : parts.slice(at).join("/");
    if (name === "") {
      if (value !== part) return undefined;
      continue;
    }
    if (value === undefined || value === "") return undefined;
    found[name] = value;
    if (greedy !== undefined) return found;
  }
  return pattern.length === parts.length ? found : undefined;
}

/** For each part: 0 fixed, 1 a variable, 2 the greedy one. */
const rank = ({ path }: Resource): readonly number[] =>
  partsOf(path).map((part) => (part.endsWith("+}") ? 2 : part.startsWith("{") ? 1 : 0));

function compareRanks(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((value, i) => value !== b[i]);
  return at < 0 ? 0 : a[at]! - (b[at] ?? 3);
}
