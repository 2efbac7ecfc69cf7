/** Packages of the original, made anew for this release's supervisor. */
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { decodeFdlVariable, decodeFunctionConfig, ENV, FUNCTION_CONFIG_FILE } from "../../../fdl/contract.ts";
import type { RemoteFunction } from "../controllers/functions.ts";
import type { Repackaged } from "../plan/upgrade.ts";
import { upgradedConfig } from "../plan/upgraded-config.ts";
import { ownEntries } from "./function.ts";
import type { LayerPackage } from "./layer.ts";
import { checkPackageSize } from "./limits.ts";
import { downloadPackage, unpackEntries } from "./unpack.ts";
import { writeZip } from "./zip.ts";

/** SCAR's defaults, for a package that does not say. */
const LIMITS = { direct: 52_428_800, unpacked: 262_144_000 };

/** The original's package with our handler in place of its own; scripts, payload and packed image stay. */
export async function repackage(
  name: string,
  found: RemoteFunction,
  layer: LayerPackage,
  workspace: string,
  signal: AbortSignal,
): Promise<Repackaged> {
  const zip = join(workspace, `${name}.deployed.zip`);
  await downloadPackage(name, found.codeLocation, zip, signal);
  const entries = await unpackEntries(name, zip, join(workspace, `${name}.deployed`));
  await rm(zip);
  const file = entries.find((entry) => entry.name === FUNCTION_CONFIG_FILE);
  const own =
    file && "path" in file.source ? decodeFunctionConfig(await readFile(file.source.path, "utf8")) : undefined;
  // Older packages had no such file: what they knew stands in the variable.
  const config = upgradedConfig(name, own ?? decodeFdlVariable(found.variables[ENV.fdl]) ?? {});
  const replaced = new Set([`${name}.py`, `${name}.mjs`, FUNCTION_CONFIG_FILE]);
  const built = await writeZip(
    [...entries.filter((entry) => !replaced.has(entry.name)), ...ownEntries(name, config)],
    join(workspace, `${name}.zip`),
  );
  const { bucket, max_payload_size, max_s3_payload_size } = { ...config.deployment };
  checkPackageSize(
    { functionName: name, zip: built, imageSize: 0, deploymentBucket: bucket || undefined },
    layer.unpackedSize,
    { direct: max_payload_size ?? LIMITS.direct, unpacked: max_s3_payload_size ?? LIMITS.unpacked },
  );
  return { config, zip: built };
}
