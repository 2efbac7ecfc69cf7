/** What a command gets: its options, and the functions that the command line, the FDL and scar.cfg describe. */
import { readFile } from "node:fs/promises";
import { dirname, resolve as resolvePath } from "node:path";
import { DEFAULT_REGION } from "../config/defaults.ts";
import { configPath, createConfig, readConfig } from "../config/file.ts";
import { resolveFunction, withAbsoluteFiles } from "../config/resolve.ts";
import { EXIT, InvalidInputError, notSupportedYet, type Problem, ScarError } from "../errors.ts";
import type { StorageProviders } from "../fdl/contract.ts";
import { CONFIG, FDL, FUNCTION, FUNCTION_NAME } from "../fdl/fields.ts";
import { type FdlDocument, parseFdl } from "../fdl/parse.ts";
import { unservedPaths } from "../fdl/served.ts";
import type { FunctionSpec } from "../fdl/spec.ts";
import { isTree, type Tree } from "../fdl/tree.ts";
import { validate } from "../fdl/validate.ts";
import type { CommandContext, Options, Reporter } from "./command.ts";
import type { CommandSpec } from "./command-table.ts";
import { flagAt, overlayOf, withLayersOf } from "./overlay.ts";
import { makeReporter } from "./report/reporter.ts";
import { sessionFactory } from "./session.ts";
import type { World } from "./world.ts";

void [FUNCTION_NAME, EXIT, dirname, resolvePath, createConfig, notSupportedYet];
void (null as unknown as [Problem, Reporter, FdlDocument]);

export async function makeContext(
  command: CommandSpec,
  options: Options,
  args: readonly string[],
  world: World,
): Promise<CommandContext> {
  const report = makeReporter(world, options);
  const region = world.env["AWS_REGION"] ?? world.env["AWS_DEFAULT_REGION"] ?? DEFAULT_REGION;
  let functions: FunctionSpec[] = [];
  let config: Tree = {};
  if (command.needs !== "nothing") {
    const file = configPath(world.env);
    const cfg = await readConfig(file);
    if (cfg) {
      const f = validate(cfg, CONFIG, "", () => ({ location: file }));
      if (f.problems.length) throw new InvalidInputError(`${file} has ${f.problems.length} problem(s)`, f.problems);
      config = isTree(cfg["aws"]) ? cfg["aws"] : {};
    }
  }
  const overlay = overlayOf(command, options);
  const of = validate(overlay.tree, FUNCTION, "", (p) => ({ path: flagAt(overlay, p) ?? p }));
  const problems = [...overlay.problems, ...of.problems];
  const overlayTree = withAbsoluteFiles(overlay.tree, world.cwd);
  if (command.needs === "functions") {
    let sections: Tree[] = [{}];
    let providers: StorageProviders = {};
    if (typeof options["conf_file"] === "string") {
      const path = resolvePath(world.cwd, options["conf_file"]);
      let text: string;
      try {
        text = await readFile(path, "utf8");
      } catch (cause) {
        throw new ScarError("FileNotFound", `Unable to find the yaml file '${options["conf_file"]}'`, {
          cause,
          exitCode: EXIT.usage,
        });
      }
      const doc = parseFdl(text, options["conf_file"]);
      const f = validate(doc.value, FDL, "", (p) => ({ location: doc.locate(p) }));
      problems.push(...f.problems);
      for (const u of f.unknown) report.warn(`${u.location}: ${u.path}: ${u.message}`);
      const fns = doc.value["functions"];
      const aws = isTree(fns) && Array.isArray(fns["aws"]) ? fns["aws"] : [];
      sections = aws.filter(isTree).map((s) => withAbsoluteFiles(s, dirname(path)));
      providers = (doc.value["storage_providers"] ?? {}) as StorageProviders;
    }
    if (problems.length) throw new InvalidInputError("wrong input", problems);
    for (const s of [...sections, overlay.tree])
      for (const p of unservedPaths(s)) throw notSupportedYet(flagAt(overlay, p) ?? p);
    functions = sections.map((s) => resolveFunction([config, s, withLayersOf(overlayTree, s)], providers, region).spec);
  }
  const base = resolveFunction([config, overlayTree], {}, region).spec.lambda;
  return {
    world,
    options,
    args,
    report,
    functions,
    defaults: { region: base.region, ...(base.boto_profile === undefined ? {} : { boto_profile: base.boto_profile }) },
    session: sessionFactory(options, world, base),
  };
}
