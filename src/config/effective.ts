/** What of all the layers counts in the end: the configuration that `--show-config` prints, section by section. */
import type { FunctionSpec } from "../fdl/spec.ts";
import { isTree, type Tree } from "../fdl/tree.ts";
import { DEFAULTS, OSCAR_DEFAULTS } from "./defaults.ts";
import { merge, treeOf, valueAt } from "./merge.ts";
import { FILE_PATHS } from "./sources.ts";

/** The sections that are a service of their own: they inherit region and profile. */
const SERVICES = ["iam", "lambda", "s3", "api_gateway", "cloudwatch", "batch", "ecr"] as const;
export type Service = (typeof SERVICES)[number];

/**
 * One element of `functions.aws`: the layers (lowest first) over the defaults, with what was resolved of them. Files have their whole
 * paths; every service has the region and the profile that it would be called with (IAM has no region).
 */
export function effectiveFunction(layers: readonly Tree[], spec: FunctionSpec): Tree {
  const merged = layers.reduce<Tree>(merge, DEFAULTS as Tree);
  const { name, input, output, ...lambda } = spec.lambda;
  let tree = merge(merged, { lambda, iam: spec.iam });
  for (const [key, value] of Object.entries({ name, input, output })) {
    if (value.length > 0) tree = merge(tree, { lambda: { [key]: value } });
  }
  for (const path of FILE_PATHS) {
    const file = valueAt(merged, path);
    if (file !== undefined) tree = merge(tree, treeOf(path, file));
  }
  for (const service of SERVICES) {
    if (service !== "iam") tree = merge(tree, treeOf(`${service}.region`, serviceRegion(layers, spec, service)));
    const profile = own(layers, service, "boto_profile") ?? spec.lambda.boto_profile ?? null;
    tree = merge(tree, treeOf(`${service}.boto_profile`, profile));
  }
  return tree;
}

/** The region that a function's configuration gives a service: the section's own, or the function's. */
export function serviceRegion(layers: readonly Tree[], { lambda }: FunctionSpec, service: Service): string {
  return own(layers, service, "region") ?? lambda.region;
}

/** A service's own value counts, unless a layer above it gives `lambda` another: that one is meant for all. */
function own(layers: readonly Tree[], service: Service, key: string): string | undefined {
  for (const layer of layers.toReversed()) {
    const value = valueAt(layer, `${service}.${key}`);
    if (typeof value === "string" && value !== "") return value;
    if (value === null || typeof valueAt(layer, `lambda.${key}`) === "string") return undefined;
  }
  return undefined;
}

/**
 * `functions.oscar`: each service of an FDL over its cluster's block of scar.cfg over the defaults, or without services the clusters
 * of scar.cfg.
 */
export function effectiveOscar(services: unknown, config: Tree): readonly Tree[] {
  const elements = Array.isArray(services) ? services.filter(isTree) : clusters(config);
  return elements.map((element) => merge({}, withClusters(element, config)));
}

const clusters = (config: Tree): Tree[] => Object.entries(config).map(([id, block]) => ({ [id]: block }));

function withClusters(element: Tree, config: Tree): Tree {
  const entries = Object.entries(element).map(([id, service]) => {
    if (!isTree(service)) return [id, service];
    const below = valueAt(config, id);
    return [id, [OSCAR_DEFAULTS.my_oscar, isTree(below) ? below : {}, service].reduce<Tree>(merge, {})];
  });
  return Object.fromEntries(entries);
}

/** The same value with the keys of every map in alphabetical order. */
export function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isTree(value)) return value;
  const keys = Object.keys(value).sort();
  return Object.fromEntries(keys.map((key) => [key, sorted(value[key])]));
}
