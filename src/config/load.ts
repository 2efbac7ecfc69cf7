import { dirname } from "node:path";
import type { Problem } from "../errors.ts";
import { CONFIG } from "../fdl/fields.ts";
import { isTree, type Tree } from "../fdl/tree.ts";
import { validate } from "../fdl/validate.ts";
import { DEFAULTS } from "./defaults.ts";
import { type ConfigFile, configPath, hasConfigPath, readConfigFile } from "./file.ts";
import { merge, treeOf, valueAt } from "./merge.ts";
import { readSource } from "./read-source.ts";
import { secretIn } from "./secrets.ts";
import { withAbsoluteFiles } from "./sources.ts";
import { unusedNotices } from "./unused.ts";

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
  /** What was done to the file, for everybody to know. */
  readonly changes: readonly string[];
  readonly warnings: readonly string[];
  readonly problems: readonly Problem[];
  /** Keys that no one reads. */
  readonly unknown: readonly Problem[];
}

export interface LoadOptions {
  /** Whether an older file may be brought to today's version on the disk; default false: only in memory, and nothing is said of it. */
  readonly writes?: boolean;
  /** Whether {@link UserConfig.notices} are wanted; default true. */
  readonly deploys?: boolean;
  /** Of a relative SCAR_CONFIG_FOLDER. */
  readonly cwd?: string;
}

/**
 * Reads scar.cfg if there is one, of whatever version; makes none. Throws ScarError `InvalidConfig` (exit code 2) when it is neither
 * JSON nor the INI file of the first releases.
 */
export async function loadConfig(
  env: Readonly<Record<string, string | undefined>>,
  options: LoadOptions = {},
): Promise<UserConfig> {
  // Who needs the file will ask for its place.
  if (!hasConfigPath(env)) return { file: "scar.cfg", ...NO_FILE };
  const file = configPath(env, options.cwd);
  // Another process may be bringing the file to today's version: then it is read again, and is a new one.
  for (let attempt = 0; ; attempt++) {
    const found = await readConfigFile(file);
    if (found === undefined) return { file, ...NO_FILE };
    const config = await fromFile(file, found, options, attempt < 5);
    if (config !== undefined) return config;
  }
}

const NO_FILE: Omit<UserConfig, "file"> = {
  exists: false,
  aws: {},
  oscar: {},
  notices: [],
  changes: [],
  warnings: [],
  problems: [],
  unknown: [],
};

/** Undefined when the file was changed under our hands. */
async function fromFile(
  file: string,
  found: ConfigFile,
  { writes = false, deploys = true }: LoadOptions,
  again: boolean,
): Promise<UserConfig | undefined> {
  const { old, value, ...source } = await readSource(file, found.text);
  const { problems: wrong, unknown } = validate(value, CONFIG, "", source.place);
  const problems = [...source.problems, ...wrong];
  let changes: readonly string[] = [];
  if (old !== undefined && writes && problems.length === 0) {
    const { writeMigrated } = await import("./migration/write-migrated.ts");
    const written = writeMigrated({ file, found, ...old });
    if (written === undefined && again) return undefined;
    changes = written ?? [];
  }
  const notices = deploys ? unusedNotices(value) : [];
  const given = isTree(value["aws"]) ? withoutSupervisorVersion(withoutDefaultProfile(value["aws"]), notices) : {};
  return {
    file,
    exists: true,
    aws: withAbsoluteFiles(given, dirname(file)),
    oscar: isTree(value["oscar"]) ? value["oscar"] : {},
    notices,
    changes,
    warnings: changes.length > 0 ? [] : permissionWarning(file, found, value),
    problems,
    unknown,
  };
}

/** A file that the user made readable for others stays so: it may be meant, and what is in it is the user's. */
function permissionWarning(file: string, { mode }: ConfigFile, value: Tree): string[] {
  const secret = (mode & 0o044) === 0 ? undefined : secretIn(value);
  if (secret === undefined) return [];
  return [`${file} holds a secret (${secret}) and others can read it: 'chmod 600 ${file}' keeps it to you`];
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

/** The original's files name the profile `default` everywhere, which would shut out every other credential of the standard chain. */
function withoutDefaultProfile(aws: Tree): Tree {
  const sections = Object.entries(aws).map(([name, section]) => {
    if (!isTree(section) || section["boto_profile"] !== "default") return [name, section];
    const { boto_profile: _default, ...rest } = section;
    return [name, rest];
  });
  return Object.fromEntries(sections);
}
