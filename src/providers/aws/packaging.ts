/** Packages of functions and of their layer, and what AWS would refuse of them. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ENV } from "../../fdl/contract.ts";
import type { FunctionSpec } from "../../fdl/spec.ts";
import type { ExecutionOptions } from "./execute.ts";
import { problemOfSize } from "./images/room.ts";
import { type FunctionPackage, packageFunction } from "./package/function.ts";
import { type LayerPackage, packageLayer } from "./package/layer.ts";
import { checkEnvironmentSize, checkPackageSize } from "./package/limits.ts";
import { loadZip, type ZipEntry } from "./package/zip.ts";
import { type Architecture, architecturesOf, layerName, OCI_ARCHITECTURE } from "./plan/definition.ts";
import type { FunctionDefinition, Plan } from "./plan/steps.ts";

/** Entries by their names below /opt. */
export type LayerFiles = (architecture: "amd64" | "arm64") => Promise<readonly ZipEntry[]>;

/** How packages are made, and with which AWS in mind. */
export interface PackagingOptions extends ExecutionOptions {
  /** Folder of the built bundles: the supervisor's is in it. */
  readonly distDir: string;
  /** Further entries of the layer for a processor (OCI name): the engines' libraries. Default: none. */
  readonly layerFiles?: LayerFiles | undefined;
  /** A look at the images under way, which rejects for those that could not run; nothing is packaged before it has ended. */
  readonly images?: Promise<void>;
}

/** What is read meanwhile; problems of images come first. What packages are made with is loaded in that time too. */
export async function whileLooking<T>({ images }: PackagingOptions, reading: Promise<T>): Promise<T> {
  reading.catch(() => {});
  loadZip().catch(() => {});
  await images;
  return await reading;
}

/** A folder for packages, gone afterwards. */
export async function withWorkspace<T>(use: (workspace: string) => Promise<T>): Promise<T> {
  const workspace = await mkdtemp(join(tmpdir(), "scar-package-"));
  try {
    return await use(workspace);
  } finally {
    await rm(workspace, { recursive: true, force: true });
  }
}

/** Throws for a package that is too large for Lambda. */
export async function buildPackages(
  specs: readonly FunctionSpec[],
  owner: string,
  options: PackagingOptions,
  workspace: string,
): Promise<FunctionPackage[]> {
  const layers = new Map<string, LayerPackage>();
  const packages: FunctionPackage[] = [];
  for (const spec of specs) {
    const architecture = architecturesOf(spec)[0]!;
    const key = `${layerName(spec)} ${architecture}`;
    const layer = layers.get(key) ?? (await buildLayer(layerName(spec), architecture, options, workspace));
    layers.set(key, layer);
    const built = await packageFunction(spec, { owner, workspace, layer });
    const { bucket, max_payload_size: direct, max_s3_payload_size: unpacked } = spec.lambda.deployment;
    const { zip, image } = built;
    const imageSize = image?.compressed ?? 0;
    const sized = { functionName: spec.lambda.name, zip, imageSize, deploymentBucket: bucket || undefined };
    checkPackageSize(sized, layer.unpackedSize, { direct, unpacked });
    const tooLarge = image === undefined ? undefined : problemOfSize(spec, image, options.notice);
    if (tooLarge !== undefined) throw tooLarge;
    packages.push(built);
  }
  return packages;
}

export async function buildLayer(
  name: string,
  architecture: Architecture,
  { distDir, layerFiles }: PackagingOptions,
  workspace: string,
): Promise<LayerPackage> {
  const extra = await layerFiles?.(OCI_ARCHITECTURE[architecture]);
  return packageLayer(distDir, name, join(workspace, `${name}.${architecture}.zip`), {
    architecture,
    ...(extra === undefined ? {} : { extra }),
  });
}

/** Ids of APIs have ten characters. */
function withApiId({ variables, api }: FunctionDefinition): Readonly<Record<string, string>> {
  return api === undefined ? variables : { ...variables, [ENV.apiGatewayId]: "0123456789" };
}

/** Throws for a function with more variables than Lambda takes. */
export function checkEnvironments(plan: Plan): void {
  for (const step of plan.flat()) {
    if ("definition" in step) checkEnvironmentSize(step.definition.name, withApiId(step.definition));
  }
}
