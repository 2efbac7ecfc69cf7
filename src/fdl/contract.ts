/**
 * All that the CLI and the supervisor share: the function's configuration as it travels in `function_config.yaml` and in the
 * `FDL` environment variable, the names of the environment variables, and the places in the package and the layer.
 * Field names are SCAR's own (behaviour.md, sections 3 and 4).
 */
import { dump, load } from "js-yaml";
import { ScarError } from "../errors.ts";

export interface StorageLocation {
  /** `s3`, or `TYPE.ID` of a provider in `storage_providers`. */
  readonly storage_provider: string;
  /** `bucket` or `bucket/folder/…`, without leading or trailing slash. */
  readonly path: string;
  /** File names must begin with any of these; missing: all match. */
  readonly prefix?: readonly string[];
  /** File names must end with any of these; missing: all match. */
  readonly suffix?: readonly string[];
}

export interface Environment {
  readonly Variables: Readonly<Record<string, string>>;
}

export interface ContainerSection {
  readonly image?: string;
  /** In an FDL: a path on the user's machine. In the package: the reference under which the packed image is stored. */
  readonly image_file?: string;
  /** Login at the image's registry, for a private image: only ever in the package. */
  readonly registry_auth?: { readonly username: string; readonly password: string };
  readonly environment: Environment;
  /** Seconds kept back from the function's timeout for stage-out and the answer; default 10. */
  readonly timeout_threshold: number;
  readonly alpine?: boolean;
  readonly create_image?: boolean;
}

/** What Lambda does with events that it runs asynchronously; what is missing has AWS's default. */
export interface EventInvokeConfig {
  /** Attempts after the first one that failed, 0 to 2; AWS's default 2. */
  readonly maximum_retry_attempts?: number;
  /** Seconds that an event may wait, 60 to 21600; AWS's default 21600. */
  readonly maximum_event_age?: number;
  /** ARN of a function, queue, topic or event bus that gets a record of each event that succeeded. */
  readonly on_success?: string;
  /** The same for each event that was given up; a bucket's too. */
  readonly on_failure?: string;
}

/** The function's network; names and shapes are those of Lambda's API. */
export interface VpcSection {
  readonly SubnetIds: readonly string[];
  readonly SecurityGroupIds: readonly string[];
  readonly Ipv6AllowedForDualStack?: boolean;
}

/** A file system of EFS. */
export interface FileSystem {
  /** Of its access point. */
  readonly Arn: string;
  /** `/mnt/…` in the function. */
  readonly LocalMountPath: string;
}

/** The function's HTTP endpoint, a REST API of API Gateway. */
export interface ApiSection {
  readonly name: string;
  /** Who may call it: everyone, or who signs as an identity of AWS that may. */
  readonly authorizationType: "NONE" | "AWS_IAM";
  /** Media types whose bodies travel as bytes; none: bodies of the function's are text (base64). */
  readonly binary_media_types: readonly string[];
}

export type ExecutionMode = "lambda" | "lambda-batch" | "batch";

/** The `lambda` section of one function, defaults filled in. */
export interface LambdaSection {
  readonly name: string;
  readonly description: string;
  /** MB, 128 to 10240; default 512. */
  readonly memory: number;
  /** Seconds, 1 to 900; default 300. */
  readonly timeout: number;
  readonly runtime: string;
  readonly region: string;
  readonly execution_mode: ExecutionMode;
  readonly asynchronous: boolean;
  readonly log_level: string;
  readonly layers: readonly string[];
  readonly environment: Environment;
  readonly container: ContainerSection;
  readonly input: readonly StorageLocation[];
  readonly output: readonly StorageLocation[];
  /** In the package: a bare file name beside `function_config.yaml`. */
  readonly init_script?: string;
  readonly run_script?: string;
  /** In an FDL: a file or folder on the user's machine. In the package: where it is unpacked. */
  readonly extra_payload?: string;
  readonly vpc?: VpcSection;
  readonly file_system?: readonly FileSystem[];
  readonly boto_profile?: string;
  readonly preheat?: boolean;
  /** False: the input file is not downloaded, only its event is passed on; default true. */
  readonly file_stage_in?: boolean;
  readonly event_invoke_config?: EventInvokeConfig;
  /** ARN of the queue or topic that gets the events that were given up. */
  readonly dead_letter_queue?: string;
  readonly supervisor: { readonly version: string; readonly layer_name: string; readonly license_info: string };
  readonly deployment: {
    readonly bucket?: string;
    readonly max_payload_size: number;
    readonly max_s3_payload_size: number;
  };
  readonly [other: string]: unknown;
}

