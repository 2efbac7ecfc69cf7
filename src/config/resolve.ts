/** Layers of configuration → FunctionSpec[]: the one place where defaults are filled in. */
import { basename } from "node:path";
import type {
  ApiSection,
  Environment,
  ExecutionMode,
  LambdaSection,
  StorageLocation,
  StorageProviders,
} from "../fdl/contract.ts";
import type { FunctionSpec } from "../fdl/spec.ts";
import { normaliseStoragePath } from "../fdl/storage-path.ts";
import { isTree, type Tree } from "../fdl/tree.ts";
import { DEFAULT_RUNTIME, DEFAULTS } from "./defaults.ts";
import { merge, valueAt } from "./merge.ts";
import { FILE_PATHS } from "./sources.ts";

export interface Resolution {
  readonly spec: FunctionSpec;
  /** What was changed and the user should know. */
  readonly notices: readonly string[];
}

/**
 * One function of validated layers, lowest first (scar.cfg, FDL, command line), over the defaults.
 * `region` is what counts where no layer names one.
 */
export function resolveFunction(
  layers: readonly Tree[],
  storageProviders: StorageProviders,
  region: string,
): Resolution {
  const merged = layers.reduce<Tree>(merge, DEFAULTS as Tree);
  const notices: string[] = [];
  const lambda = lambdaSection(merged, region, notices);
  const role = valueAt(merged, "iam.role");
  const iamProfile = text(valueAt(merged, "iam.boto_profile"));
  return {
    spec: {
      lambda,
      iam: { role: text(role) ?? "", ...(iamProfile === undefined ? {} : { boto_profile: iamProfile }) },
      cloudwatch: {
        log_retention_policy_in_days: number(
          merged,
          "cloudwatch.log_retention_policy_in_days",
          DEFAULTS.cloudwatch.log_retention_policy_in_days,
        ),
      },
      ...apiOf(merged),
      request: requestOf(merged),
      storage_providers: storageProviders,
      files: filesOf(merged),
    },
    notices,
  };
}

function lambdaSection(merged: Tree, region: string, notices: string[]): LambdaSection {
  const given = (isTree(merged["lambda"]) ? merged["lambda"] : {}) as Tree;
  const defaults = DEFAULTS.lambda;
  const at = (path: string): unknown => valueAt(given, path);
  const name = text(at("name")) ?? "";
  const container = (isTree(given["container"]) ? given["container"] : {}) as Tree;
  const scripts = Object.fromEntries(
    ["init_script", "run_script", "extra_payload"].flatMap((key) => {
      const path = text(at(key));
      return path === undefined ? [] : [[key, basename(path)]];
    }),
  );
  return {
    ...given,
    ...scripts,
    name,
    // An empty one counts: AWS takes it.
    description: typeof at("description") === "string" ? String(at("description")) : defaults.description,
    memory: number(given, "memory", defaults.memory),
    timeout: number(given, "timeout", defaults.timeout),
    runtime: runtimeOf(text(at("runtime")), name, notices),
    region: text(at("region")) ?? region,
    execution_mode: (text(at("execution_mode"))?.toLowerCase() ?? defaults.execution_mode) as ExecutionMode,
    asynchronous: at("asynchronous") === true,
    log_level: (text(at("log_level")) ?? defaults.log_level).toUpperCase(),
    layers: (at("layers") ?? []) as readonly string[],
    environment: environmentOf(given["environment"]),
    container: {
      ...container,
      environment: environmentOf(container["environment"]),
      timeout_threshold: number(container, "timeout_threshold", defaults.container.timeout_threshold),
    },
    input: locations(at("input")),
    output: locations(at("output")),
    supervisor: {
      version: text(at("supervisor.version")) ?? defaults.supervisor.version,
      layer_name: layerName(text(at("supervisor.layer_name"))),
      license_info: text(at("supervisor.license_info")) ?? defaults.supervisor.license_info,
    },
    deployment: {
      ...(text(at("deployment.bucket")) === undefined ? {} : { bucket: text(at("deployment.bucket"))! }),
      max_payload_size: number(given, "deployment.max_payload_size", defaults.deployment.max_payload_size),
      max_s3_payload_size: number(given, "deployment.max_s3_payload_size", defaults.deployment.max_s3_payload_size),
    },
  };
}

/** The supervisor is a Node program: Python runtimes, the default of the original's scar.cfg, become today's default. */
function runtimeOf(runtime: string | undefined, name: string, notices: string[]): string {
  if (runtime === undefined) return DEFAULT_RUNTIME;
  if (!runtime.startsWith("python")) return runtime;
  notices.push(`function '${name}': runtime ${runtime} is replaced by ${DEFAULT_RUNTIME}, which the supervisor needs`);
  return DEFAULT_RUNTIME;
}

/** The original's layer holds another supervisor: its name, the default of every older scar.cfg, stands for ours. */
function layerName(name: string | undefined): string {
  return name === undefined || name === "faas-supervisor" ? DEFAULTS.lambda.supervisor.layer_name : name;
}

const text = (value: unknown): string | undefined => (typeof value === "string" && value !== "" ? value : undefined);

function number(tree: Tree, path: string, otherwise: number): number {
  const value = valueAt(tree, path);
  return typeof value === "number" ? value : otherwise;
}

/** AWS takes text alone: numbers and booleans of scar.cfg become text. */
function environmentOf(section: unknown): Environment {
  const variables = valueAt(section, "Variables");
  const entries = isTree(variables) ? Object.entries(variables) : [];
  return { Variables: Object.fromEntries(entries.map(([key, value]) => [key, String(value)])) };
}

/** An API is made for a function that names one. */
function apiOf(merged: Tree): { readonly api_gateway?: ApiSection } {
  const name = text(valueAt(merged, "api_gateway.name"));
  if (name === undefined) return {};
  return {
    api_gateway: {
      name,
      authorizationType: valueAt(merged, "api_gateway.method.authorizationType") === "AWS_IAM" ? "AWS_IAM" : "NONE",
      binary_media_types: (valueAt(merged, "api_gateway.binary_media_types") ?? []) as readonly string[],
    },
  };
}

function requestOf(merged: Tree): FunctionSpec["request"] {
  const given = ["json_data", "parameters"].flatMap((key) => {
    const value = valueAt(merged, `api_gateway.${key}`);
    return value === undefined || value === null || value === "" ? [] : [[key, value]];
  });
  return {
    ...Object.fromEntries(given),
    authorization: text(valueAt(merged, "api_gateway.method.authorizationType")) ?? "NONE",
  };
}

function locations(value: unknown): readonly StorageLocation[] {
  const list = Array.isArray(value) ? (value as StorageLocation[]) : [];
  return list.map((location) => ({ ...location, path: normaliseStoragePath(location.path) }));
}

function filesOf(merged: Tree): FunctionSpec["files"] {
  const entries = FILE_PATHS.flatMap((path) => {
    const value = text(valueAt(merged, path));
    return value === undefined ? [] : [[path.split(".").at(-1)!, value]];
  });
  return Object.fromEntries(entries) as FunctionSpec["files"];
}
