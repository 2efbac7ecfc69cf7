/** What a command gets: its options, its functions and the way to AWS. */
import { profileRegion } from "../config/aws-profile.ts";
import { DEFAULT_REGION } from "../config/defaults.ts";
import { configPath, createConfig } from "../config/file.ts";
import { loadConfig, type UserConfig } from "../config/load.ts";
import { resolveFunction } from "../config/resolve.ts";
import { EXIT, ScarError } from "../errors.ts";
import type { FunctionSpec } from "../fdl/spec.ts";
import type { CommandContext, Options, Reporter } from "./command.ts";
import type { CommandSpec } from "./command-table.ts";
import { asProblem, type FunctionSources, loadFunctions, refuse, warnUnknown } from "./functions.ts";
import { overlayOf } from "./overlay.ts";
import { makeReporter } from "./report/reporter.ts";
import { isLocal, makeSessions } from "./session.ts";
import type { World } from "./world.ts";

/** Everything before the first call of AWS. Throws InvalidInputError, or ScarError `NotSupportedYet` or `NoRole`. */
export async function makeContext(
  command: CommandSpec,
  options: Options,
  args: readonly string[],
  world: World,
): Promise<CommandContext> {
  const report = makeReporter(world, options);
  const overlay = overlayOf(command, options, args);
  const config = command.needs === "nothing" ? undefined : await readConfig(command, options, world, report);
  const region = await inheritedRegion(world.env, options);
  warnUnknown(config?.unknown ?? [], report);
  let functions: readonly FunctionSpec[] = [];
  if (config && isAboutFunctions(command, options)) {
    const sources = functionSources(command, options, world, { config, overlay, region, report });
    functions = chosen(await loadFunctions(sources), (spec) => spec, options);
  }
  refuse([...(config?.problems ?? []), ...overlay.problems]);
  const defaults = resolveFunction([config?.aws ?? {}, overlay.tree], {}, region).spec.lambda;
  const { session, localServer } = makeSessions(options, world, defaults, report);
  if (config && command.deploys) {
    const server = await localServer();
    if (server === undefined) await requireRole(functions, config, report, world, options["dry_run"] === true);
    else functions = functions.map((spec) => withLocalRole(spec, server.accountId));
  }
  return { world, options, args, report, functions, defaults, session };
}

/** scar.cfg, an older one brought to today's version: on the disk, but with `--local`, `--show-config` and `--dry-run`, which write nothing. */
export async function readConfig(
  command: CommandSpec,
  options: Options,
  world: World,
  report: Reporter,
): Promise<UserConfig> {
  const writes = !isLocal(options, world.env) && options["show_config"] !== true && options["dry_run"] !== true;
  const config = await loadConfig(world.env, { writes, deploys: command.deploys, cwd: world.cwd });
  if (config.changes.length > 0) world.log?.begin();
  for (const text of config.changes) report.notice(text);
  for (const text of config.warnings) report.warn(text);
  return strictly(config, options["strict"] === true);
}

/** With `--strict`, unknown fields are errors. */
function strictly(config: UserConfig, strict: boolean): UserConfig {
  if (!strict) return config;
  return { ...config, problems: [...config.problems, ...config.unknown.map(asProblem)], unknown: [] };
}

/** The local AWS lets a function do what it likes: any role will do. */
function withLocalRole(spec: FunctionSpec, account: string): FunctionSpec {
  if (spec.iam.role !== "") return spec;
  return { ...spec, iam: { ...spec.iam, role: `arn:aws:iam::${account}:role/scar-local` } };
}

/** Where neither flag, FDL nor scar.cfg names one: what every AWS tool would take. */
export async function inheritedRegion(env: World["env"], options: Options): Promise<string> {
  const profile = typeof options["profile"] === "string" ? options["profile"] : undefined;
  return env["AWS_REGION"] || env["AWS_DEFAULT_REGION"] || (await profileRegion(env, profile)) || DEFAULT_REGION;
}

/** What the functions of a line are made of. */
export function functionSources(
  command: CommandSpec,
  options: Options,
  { cwd, env }: World,
  read: Pick<FunctionSources, "config" | "overlay" | "region" | "report">,
): FunctionSources {
  return { command, cwd, env, file: fileOf(options), strict: options["strict"] === true, ...read };
}

/** Whether the line is about certain functions: those of `-f` or of the flags. */
export function isAboutFunctions(command: CommandSpec, options: Options): boolean {
  return (command.needs === "functions" || command.needs === "image") && options["all"] !== true;
}

/** The file of `-f`, as given. */
export function fileOf(options: Options): string | undefined {
  return typeof options["conf_file"] === "string" ? options["conf_file"] : undefined;
}

/** The function that `--function` names; all of them without it. */
export function chosen<T>(functions: readonly T[], specOf: (one: T) => FunctionSpec, options: Options): readonly T[] {
  const name = options["function"];
  if (name === undefined || name === "all") return functions;
  const nameOf = (one: T): string => specOf(one).lambda.name;
  const found = functions.filter((one) => nameOf(one) === name);
  if (found.length > 0) return found;
  const names = functions.map((one) => `'${nameOf(one)}'`).join(", ");
  throw new ScarError("NoSuchFunction", `--function '${name}': the file has ${names}`, { exitCode: EXIT.usage });
}

/** The first deployment of a new user stops here, with a scar.cfg to fill in (behaviour.md, section 2). */
async function requireRole(
  functions: readonly FunctionSpec[],
  config: UserConfig,
  report: Reporter,
  world: World,
  dry: boolean,
): Promise<void> {
  const without = functions.find((spec) => spec.iam.role === "");
  if (without === undefined) return;
  if (!config.exists && !dry) {
    await createConfig(configPath(world.env, world.cwd));
    world.log?.begin();
    report.notice(`Config file '${config.file}' created.`);
  }
  throw new ScarError("NoRole", `function '${without.lambda.name}' has no IAM role`, {
    exitCode: EXIT.usage,
    hint: `set the ARN of an execution role at aws.iam.role in ${config.file}, at iam.role in the FDL, or with -r; 'scar role --create' makes one`,
  });
}
