/** The zip of one function: handler, configuration, script, extra payload and image. */
import { basename, join } from "node:path";
import {
  ENV,
  encodeFunctionConfig,
  FUNCTION_CONFIG_FILE,
  type FunctionConfig,
  HANDLER_NAME,
  LAYER_ENTRY,
  PACKED_IMAGE,
  TAG,
  TASK_ROOT,
} from "../../../fdl/contract.ts";
import type { FunctionSpec } from "../../../fdl/spec.ts";
import { VERSION } from "../../../version.ts";
import { handlerOf, layerName } from "../plan/definition.ts";
import { pinnedRelease } from "../plan/supervisor-layer.ts";
import { fileEntry, folderEntries } from "./files.ts";
import { type PackedImage, packImageFile } from "./image.ts";
import type { LayerPackage } from "./layer.ts";
import { checkNames, payloadEntries } from "./payload.ts";
import { writeZip, type ZipEntry, type ZipFile } from "./zip.ts";

export interface FunctionPackage {
  readonly spec: FunctionSpec;
  /** What `function_config.yaml` holds, storage providers' credentials included. */
  readonly config: FunctionConfig;
  readonly zip: ZipFile;
  readonly image: PackedImage | undefined;
  /** Of this release: the layer of functions that ask for no other. */
  readonly layer: LayerPackage;
}

export interface PackageOptions {
  /** Recorded in the package. */
  readonly owner: string;
  /** Folder for the zip. */
  readonly workspace: string;
  readonly layer: LayerPackage;
}

/** Builds the function's zip. */
export async function packageFunction(spec: FunctionSpec, options: PackageOptions): Promise<FunctionPackage> {
  const { owner, workspace, layer } = options;
  const { name } = spec.lambda;
  const entries: ZipEntry[] = [];
  let image: PackedImage | undefined;
  if (spec.files.image_file !== undefined) {
    const folder = join(workspace, `${name}.image`);
    image = await packImageFile(spec, spec.files.image_file, folder);
    entries.push(...(await folderEntries(folder, PACKED_IMAGE.folder, true)));
  }
  if (spec.files.init_script !== undefined) {
    entries.push(await fileEntry(spec.files.init_script, basename(spec.files.init_script)));
  }
  const config = packageConfig(spec, owner, image?.name);
  entries.push(...ownEntries(name, config));
  if (spec.files.extra_payload !== undefined) entries.push(...(await payload(spec, spec.files.extra_payload, entries)));
  return { spec, config, zip: await writeZip(entries, join(workspace, `${name}.zip`)), image, layer };
}

/** What every package begins with: the handler's module and the configuration. */
export function ownEntries(name: string, config: FunctionConfig): ZipEntry[] {
  return [
    textEntry(`${name}.mjs`, `export { handler as ${HANDLER_NAME} } from ${JSON.stringify(LAYER_ENTRY)};\n`),
    textEntry(FUNCTION_CONFIG_FILE, encodeFunctionConfig(config)),
  ];
}

/** A folder may well hold the init script too: that one travels once. */
async function payload({ files }: FunctionSpec, path: string, own: readonly ZipEntry[]): Promise<ZipEntry[]> {
  const isScript = ({ source }: ZipEntry): boolean => "path" in source && source.path === files.init_script;
  const entries = (await payloadEntries(path)).filter(
    (entry) => !(isScript(entry) && entry.name === basename(files.init_script!)),
  );
  checkNames(entries, own);
  return entries;
}

/** The configuration as it travels: files by their bare names, a packed image by its reference, and what the original records. */
function packageConfig(spec: FunctionSpec, owner: string, image: string | undefined): FunctionConfig {
  const { init_script: _init, run_script: _run, extra_payload: _payload, ...lambda } = spec.lambda;
  const { image_file: _file, ...container } = spec.lambda.container;
  const imageId = image ?? container.image;
  const variables = lambda.environment.Variables;
  return {
    ...lambda,
    ...bareName("init_script", spec.files.init_script),
    ...bareName("run_script", spec.files.run_script),
    ...(spec.files.extra_payload === undefined ? {} : { extra_payload: TASK_ROOT }),
    environment: { Variables: imageId === undefined ? variables : { ...variables, [ENV.imageId]: imageId } },
    container: image === undefined ? container : { ...container, image_file: image },
    supervisor: { ...lambda.supervisor, version: pinnedRelease(spec) ?? VERSION, layer_name: layerName(spec) },
    handler: handlerOf(spec),
    tags: { [TAG.createdBy]: "scar", [TAG.owner]: owner },
    storage_providers: spec.storage_providers,
  };
}

function bareName(field: "init_script" | "run_script", path: string | undefined): Partial<FunctionConfig> {
  return path === undefined ? {} : { [field]: basename(path) };
}

function textEntry(name: string, text: string): ZipEntry {
  return { name, source: { text }, size: Buffer.byteLength(text) };
}
