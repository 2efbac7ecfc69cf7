/** Moves all own functions to this release's supervisor. What fails with one function does not keep the others. */
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { notSupportedYet, ScarError } from "../../errors.ts";
import {
  decodeFdlVariable,
  decodeFunctionConfig,
  ENV,
  encodeFunctionConfig,
  FUNCTION_CONFIG_FILE,
  HANDLER_NAME,
  LAYER_ENTRY,
} from "../../fdl/contract.ts";
import { logGroupName } from "./arn.ts";
import { parallelMap } from "./concurrency.ts";
import { findFunction, type RemoteFunction } from "./controllers/functions.ts";
import { callerIdentity } from "./controllers/identity.ts";
import { layerVersions } from "./controllers/layers.ts";
import { functionNotFound } from "./errors.ts";
import type { Done } from "./execute.ts";
import { executeEach } from "./execute-each.ts";
import { buildLayer, type PackagingOptions, withWorkspace } from "./init.ts";
import { ownFunctions } from "./list.ts";
import type { LayerPackage } from "./package/layer.ts";
import { checkPackageSize } from "./package/limits.ts";
import { downloadPackage, unpackEntries } from "./package/unpack.ts";
import { writeZip, type ZipEntry } from "./package/zip.ts";
import { unservedParts } from "./plan/rm.ts";
import { layerKey, type Plan, type Step } from "./plan/steps.ts";
import { publishedWith } from "./plan/supervisor-layer.ts";
import { isUnfinished, mustReplace } from "./plan/update-state.ts";
import {
  architecturesOf,
  isOriginal,
  planUpgrade,
  type Repackaged,
  upgradedConfig,
  upgradedDefinition,
  upgradedLayerName,
} from "./plan/upgrade.ts";
import type { Updated } from "./update.ts";

/** SCAR's defaults, for a package that does not say. */
const LIMITS = { direct: 52_428_800, unpacked: 262_144_000 };

export interface UpgradePlan {
  readonly plan: Plan;
  /** By name. */
  readonly functions: ReadonlyMap<string, RemoteFunction>;
  /** Functions that cannot be moved, and why. */
  readonly failures: ReadonlyMap<string, unknown>;
}

export interface Upgrade {
  readonly updated: readonly Updated[];
  readonly failures: ReadonlyMap<string, unknown>;
}

/** Throws what concerns no function alone: that no list can be had, or no layer published. */
export async function updateAll(options: PackagingOptions): Promise<Upgrade> {
  return withUpgradePlan(options, async ({ plan, functions, failures }) => {
    const journal: Done[] = [];
    const failed = new Map([...failures, ...(await executeEach(plan, options, journal))]);
    const { accessKeyId } = await (await options.clients.lambda()).config.credentials();
    const updated = [...functions]
      .filter(([name]) => !failed.has(name))
      .map(([functionName, found]): Updated => {
        const answers = journal.filter(({ step }) => "definition" in step && step.definition.name === functionName);
        return {
          functionName,
          functionArn: found.arn,
          logGroup: logGroupName(functionName),
          changed: answers.length > 0,
          function: answers.at(-1)?.response ?? found.configuration,
          createdLogGroup: undefined,
          accessKeyId,
        };
      });
    return { updated, failures: failed };
  });
}

/** The packages that the plan names are there until `use` has ended. */
export async function withUpgradePlan<T>(
  options: PackagingOptions,
  use: (plan: UpgradePlan) => Promise<T>,
): Promise<T> {
  const lambda = await options.clients.lambda();
  const [identity, listed] = await Promise.all([callerIdentity(options.clients), ownFunctions(options.clients)]);
  const names = listed.map(({ FunctionName }) => FunctionName ?? "").sort();
  return withWorkspace(async (workspace) => {
    const layers = new LayerShelf(options, workspace);
    const functions = new Map<string, RemoteFunction>();
    const failures = new Map<string, unknown>();
    const stages: Step[][] = [];
    const stepsFor = async (name: string): Promise<readonly (readonly Step[])[]> => {
      try {
        const found = await findFunction(lambda, name);
        if (found === undefined) throw functionNotFound(name);
        functions.set(name, found);
        requireMovable(name, found);
        const layer = await layers.layerFor(found);
        const repackaged = isOriginal(found) ? await repackage(name, found, layer, options, workspace) : undefined;
        const definition = upgradedDefinition(name, found, await layers.versionOf(layer), repackaged);
        const own = planUpgrade(definition, found, repackaged, identity);
        if (own.flat().some((step) => "definition" in step)) layers.use(layer);
        return own;
      } catch (error) {
        if (options.signal.aborted) throw error;
        failures.set(name, error);
        return [];
      }
    };
    for await (const own of parallelMap(names, 4, stepsFor)) {
      own.forEach((steps, i) => {
        stages[i] = [...(stages[i] ?? []), ...steps];
      });
    }
    const plan = [await layers.toPublish(), ...stages].filter((stage) => stage.length > 0);
    return await use({ plan, functions: inOrder(functions, names), failures });
  });
}

