/** An older scar.cfg in today's terms: the user's values at today's keys (behaviour.md, section 2). Pure. */
import { isTree, type Tree } from "../../fdl/tree.ts";
import { valueAt } from "../merge.ts";
import { isOlder } from "../version.ts";
import { GrowingTree, type Leaf, userLeaves } from "./leaves.ts";
import { type Fate, FROM_1_0_0, FROM_1_0_6, FROM_1_0_9, FROM_INI, type Moves } from "./moves.ts";
import { INI_DEFAULTS, TO_1_0_0, TO_1_0_6, TO_1_0_9 } from "./versions.ts";

export interface Migration {
  /** What the user had set, in the shape of today's scar.cfg; `scar` is not in it. */
  readonly user: Tree;
  /** Paths in the old file, and where their values stand now. */
  readonly kept: readonly { readonly from: string; readonly to: readonly string[] }[];
  readonly dropped: readonly { readonly path: string; readonly why: string }[];
}

/** What a version's file is read with. */
interface Source {
  readonly defaults: unknown;
  readonly moves: Moves;
}

/** The JSON of a version before 1.1.0; `version` is undefined in a file that has none. */
export function migrateJson(value: Tree, version: string | undefined): Migration {
  const { scar } = value;
  if (!isTree(scar)) return migrate(value, sourceOf(value, version));
  const { config_version: _version, ...others } = scar;
  return migrate({ ...value, scar: others }, sourceOf(value, version));
}

/** The section `[scar]` of the first releases, its numbers already numbers. */
export function migrateIni(section: Tree): Migration {
  return migrate(section, { defaults: INI_DEFAULTS, moves: FROM_INI }, "its name is unknown");
}

function sourceOf(value: Tree, version: string | undefined): Source {
  const isOldShape = version === undefined ? OLD_SHAPE.some((path) => valueAt(value, path) !== undefined) : false;
  if (isOldShape || (version !== undefined && isOlder(version, "1.0.5"))) {
    return { defaults: TO_1_0_0, moves: FROM_1_0_0 };
  }
  if (version !== undefined && isOlder(version, "1.0.7")) return { defaults: TO_1_0_6, moves: FROM_1_0_6 };
  return { defaults: TO_1_0_9, moves: FROM_1_0_9 };
}

/** A file without a version that has one of these is of SCAR 2 or 3; another one was written by hand, with the manual of SCAR 4. */
const OLD_SHAPE = [
  "aws.region",
  "aws.boto_profile",
  "aws.execution_mode",
  "aws.lambda.time",
  "aws.lambda.timeout_threshold",
  "aws.lambda.max_payload_size",
  "aws.lambda.max_s3_payload_size",
  "aws.batch.comp_type",
  "aws.batch.compute_resources.comp_type",
  "scar.supervisor_version",
  "scar.layers",
];

/** @param unknown why a key without a place today is dropped; without it, the key keeps its place */
function migrate(value: Tree, { defaults, moves }: Source, unknown?: string): Migration {
  const grown = new GrowingTree();
  const kept: { from: string; to: string[] }[] = [];
  const dropped: { path: string; why: string }[] = [];
  const moved: { leaf: Leaf; to: readonly string[][] }[] = [];
  for (const leaf of userLeaves(value, defaults)) {
    const path = leaf.keys.join(".");
    const fate = fateOf(leaf, moves);
    if (fate === undefined && unknown !== undefined) dropped.push({ path, why: unknown });
    else if (fate === undefined) {
      grown.place(leaf.keys, leaf.value);
      kept.push({ from: path, to: [path] });
    } else if ("dropped" in fate) dropped.push({ path, why: fate.dropped });
    else moved.push({ leaf, to: fate.to.map((target) => target.split(".")) });
  }
  // What stands at today's key already counts more than what has to be moved there.
  for (const { leaf, to } of moved) {
    const path = leaf.keys.join(".");
    const placed = to.filter((keys) => grown.place(keys, leaf.value)).map((keys) => keys.join("."));
    if (placed.length > 0) kept.push({ from: path, to: placed });
    else dropped.push({ path, why: `${to.map((keys) => keys.join(".")).join(", ")} is set too` });
  }
  return { user: grown.tree, kept, dropped };
}

/** By the longest path of `moves` that the leaf stands at or below; what is below keeps its place there. */
function fateOf({ keys, value }: Leaf, moves: Moves): Fate | undefined {
  const path = keys.join(".");
  if (path === "aws.lambda.runtime" && typeof value === "string" && value.startsWith("python")) {
    return { dropped: "the supervisor is no Python program any more" };
  }
  for (let n = keys.length; n > 0; n--) {
    const above = keys.slice(0, n).join(".");
    if (!Object.hasOwn(moves, above)) continue;
    const fate = moves[above]!;
    if ("dropped" in fate) return fate;
    return { to: fate.to.map((target) => [target, ...keys.slice(n)].join(".")) };
  }
  return undefined;
}
