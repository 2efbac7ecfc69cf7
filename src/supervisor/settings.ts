import type { EngineMode } from "../container/engine.ts";
import { ENGINE_MODE_NAMES, engineModeOf } from "../container/engine-mode.ts";
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
  readonly engine: EngineMode;
  /** `PATH`: where the engine's programs are looked for. */
  readonly path: string | undefined;
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
    engine: engineMode(env[ENV.engine]),
    path: env["PATH"],
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

function engineMode(value: string | undefined): EngineMode {
  if (!value) return "auto";
  const mode = engineModeOf(value);
  if (mode) return mode;
  throw new ScarError("InvalidSetting", `${ENV.engine}: '${value}' is not an execution mode`, {
    hint: `use one of ${ENGINE_MODE_NAMES}`,
  });
}

function seconds(name: string, value: string | undefined): number | undefined {
  if (!value) return undefined;
  if (/^\d+$/.test(value)) return Number(value);
  throw new ScarError("InvalidSetting", `${name}: '${value}' is not a number of seconds`);
}