function inOrder<T>(found: ReadonlyMap<string, T>, names: readonly string[]): Map<string, T> {
  return new Map(names.flatMap((name) => (found.has(name) ? [[name, found.get(name)!] as const] : [])));
}

function requireMovable(name: string, found: RemoteFunction): void {
  const parts = unservedParts(found);
  if (parts !== undefined) throw notSupportedYet(`update of function '${name}' with its ${parts}`);
  if (mustReplace(found)) throw notSupportedYet(`update of function '${name}', which runs from a container image`);
  if (isUnfinished(found)) {
    throw new ScarError("Unfinished", `an init or update of function '${name}' was cut`, {
      hint: "run that command again, with its file",
    });
  }
}

/** This release's layers, each built and looked for once. */
class LayerShelf {
  readonly #built = new Map<string, Promise<LayerPackage>>();
  readonly #versions = new Map<string, Promise<{ readonly arn: string } | undefined>>();
  readonly #used = new Map<string, LayerPackage>();
  readonly #options: PackagingOptions;
  readonly #workspace: string;

  constructor(options: PackagingOptions, workspace: string) {
    this.#options = options;
    this.#workspace = workspace;
  }

  layerFor({ configuration, variables }: RemoteFunction): Promise<LayerPackage> {
    const name = upgradedLayerName(decodeFdlVariable(variables[ENV.fdl]));
    const architecture = architecturesOf(configuration)[0]!;
    const key = `${name} ${architecture}`;
    const layer = this.#built.get(key) ?? buildLayer(name, architecture, this.#options, this.#workspace);
    this.#built.set(key, layer);
    return layer;
  }

  /** The version that is there, or what is to be published. */
  async versionOf(layer: LayerPackage): Promise<{ readonly arn: string } | LayerPackage> {
    const key = layerKey(layer);
    const version = this.#versions.get(key) ?? this.#find(layer);
    this.#versions.set(key, version);
    return (await version) ?? layer;
  }

  async #find({ name, description }: LayerPackage): Promise<{ readonly arn: string } | undefined> {
    return publishedWith(description, await layerVersions(await this.#options.clients.lambda(), name));
  }

  use(layer: LayerPackage): void {
    this.#used.set(layerKey(layer), layer);
  }

  async toPublish(): Promise<Step[]> {
    const steps = [...this.#used.values()].map(
      async (layer): Promise<Step[]> =>
        "arn" in (await this.versionOf(layer)) ? [] : [{ kind: "publish-layer", layer }],
    );
    return (await Promise.all(steps)).flat();
  }
}

/** The original's package with our handler in place of its own; scripts, payload and packed image stay. */
async function repackage(
  name: string,
  found: RemoteFunction,
  layer: LayerPackage,
  options: PackagingOptions,
  workspace: string,
): Promise<Repackaged> {
  const zip = join(workspace, `${name}.deployed.zip`);
  await downloadPackage(name, found.codeLocation, zip, options.signal);
  const entries = await unpackEntries(name, zip, join(workspace, `${name}.deployed`));
  await rm(zip);
  const file = entries.find((entry) => entry.name === FUNCTION_CONFIG_FILE);
  const own =
    file && "path" in file.source ? decodeFunctionConfig(await readFile(file.source.path, "utf8")) : undefined;
  // Older packages had no such file: what they knew stands in the variable.
  const config = upgradedConfig(name, own ?? decodeFdlVariable(found.variables[ENV.fdl]) ?? {});
  const replaced = new Set([`${name}.py`, `${name}.mjs`, FUNCTION_CONFIG_FILE]);
  const built = await writeZip(
    [
      ...entries.filter((entry) => !replaced.has(entry.name)),
      textEntry(`${name}.mjs`, `export { handler as ${HANDLER_NAME} } from ${JSON.stringify(LAYER_ENTRY)};\n`),
      textEntry(FUNCTION_CONFIG_FILE, encodeFunctionConfig(config)),
    ],
    join(workspace, `${name}.zip`),
  );
  const { bucket, max_payload_size, max_s3_payload_size } = { ...config.deployment };
  checkPackageSize(
    { functionName: name, zip: built, imageSize: 0, deploymentBucket: bucket || undefined },
    layer.zip.unpackedSize,
    { direct: max_payload_size ?? LIMITS.direct, unpacked: max_s3_payload_size ?? LIMITS.unpacked },
  );
  return { config, zip: built };
}

function textEntry(name: string, text: string): ZipEntry {
  return { name, source: { text }, size: Buffer.byteLength(text) };
}
