/** The functions that a command line is about: scar.cfg, FDL and flags become FunctionSpec[], or every problem at once. */
import { dirname, resolve as resolvePath } from "node:path";
import { checkDeployable, checkDocument, checkFunctions, type Place } from "../config/check.ts";
import type { UserConfig } from "../config/load.ts";
import { merge } from "../config/merge.ts";
import { withRegistryLogin } from "../config/registry-login.ts";
import { resolveFunction } from "../config/resolve.ts";
import { withAbsoluteFiles, withLayersBelow } from "../config/sources.ts";
import { InvalidInputError, notSupportedYet, type Problem } from "../errors.ts";
import type { StorageProviders } from "../fdl/contract.ts";
import { fromEnvironment, isReadByEveryCommand } from "../fdl/environment.ts";
import { FDL } from "../fdl/fields.ts";
import { unservedFunctionFields, unservedTopFields } from "../fdl/served.ts";
import type { FunctionSpec } from "../fdl/spec.ts";
import { isTree, type Tree } from "../fdl/tree.ts";
import { type Locate, validate } from "../fdl/validate.ts";
import type { Reporter } from "./command.ts";
import { type CommandSpec, optionsOf } from "./command-table.ts";
import { flagAt, flagBelow, type Overlay } from "./overlay.ts";
import { flagsOf } from "./usage.ts";

/** The elements of `functions.aws`, and how to say where each stands. */
interface Sections {
  readonly list: readonly Tree[];
  readonly storageProviders: StorageProviders;
  readonly problems: readonly Problem[];
  readonly unknown: readonly Problem[];
  readonly place: Place;
  readonly top: Tree;
}

export interface FunctionSources {
  readonly command: CommandSpec;
  readonly cwd: string;
  /** The file of `-f`, as given. */
  readonly file: string | undefined;
  readonly config: UserConfig;
  readonly overlay: Overlay;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where no layer names one. */
  readonly region: string;
  /** Whether unknown fields are errors. */
  readonly strict?: boolean;
  readonly report: Pick<Reporter, "notice" | "warn">;
}

/** Throws InvalidInputError with all that is wrong, or ScarError `NotSupportedYet`; writes nothing. */
export async function loadFunctions(sources: FunctionSources): Promise<readonly FunctionSpec[]> {
  const { command, overlay, cwd, file } = sources;
  // Who only runs or removes a function needs no login of its image.
  const isWhole = command.deploys || command.needs === "image";
  const sections = file === undefined ? flagsAlone(command) : await fromFile(file, cwd, sources.env, isWhole);
  const login = withRegistryLogin(sources.config.aws, sources.config.file, sources.env, isWhole);
  const config = { ...sources.config, aws: login.aws };
  if (!sources.strict) warnUnknown(sections.unknown, sources.report);
  const problems = [...config.problems, ...overlay.problems, ...sections.problems, ...login.problems];
  if (sources.strict) problems.push(...sections.unknown.map(asProblem));
  if (file !== undefined && sections.list.length > 1 && flagAt(overlay, "lambda.name")) {
    problems.push({ path: "-n/--name", message: `names one function, and ${file} has ${sections.list.length}` });
  }
  refuse(problems);
  const place: Place = (i, path) => {
    const flag = flagAt(overlay, path);
    return flag === undefined ? sections.place(i, path) : { path: flag };
  };
  refuseUnserved(command, sections, overlay, config, place);
  const flags = withAbsoluteFiles(overlay.tree, cwd);
  const resolved = sections.list.map((section) => {
    const own = withLayersBelow(flags, merge(config.aws, section));
    return resolveFunction([config.aws, section, own], sections.storageProviders, sources.region);
  });
  const specs = resolved.map(({ spec }) => spec);
  refuse([...checkFunctions(specs, place), ...(command.deploys ? checkDeployable(specs, place) : [])]);
  if (command.deploys) {
    const notices = [...config.notices, ...resolved.flatMap((one) => one.notices)];
    for (const notice of notices) sources.report.notice(notice);
  }
  return specs;
}

