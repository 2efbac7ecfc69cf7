import { dirname } from "node:path";
import type { Problem } from "../errors.ts";
import { CONFIG } from "../fdl/fields.ts";
import { isTree, type Tree } from "../fdl/tree.ts";
import { validate } from "../fdl/validate.ts";
import { DEFAULTS } from "./defaults.ts";
import { configPath, readConfigText } from "./file.ts";
import { parseJson } from "./json.ts";
import { merge, treeOf, valueAt } from "./merge.ts";
import { withAbsoluteFiles } from "./sources.ts";

/** What the user's scar.cfg says. */
export interface UserConfig {
  readonly file: string;
  readonly exists: boolean;
  /** Its `aws` section, in the shape of one element of `functions.aws`; empty without a file. */
  readonly aws: Tree;
  /** Its `oscar` section: clusters by their id. */
  readonly oscar: Tree;
  /** What of it is not used, for who deploys to know. */
  readonly notices: readonly string[];
  readonly problems: readonly Problem[];
  /** Keys that no one reads. */
  readonly unknown: readonly Problem[];
}

/** Reads scar.cfg if there is one; makes none. Throws ScarError `InvalidConfig` (exit code 2) when it is not JSON. */
export async function loadConfig(env: Readonly<Record<string, string | undefined>>): Promise<UserConfig> {
  const file = configPath(env);
  const text = await readConfigText(file);
  if (text === undefined) return { file, exists: false, aws: {}, oscar: {}, notices: [], problems: [], unknown: [] };
  const value = parseJson(text, file);
  let found = validate(value, CONFIG, "", () => ({}));
  if (found.problems.length + found.unknown.length > 0) {
    const locate = await locator(text, file);
    found = validate(value, CONFIG, "", (path) => ({ location: locate(path) }));
  }
  const notices: string[] = [];
  const given = isTree(value["aws"]) ? withoutSupervisorVersion(withoutDefaultProfile(value["aws"]), notices) : {};
  const oscar = isTree(value["oscar"]) ? value["oscar"] : {};
  return { file, exists: true, aws: withAbsoluteFiles(given, dirname(file)), oscar, notices, ...found };
}

/** The original's default file names a version of its own supervisor, which does not exist here: it asks for nothing. */
function withoutSupervisorVersion(aws: Tree, notices: string[]): Tree {
  const version = valueAt(aws, "lambda.supervisor.version");
  if (typeof version !== "string" || version === "" || version === DEFAULTS.lambda.supervisor.version) return aws;
  notices.push(
    `supervisor version ${version} of scar.cfg is replaced by this release's own (-sv and an FDL may name another)`,
  );
  return merge(aws, treeOf("lambda.supervisor.version", null));
}

/** JSON is YAML too: the FDL's reader knows where a value stands. Loaded only to tell what is wrong. */
async function locator(text: string, file: string): Promise<(path: string) => string> {
  const { parseFdl } = await import("../fdl/parse.ts");
  try {
    return parseFdl(text, file).locate;
  } catch {
    return () => file;
  }
}

/** The original's file names the profile `default` everywhere, which would shut out every other credential of the standard chain. */
function withoutDefaultProfile(aws: Tree): Tree {
  const sections = Object.entries(aws).map(([name, section]) => {
    if (!isTree(section) || section["boto_profile"] !== "default") return [name, section];
    const { boto_profile: _default, ...rest } = section;
    return [name, rest];
  });
  return Object.fromEntries(sections);
}
