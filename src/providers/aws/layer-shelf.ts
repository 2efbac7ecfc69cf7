import { decodeFdlVariable, ENV } from "../../fdl/contract.ts";
import type { RemoteFunction } from "./controllers/functions.ts";
import { layerVersions } from "./controllers/layers.ts";
import type { LayerPackage } from "./package/layer.ts";
import { buildLayer, type PackagingOptions } from "./packaging.ts";
import { layerName } from "./plan/definition.ts";
import { layerKey, type Step } from "./plan/steps.ts";
import { publishedWith } from "./plan/supervisor-layer.ts";
import { architecturesOf } from "./plan/upgrade.ts";

/** This release's layers, each built and looked for once. */
export class LayerShelf {
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
    const name = layerName({ lambda: decodeFdlVariable(variables[ENV.fdl]) ?? {} });
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
