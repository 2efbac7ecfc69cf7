/** `--show-config`: the configuration that a command would use, as one JSON document. It calls nobody and makes no file. */
import { CONFIG_VERSION } from "../config/defaults.ts";
import { effectiveFunction, effectiveOscar, sorted } from "../config/effective.ts";
import type { UserConfig } from "../config/load.ts";
import { masked } from "../config/masked.ts";
import { merge, valueAt } from "../config/merge.ts";
import { resolveFunction } from "../config/resolve.ts";
import { withoutRepeatedRegion } from "../config/sources.ts";
import { EXIT } from "../errors.ts";
import type { Tree } from "../fdl/tree.ts";
import type { Options } from "./command.ts";
import type { CommandSpec } from "./command-table.ts";
import { chosen, fileOf, functionSources, inheritedRegion, isAboutFunctions, readConfig } from "./context.ts";
import { describeFunctions, refuse, warnUnknown } from "./functions.ts";
import { type Overlay, overlayOf } from "./overlay.ts";
import { makeReporter } from "./report/reporter.ts";
import { endpointOf, isLocal } from "./session.ts";
import type { World } from "./world.ts";

/** What is shown of the functions, and of what they share. */
interface Shown {
  /** For a command that is about no function, what one would have. */
  readonly functions: { readonly aws: readonly Tree[]; readonly oscar: readonly Tree[] };
  readonly storage_providers: Tree;
}

interface Line {
  readonly command: CommandSpec;
  readonly options: Options;
  readonly world: World;
  readonly overlay: Overlay;
}

/**
 * Prints `{"scar": …, "functions": {"aws": […], "oscar": […]}, "storage_providers": …}`, what is not served yet too: indented, or with
 * `-j` on one line; below these keys in alphabetical order, secrets masked. Throws InvalidInputError, and what reading the files may throw.
 */
export async function showConfig(
  command: CommandSpec,
  options: Options,
  args: readonly string[],
  world: World,
): Promise<number> {
  const line: Line = { command, options, world, overlay: overlayOf(command, options, args) };
  const config =
    command.needs === "nothing" ? undefined : await readConfig(command, options, world, makeReporter(world, options));
  const shown = config === undefined ? NOTHING : await withFunctions(line, config);
  refuse([...(config?.problems ?? []), ...line.overlay.problems]);
  const safe = masked({ scar: scarSection(line, config), ...shown });
  const document = {
    scar: sorted(valueAt(safe, "scar")),
    functions: sorted(valueAt(safe, "functions")),
    storage_providers: sorted(valueAt(safe, "storage_providers")),
  };
  world.stdout.write(`${JSON.stringify(document, null, options["json"] === true ? 0 : 2)}\n`);
  return EXIT.ok;
}

/** `scar local` reads no configuration. */
const NOTHING: Shown = { functions: { aws: [], oscar: [] }, storage_providers: {} };

async function withFunctions({ command, options, world, overlay }: Line, config: UserConfig): Promise<Shown> {
  const report = makeReporter(world, options);
  warnUnknown(config.unknown, report);
  const region = await inheritedRegion(world.env, options);
  if (!isAboutFunctions(command, options)) {
    // Only what is valid can be resolved.
    refuse([...config.problems, ...overlay.problems]);
    const layers = [withoutRepeatedRegion(config.aws), overlay.tree];
    const { spec } = resolveFunction(layers, {}, region);
    const oscar = effectiveOscar(undefined, config.oscar);
    return { functions: { aws: [effectiveFunction(layers, spec)], oscar }, storage_providers: {} };
  }
  const sources = functionSources(command, options, world, { config, overlay, region, report });
  const { functions, top } = await describeFunctions(sources);
  const wanted = chosen(functions, ({ spec }) => spec, options);
  return {
    functions: {
      aws: wanted.map(({ layers, spec }) => effectiveFunction(layers, spec)),
      oscar: effectiveOscar(
        fileOf(options) === undefined ? undefined : (valueAt(top, "functions.oscar") ?? []),
        config.oscar,
      ),
    },
    storage_providers: (top["storage_providers"] ?? {}) as Tree,
  };
}

/** What the command itself was told: its flags, the variables that stand for flags, and the version of scar.cfg's format. */
function scarSection({ options, world, overlay }: Line, config: UserConfig | undefined): Tree {
  const endpoint = endpointOf(options, world.env);
  const environment = {
    ...(isLocal(options, world.env) ? { local: true } : endpoint === undefined ? {} : { endpoint_url: endpoint }),
  };
  const format = config?.exists ? { config_version: CONFIG_VERSION } : {};
  return [environment, overlay.scar].reduce<Tree>(merge, format);
}
