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

/** Throws ScarError `InvalidSetting`, which names the variable. */
export function readSettings(env: Readonly<Record<string, string | undefined>>): Settings {
  const aws: Record<string, string> = {};
  for (const name of PASSED_ON) {
    const value = env[name];
    if (value) aws[name] = value;
  }
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
    timeoutThreshold: seconds("TIMEOUT_THRESHOLD", env["TIMEOUT_THRESHOLD"]),
    logLevel: env["LOG_LEVEL"] || undefined,
    aws,
    customEndpoint: Boolean(env["AWS_ENDPOINT_URL"] || env["AWS_ENDPOINT_URL_S3"]),
  };
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