/** Fields that no one reads: old files go on working, misspelt ones are noticed. */
export function warnUnknown(unknown: readonly Problem[], report: Pick<Reporter, "warn">): void {
  for (const { path, message, location } of unknown) report.warn(`${location}: ${path}: ${message}`);
}

/** An unknown field under `--strict`. */
export function asProblem(unknown: Problem): Problem {
  return { ...unknown, message: unknown.message.replace("unknown field, ignored", "unknown field") };
}

/** Throws InvalidInputError with all the problems, if there are any. */
export function refuse(problems: readonly Problem[]): void {
  if (problems.length === 0) return;
  const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
  throw new InvalidInputError(`invalid configuration, ${count}`, problems);
}

/** Without `-f`, the flags describe one function: what is missing is a flag. An image alone needs no name. */
function flagsAlone(command: CommandSpec): Sections {
  const place: Place = (_index, path) => {
    const option = optionsOf(command).find((known) => known.path?.includes(path));
    return { path: option === undefined ? path : flagsOf(option) };
  };
  const section = command.needs === "image" ? { lambda: { name: command.name } } : {};
  return { list: [section], storageProviders: {}, problems: [], unknown: [], place, top: {} };
}

/** `isWhole`: every variable that the file names must be there, not only those that each command reads. */
async function fromFile(file: string, cwd: string, env: FunctionSources["env"], isWhole: boolean): Promise<Sections> {
  const { readFdl } = await import("../fdl/file.ts");
  const path = resolvePath(cwd, file);
  const document = await readFdl(path, file);
  const locate: Locate = (at, part) => ({ location: document.locate(at, part) });
  const filled = fromEnvironment(document.value, env, (at) => isWhole || isReadByEveryCommand(at), locate);
  const top = filled.value;
  const found = validate(top, FDL, "", locate, filled);
  const functions = isTree(top["functions"]) ? top["functions"] : {};
  const list = Array.isArray(functions["aws"]) ? functions["aws"].filter(isTree) : [];
  const problems = [...filled.problems, ...found.problems, ...checkDocument(top, locate, filled)];
  if (problems.length === 0 && list.length === 0 && unservedTopFields(top).length === 0) {
    const at = "functions.aws";
    problems.push({ path: at, message: "is missing: the file defines no function", location: document.locate(at) });
  }
  return {
    list: list.map((section) => withAbsoluteFiles(section, dirname(path))),
    storageProviders: (top["storage_providers"] ?? {}) as StorageProviders,
    problems,
    unknown: found.unknown,
    place: (i, at) => {
      const whole = `functions.aws[${i}].${at}`;
      const written = filled.written.get(whole);
      return { path: whole, location: document.locate(whole), ...(written === undefined ? {} : { written }) };
    },
    top,
  };
}

/** What only makes a deployment different does not matter to `run` and `log`; flags are refused wherever they stand. */
function refuseUnserved(
  command: CommandSpec,
  sections: Sections,
  overlay: Overlay,
  config: UserConfig,
  place: Place,
): void {
  for (const { path, detail } of unservedFunctionFields(overlay.tree, "deployment")) {
    throw notSupportedYet(`${flagAt(overlay, path) ?? flagBelow(overlay, path) ?? path}${detail}`);
  }
  const what = command.deploys ? "deployment" : command.name === "rm" ? "resources" : undefined;
  if (what === undefined) return;
  for (const path of unservedTopFields(sections.top)) throw notSupportedYet(path);
  for (const [i, section] of sections.list.entries()) {
    for (const { path, detail } of unservedFunctionFields(section, what)) {
      const { path: whole, location, written } = place(i, path);
      const value = written === undefined ? detail : `: ${written}`;
      throw notSupportedYet(`${whole}${value}${location === undefined ? "" : ` (${location})`}`);
    }
  }
  for (const { path, detail } of unservedFunctionFields({ lambda: config.aws["lambda"] }, what)) {
    throw notSupportedYet(`aws.${path}${detail} in ${config.file}`);
  }
}
