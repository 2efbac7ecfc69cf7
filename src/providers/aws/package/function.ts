/** The zip of one function: handler, configuration, script and image. */
import { basename, join } from "node:path";
import {
  encodeFunctionConfig,
  FUNCTION_CONFIG_FILE,
  type FunctionConfig,
  HANDLER_NAME,
  LAYER_ENTRY,
  PACKED_IMAGE,
} from "../../../fdl/contract.ts";
import type { FunctionSpec } from "../../../fdl/spec.ts";
import { VERSION } from "../../../version.ts";
import { layerName } from "../plan/definition.ts";
import { fileEntry, folderEntries } from "./files.ts";
import { packImageFile } from "./image.ts";
import { writeZip, type ZipEntry, type ZipFile } from "./zip.ts";

export interface FunctionPackage {
  readonly spec: FunctionSpec;
  /** What `function_config.yaml` holds, storage providers' credentials included. */
  readonly config: FunctionConfig;
  readonly zip: ZipFile;
}

/** Builds the function's zip into the folder `workspace`. */
export async function packageFunction(spec: FunctionSpec, workspace: string): Promise<FunctionPackage> {
  const { name } = spec.lambda;
  const entries: ZipEntry[] = [];
  let image: string | undefined;
  if (spec.files.image_file !== undefined) {
    const folder = join(workspace, `${name}.image`);
    image = await packImageFile(spec, spec.files.image_file, folder);
    entries.push(...(await folderEntries(folder, PACKED_IMAGE.folder, true)));
  }
  if (spec.files.init_script !== undefined) {
    entries.push(await fileEntry(spec.files.init_script, basename(spec.files.init_script)));
  }
  const config = packageConfig(spec, image);
  entries.push(
    textEntry(`${name}.mjs`, `export { handler as ${HANDLER_NAME} } from ${JSON.stringify(LAYER_ENTRY)};\n`),
    textEntry(FUNCTION_CONFIG_FILE, encodeFunctionConfig(config)),
  );
  return { spec, config, zip: await writeZip(entries, join(workspace, `${name}.zip`)) };
}

/** The configuration as it travels: files by their bare names, a packed image by its reference. */
function packageConfig(spec: FunctionSpec, image: string | undefined): FunctionConfig {
  const { init_script: _script, run_script: _run, extra_payload: _payload, ...lambda } = spec.lambda;
  const { image_file: _file, ...container } = spec.lambda.container;
  const { init_script } = spec.files;
  return {
    ...lambda,
    ...(init_script === undefined ? {} : { init_script: basename(init_script) }),
    container: image === undefined ? container : { ...container, image_file: image },
    supervisor: { ...lambda.supervisor, version: VERSION, layer_name: layerName(spec) },
    storage_providers: spec.storage_providers,
  };
}

function textEntry(name: string, text: string): ZipEntry {
  return { name, source: { text }, size: Buffer.byteLength(text) };
}