/** `storage_providers`: type → id → settings (credentials among them: only ever in the package). */
export type StorageProviders = Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, unknown>>>>>>;

/** What the supervisor reads at its start: the lambda section and the storage providers. */
export interface FunctionConfig extends LambdaSection {
  readonly storage_providers: StorageProviders;
}

/** The package's configuration file, at /var/task. */
export const FUNCTION_CONFIG_FILE = "function_config.yaml";

/** Folder of the supervisor in its layer; Lambda unpacks layers at /opt. */
export const LAYER_FOLDER = "scar-supervisor";

/** Module that a function's package re-exports; it has one export, `handler(event, context)`. */
export const LAYER_ENTRY = `/opt/${LAYER_FOLDER}/handler.mjs`;

/** Where Lambda unpacks a function's package, and so the extra payload. */
export const TASK_ROOT = "/var/task";

/** Name of the handler function that a package exports (SCAR: `NAME.lambda_handler`). */
export const HANDLER_NAME = "lambda_handler";

/** Where a package keeps the image of `container.image_file`, in udocker's layout; variables as udocker names them. */
export const PACKED_IMAGE = {
  folder: "udocker",
  repos: "/var/task/udocker/repos/",
  layers: "/var/task/udocker/layers/",
} as const;

/** Names of the function's environment variables. */
export const ENV = {
  fdl: "FDL",
  imageId: "IMAGE_ID",
  /** Id of the function's REST API. */
  apiGatewayId: "API_GATEWAY_ID",
  udockerDir: "UDOCKER_DIR",
  udockerRepos: "UDOCKER_REPOS",
  udockerLayers: "UDOCKER_LAYERS",
  /** A udocker to use instead of the supervisor's own engines. */
  udockerExec: "UDOCKER_EXEC",
  /** udocker's own variable for the engine: `auto` (default here), `chroot`, `R1`, `P1`, `F1`, or another of udocker's. */
  engine: "UDOCKER_DEFAULT_EXECUTION_MODE",
} as const;

/** Tags that mark what is ours (DESIGN section 3). */
export const TAG = { createdBy: "createdby", owner: "owner", function: "scar:function", state: "scar:state" } as const;

export function encodeFunctionConfig(config: FunctionConfig): string {
  return dump(config, { sortKeys: true, lineWidth: -1, noRefs: true });
}

/** Reads `function_config.yaml`. Throws ScarError `InvalidFunctionConfig` when the text is not a mapping. */
export function decodeFunctionConfig(text: string): FunctionConfig {
  let value: unknown;
  try {
    value = load(text);
  } catch (cause) {
    throw new ScarError("InvalidFunctionConfig", `${FUNCTION_CONFIG_FILE} is not YAML`, { cause });
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new ScarError("InvalidFunctionConfig", `${FUNCTION_CONFIG_FILE} is not a mapping`);
  }
  return value as FunctionConfig;
}

/** The `FDL` environment variable: base64 of JSON, without the secrets of storage providers and registries (DESIGN section 3). */
export function encodeFdlVariable(config: LambdaSection): string {
  const { storage_providers: _secrets, ...rest } = config as LambdaSection & { storage_providers?: unknown };
  const { registry_auth: _login, ...container } = rest.container;
  return Buffer.from(JSON.stringify({ ...rest, container })).toString("base64");
}

/** Reads the `FDL` variable of a function, ours or the original's; undefined when it is not one. */
export function decodeFdlVariable(value: string | undefined): Partial<LambdaSection> | undefined {
  if (value === undefined) return undefined;
  try {
    const parsed: unknown = JSON.parse(Buffer.from(value, "base64").toString("utf8"));
    return typeof parsed === "object" && parsed !== null ? (parsed as Partial<LambdaSection>) : undefined;
  } catch {
    return undefined;
  }
}
