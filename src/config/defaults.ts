/** The built-in defaults, in scar.cfg's shape and terms: SCAR's, with the values that AWS accepts today. */

export const DEFAULT_REGION = "us-east-1";
export const DEFAULT_RUNTIME = "nodejs24.x";

/** The sections of one element of `functions.aws`; also what a new scar.cfg is made of. */
export const DEFAULTS = {
  iam: { role: "" },
  lambda: {
    execution_mode: "lambda",
    timeout: 300,
    memory: 512,
    description: "Automatically generated lambda function",
    runtime: DEFAULT_RUNTIME,
    layers: [],
    asynchronous: false,
    log_level: "INFO",
    environment: { Variables: { UDOCKER_DIR: "/tmp/shared/udocker" } },
    deployment: { max_payload_size: 52_428_800, max_s3_payload_size: 262_144_000 },
    container: { environment: { Variables: {} }, timeout_threshold: 10 },
    supervisor: { version: "latest", layer_name: "scar-supervisor", license_info: "Apache 2.0" },
  },
  cloudwatch: { log_retention_policy_in_days: 30 },
} as const;

/** Version of scar.cfg's format. */
export const CONFIG_VERSION = "1.1.0";
