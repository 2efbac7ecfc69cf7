/** The functions that a command line is about: scar.cfg, FDL and flags become FunctionSpec[], or every problem at once. */
import { checkDeployable, checkFunctions, type Place } from "../config/check.ts";
import { serviceRegion } from "../config/effective.ts";
import type { UserConfig } from "../config/load.ts";
import { merge, valueAt } from "../config/merge.ts";
import { withRegistryLogin } from "../config/registry-login.ts";
import { resolveFunction } from "../config/resolve.ts";
import { withAbsoluteFiles, withLayersBelow, withoutRepeatedRegion } from "../config/sources.ts";
import { InvalidInputError, notSupportedYet, type Problem } from "../errors.ts";
import { unservedFunctionFields, unservedTopFields } from "../fdl/served.ts";
import type { FunctionSpec } from "../fdl/spec.ts";
import type { Tree } from "../fdl/tree.ts";
import type { Reporter } from "./command.ts";
import type { CommandSpec } from "./command-table.ts";
import { flagAt, flagBelow, type Overlay } from "./overlay.ts";
import { readSections, type Sections } from "./sections.ts";

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

/** A function and the layers that it came from, lowest first: scar.cfg, FDL, command line. */
export interface LayeredFunction {
  readonly spec: FunctionSpec;
  readonly layers: readonly Tree[];
}

/** Throws InvalidInputError with all that is wrong, or ScarError `NotSupportedYet`; writes nothing. */
export async function loadFunctions(sources: FunctionSources): Promise<readonly FunctionSpec[]> {
  const { sections, config } = await checkedSections(sources);
  refuseUnserved(sources, sections);
  const functions = resolved({ ...sources, config }, sections);
  if (sources.command.deploys) refuseOwnRegions(functions, sections.place);
  return functions.map(({ spec }) => spec);
}

/** The same with what is not served yet, and the whole file that they stand in. Throws InvalidInputError. */
export async function describeFunctions(
  sources: FunctionSources,
): Promise<{ readonly functions: readonly LayeredFunction[]; readonly top: Tree }> {
  const { sections, config } = await checkedSections(sources);
  return { functions: resolved({ ...sources, config }, sections), top: sections.top };
}

interface Checked {
  readonly sections: Sections;
  /** scar.cfg with the login of its registry filled in. */
  readonly config: UserConfig;
}

/** The sections without a wrong value in them, in scar.cfg or on the command line. */
async function checkedSections(sources: FunctionSources): Promise<Checked> {
  const { command, overlay, cwd, file } = sources;
  // Who only runs or removes a function needs no login of its image.
  const isWhole = command.deploys || command.needs === "image";
  const sections = await readSections({ command, file, cwd, env: sources.env, isWhole });
  const login = withRegistryLogin(sources.config.aws, sources.config.file, sources.env, isWhole);
  const config = { ...sources.config, aws: login.aws };
  if (!sources.strict) warnUnknown(sections.unknown, sources.report);
  const problems = [...config.problems, ...overlay.problems, ...sections.problems, ...login.problems];
  if (sources.strict) problems.push(...sections.unknown.map(asProblem));
  if (file !== undefined && sections.list.length > 1 && flagAt(overlay, "lambda.name")) {
    problems.push({ path: "-n/--name", message: `names one function, and ${file} has ${sections.list.length}` });
  }
  refuse(problems);
  return { sections: { ...sections, place: placeWithFlags(overlay, sections) }, config };
}

/** Where a value is of a flag, the flag is its place. */
function placeWithFlags(overlay: Overlay, sections: Sections): Place {
  return (i, path) => {
    const flag = flagAt(overlay, path);
    return flag === undefined ? sections.place(i, path) : { path: flag };
  };
}

function resolved(sources: FunctionSources, sections: Sections): readonly LayeredFunction[] {
  const { command, config, overlay, cwd } = sources;
  const flags = withAbsoluteFiles(overlay.tree, cwd);
  const configured = withoutRepeatedRegion(config.aws);
  const layered = sections.list.map((section) => {
    const own = withLayersBelow(flags, merge(configured, section));
    return [configured, section, own];
  });
  const resolutions = layered.map((layers) => resolveFunction(layers, sections.storageProviders, sources.region));
  const specs = resolutions.map(({ spec }) => spec);
  const { place } = sections;
  refuse([...checkFunctions(specs, place), ...(command.deploys ? checkDeployable(specs, place) : [])]);
  if (command.deploys) {
    const notices = [...config.notices, ...resolutions.flatMap((one) => one.notices)];
    for (const notice of notices) sources.report.notice(notice);
  }
  return specs.map((spec, i) => ({ spec, layers: layered[i]! }));
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

/** What only makes a deployment different does not matter to `run` and `log`; flags are refused wherever they stand. */
function refuseUnserved({ command, overlay, config }: FunctionSources, sections: Sections): void {
  for (const { path, detail } of unservedFunctionFields(overlay.tree, "deployment")) {
    throw notSupportedYet(`${flagAt(overlay, path) ?? flagBelow(overlay, path) ?? path}${detail}`);
  }
  const what = command.deploys ? "deployment" : command.name === "rm" ? "resources" : undefined;
  if (what === undefined) return;
  for (const path of unservedTopFields(sections.top)) throw notSupportedYet(path);
  for (const [i, section] of sections.list.entries()) {
    for (const { path, detail } of unservedFunctionFields(section, what)) {
      const { path: whole, location, written } = sections.place(i, path);
      const value = written === undefined ? detail : `: ${written}`;
      throw notSupportedYet(`${whole}${value}${location === undefined ? "" : ` (${location})`}`);
    }
  }
  // Who may call an endpoint is no matter of a notice.
  const configured = {
    lambda: config.aws["lambda"],
    api_gateway: { method: valueAt(config.aws, "api_gateway.method") },
  };
  for (const { path, detail } of unservedFunctionFields(configured, what)) {
    throw notSupportedYet(`aws.${path}${detail} in ${config.file}`);
  }
}

/** A function's buckets and log are where it is. (What scar.cfg says of them is for every function, and not used.) */
function refuseOwnRegions(functions: readonly LayeredFunction[], place: Place): void {
  for (const [i, { layers, spec }] of functions.entries()) {
    for (const service of ["s3", "cloudwatch"] as const) {
      const region = serviceRegion(layers.slice(1), spec, service);
      if (region === spec.lambda.region) continue;
      const { path, location } = place(i, `${service}.region`);
      const where = location === undefined ? "" : ` (${location})`;
      throw notSupportedYet(`${path}: ${region}, where the function is in ${spec.lambda.region}${where}`);
    }
  }
}
