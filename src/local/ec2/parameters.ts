/** EC2's form of the query protocol: structures and lists as dotted names, `Filter.1.Value.2=x`. */
import { AwsError } from "../service.ts";

/** A parameter with what is below it. */
export type Tree = string | readonly Tree[] | { readonly [name: string]: Tree };

/** More than the names of EC2 have, and little enough for the stack. */
const MAX_DEPTH = 32;

type Branch = { [name: string]: Branch | string };

/** All parameters of a request, by name. Throws AwsError `UnknownParameter`. */
export function parameterTree(parameters: URLSearchParams): Readonly<Record<string, Tree>> {
  const root: Branch = {};
  for (const [name, value] of parameters) {
    const steps = name.split(".");
    if (steps.length > MAX_DEPTH) throw unknown(name);
    // No name of EC2 has other characters; and none reaches what objects inherit.
    if (steps.some((step) => !/^(?:[A-Z]\w*|\d+)$/.test(step))) throw unknown(name);
    let branch = root;
    for (const step of steps.slice(0, -1)) {
      const next = branch[step] ?? {};
      if (typeof next === "string") throw unknown(name);
      branch[step] = next;
      branch = next;
    }
    branch[steps.at(-1)!] = value;
  }
  return Object.fromEntries(Object.entries(root).map(([name, branch]) => [name, treeOf(branch)]));
}

/** Numbers become a list in their order. */
function treeOf(branch: Branch | string): Tree {
  if (typeof branch === "string") return branch;
  const entries = Object.entries(branch);
  if (!entries.every(([name]) => /^\d+$/.test(name))) {
    return Object.fromEntries(entries.map(([name, below]) => [name, treeOf(below)]));
  }
  return entries.sort(([a], [b]) => Number(a) - Number(b)).map(([, below]) => treeOf(below));
}

export type Parameters = Readonly<Record<string, Tree>>;

export function text(parameters: Parameters, name: string): string | undefined {
  const value = parameters[name];
  return typeof value === "string" ? value : undefined;
}

export function list(parameters: Parameters, name: string): readonly Tree[] {
  const value = parameters[name];
  return Array.isArray(value) ? value : [];
}

export const texts = (parameters: Parameters, name: string): readonly string[] =>
  list(parameters, name).filter((item) => typeof item === "string");

export function structure(value: Tree | undefined): Parameters {
  return typeof value === "object" && !Array.isArray(value) ? (value as Parameters) : {};
}

/** Tags of one kind of resource in `TagSpecification.N`. Throws AwsError `InvalidParameterValue` for those of another. */
export function tagsOf(parameters: Parameters, resourceType: string): Record<string, string> {
  const tags = new Map<string, string>();
  for (const item of list(parameters, "TagSpecification")) {
    const specification = structure(item);
    const type = text(specification, "ResourceType");
    if (type !== resourceType) {
      throw new AwsError(
        400,
        "InvalidParameterValue",
        `'${type}' is not a valid taggable resource type for this operation.`,
      );
    }
    for (const tag of list(specification, "Tag"))
      tags.set(text(structure(tag), "Key") ?? "", text(structure(tag), "Value") ?? "");
  }
  return Object.fromEntries(tags);
}

const unknown = (name: string): AwsError =>
  new AwsError(400, "UnknownParameter", `The parameter ${name} is not recognized`);
