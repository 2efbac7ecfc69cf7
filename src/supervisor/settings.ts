import { engineModeOf, type NamedMode } from "../container/engines/modes.ts";
import { ScarError } from "../errors.ts";
import { ENV, PACKED_IMAGE } from "../fdl/contract.ts";

/** What the supervisor takes from the function's environment; read once, at the cold start. */
export interface Settings {
  /** Folder of the unpacked package; `LAMBDA_TASK_ROOT`, default `/var/task`. */
  readonly taskRoot: string;
  /** Where request folders are made; scripts written for the first SCAR rely on it. */
  readonly tmp: "/tmp";
  /** Root of the unpacked images; `UDOCKER_DIR`, default `/tmp/shared/udocker`. */
  readonly udockerDir: string;
  /** The image packed with the function, in udocker's layout. */
  readonly packedImage: { readonly repos: string; readonly layers: string };
  /** Reference of the image, for packages whose configuration does not name it. */
  readonly imageId: string | undefined;
  /** `UDOCKER_DEFAULT_EXECUTION_MODE`, default `auto`. */
  readonly engine: NamedMode;
  /** `PATH` and udocker's variables: where the engines' programs and libraries are looked for. */
  readonly engineEnv: Readonly<Record<string, string | undefined>>;
  /** A udocker of the user's, which is taken where it works; `UDOCKER_EXEC`. */
  readonly udockerExec: string | undefined;
  /** What a udocker of the user's runs with: its own variables, Python's, and where the system finds its libraries. */
  readonly udockerEnv: Readonly<Record<string, string | undefined>>;
  /** Whether this is a function of Lambda, or of the local one, and no job of Batch: what Lambda allows then decides. */
  readonly isFunction: boolean;
  /** What leads to registries: proxies, further certificate authorities, a folder with Docker's configuration. */
  readonly registryEnv: Readonly<Record<string, string>>;
  /** `TIMEOUT_THRESHOLD` in seconds: wins over the configuration, as in the original. */
  readonly timeoutThreshold: number | undefined;
  /** `LOG_LEVEL`: wins over the configuration, as in the original. */
  readonly logLevel: string | undefined;
  /** The role's credentials, region and endpoint, handed to the container under their own names. */
  readonly aws: Readonly<Record<string, string>>;
  /** An S3 endpoint that is not AWS's own (`AWS_ENDPOINT_URL`, `AWS_ENDPOINT_URL_S3`). */
  readonly customEndpoint: boolean;
}

/** AWS variables that the container sees. */
const PASSED_ON = [
  "AWS_ACCESS_KEY_ID",
  "AWS_SECRET_ACCESS_KEY",
  "AWS_SESSION_TOKEN",
  "AWS_REGION",
  "AWS_DEFAULT_REGION",
  "AWS_ENDPOINT_URL",
  "AWS_ENDPOINT_URL_S3",
] as const;

/** Variables that udocker has for its own programs and libraries, and `PATH`. */
const ENGINE_VARIABLES = [
  "PATH",
  "UDOCKER_BIN",
  "UDOCKER_LIB",
  "UDOCKER_FAKECHROOT_SO",
  "UDOCKER_USE_PROOT_EXECUTABLE",
] as const;

const OF_UDOCKER =
  /^(UDOCKER_\w+|PROOT_\w+|PYTHON\w+|PATH|HOME|TMPDIR|LANG|LC_\w+|LD_LIBRARY_PATH|(https?|no|all)_proxy)$/i;

/** Not HOME: a login is the function's own, given with it, and none that happens to lie about. */
const FOR_REGISTRIES = [
  "HTTPS_PROXY",
  "https_proxy",
  "HTTP_PROXY",
  "http_proxy",
  "ALL_PROXY",
  "all_proxy",
  "NO_PROXY",
  "no_proxy",
  "DOCKER_CONFIG",
] as const;

type Env = Readonly<Record<string, string | undefined>>;

/** Throws ScarError `InvalidSetting`, which names the variable. */
export function readSettings(env: Env): Settings {
  return {
    taskRoot: env["LAMBDA_TASK_ROOT"] || "/var/task",
    tmp: "/tmp",
    udockerDir: env[ENV.udockerDir] || "/tmp/shared/udocker",
    packedImage: {
      repos: env[ENV.udockerRepos] || PACKED_IMAGE.repos,
      layers: env[ENV.udockerLayers] || PACKED_IMAGE.layers,
    },
    imageId: env[ENV.imageId] || undefined,
    engine: engineModeOf(ENV.engine, env[ENV.engine]),
    engineEnv: Object.fromEntries(ENGINE_VARIABLES.map((name) => [name, env[name] || undefined])),
    udockerExec: env[ENV.udockerExec] || undefined,
    udockerEnv: Object.fromEntries(Object.entries(env).filter(([name]) => OF_UDOCKER.test(name))),
    // Jobs of Batch have AWS_LAMBDA_FUNCTION_NAME as well.
    isFunction: Boolean(env["AWS_LAMBDA_RUNTIME_API"]),
    registryEnv: pick(env, FOR_REGISTRIES),
    timeoutThreshold: seconds("TIMEOUT_THRESHOLD", env["TIMEOUT_THRESHOLD"]),
    logLevel: env["LOG_LEVEL"] || undefined,
    aws: pick(env, PASSED_ON),
    customEndpoint: Boolean(env["AWS_ENDPOINT_URL"] || env["AWS_ENDPOINT_URL_S3"]),
  };
}

function pick(env: Env, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.flatMap((name) => (env[name] ? [[name, env[name]]] : [])));
}

function seconds(name: string, value: string | undefined): number | undefined {
  if (!value) return undefined;
  if (/^\d+$/.test(value)) return Number(value);
  throw new ScarError("InvalidSetting", `${name}: '${value}' is not a number of seconds`);
}
