/** An original function's configuration as this release's supervisor reads it. Pure. */
import {
  decodeFdlVariable,
  ENV,
  type FunctionConfig,
  HANDLER_NAME,
  type LambdaSection,
} from "../../../fdl/contract.ts";
import { VERSION } from "../../../version.ts";
import { parseLayerArn } from "../arn.ts";
import type { RemoteFunction } from "../controllers/functions.ts";
import { layerName, RUNTIME, SUPERVISOR_LAYER } from "./definition.ts";

/** Layers that hold a supervisor: ours and the original's. */
export const SUPERVISOR_LAYERS: ReadonlySet<string> = new Set(Object.values(SUPERVISOR_LAYER));

/** Variables that lead to the udocker in the original's layer, with the values of its scar.cfg. */
const ORIGINAL_UDOCKER: Readonly<Record<string, string>> = {
  UDOCKER_BIN: "/opt/udocker/bin/",
  UDOCKER_DIR: "/tmp/shared/udocker",
  UDOCKER_EXEC: "/opt/udocker/udocker.py",
  UDOCKER_LIB: "/opt/udocker/lib/",
};

/** Deployed by the original: its supervisor is a Python program, and so is what its package begins with. */
export function isOriginal({ configuration, variables }: RemoteFunction): boolean {
  const deployed = decodeFdlVariable(variables[ENV.fdl])?.runtime;
  return [configuration.Runtime, deployed].some((runtime) => runtime?.startsWith("python") === true);
}

/** Python runtimes become this release's own; any other stays. */
export function upgradedRuntime(runtime: string | undefined): string {
  return runtime === undefined || runtime.startsWith("python") ? RUNTIME : runtime;
}

/** The configuration in the package of an original function, as this release's supervisor and `scar` read it; the rest stays. */
export function upgradedConfig(name: string, config: Partial<FunctionConfig>): FunctionConfig {
  const { supervisor, environment, container, layers = [] } = config;
  const layer_name = layerName({ lambda: config });
  return {
    ...config,
    name,
    runtime: upgradedRuntime(config.runtime),
    handler: `${name}.${HANDLER_NAME}`,
    environment: { Variables: upgradedVariables(environment?.Variables ?? {}) },
    container: { timeout_threshold: 10, ...container, environment: container?.environment ?? { Variables: {} } },
    layers: layers.filter((arn) => !isSupervisorLayer(arn, config)),
    input: config.input ?? [],
    output: config.output ?? [],
    supervisor: { license_info: "Apache-2.0", ...supervisor, version: VERSION, layer_name },
    storage_providers: config.storage_providers ?? {},
  } as FunctionConfig;
}

/** Without what only the original's supervisor reads; the FDL is added where it belongs. */
export function upgradedVariables(variables: Readonly<Record<string, string>>): Record<string, string> {
  const kept = Object.entries(variables).filter(
    ([name, value]) => name !== ENV.fdl && ORIGINAL_UDOCKER[name] !== value,
  );
  return Object.fromEntries(kept);
}

export function isSupervisorLayer(arn: string, fdl: Partial<LambdaSection> | undefined): boolean {
  const name = parseLayerArn(arn)?.name;
  return name !== undefined && (SUPERVISOR_LAYERS.has(name) || name === fdl?.supervisor?.layer_name);
}
