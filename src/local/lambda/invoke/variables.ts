/** The environment of a function: exactly Lambda's, nothing of the server's. */
import type { SessionCredentials } from "../../http/credentials.ts";
import { type LocalSettings, logGroup } from "../../service.ts";
import type { FunctionRecord } from "../model.ts";

export interface VariablesInput {
  readonly record: FunctionRecord;
  readonly settings: LocalSettings;
  readonly credentials: SessionCredentials;
  readonly logStream: string;
  /** `127.0.0.1:PORT` */
  readonly runtimeApi: string;
}

/** Where Lambda looks for shared libraries: those of a package or a layer are found. */
const LIBRARIES = "/var/lang/lib:/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:/var/task:/var/task/lib:/opt/lib";

/** Where Lambda's Node.js looks for modules of layers and of the runtime. */
const NODE_PATH = "/opt/nodejs/node_modules:/var/runtime/node_modules:/var/runtime:/var/task";

export function variablesOf(input: VariablesInput): Record<string, string> {
  const { record, settings, credentials, logStream, runtimeApi } = input;
  const [, major] = /^nodejs(\d+)/.exec(record.Runtime) ?? [];
  return {
    LANG: "en_US.UTF-8",
    TZ: ":UTC",
    LD_LIBRARY_PATH: LIBRARIES,
    ...(major !== undefined && { NODE_PATH: `/opt/nodejs/node${major}/node_modules:${NODE_PATH}` }),
    PATH: "/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:/opt/bin",
    LAMBDA_TASK_ROOT: "/var/task",
    LAMBDA_RUNTIME_DIR: "/var/runtime",
    // SDKs and awscli inside the function reach the local AWS by it. A function may set its own.
    AWS_ENDPOINT_URL: `http://${settings.host}:${settings.port}`,
    ...record.Environment,
    ...(major !== undefined && { AWS_EXECUTION_ENV: `AWS_Lambda_${record.Runtime}` }),
    _HANDLER: record.Handler,
    AWS_REGION: settings.region,
    AWS_DEFAULT_REGION: settings.region,
    AWS_LAMBDA_FUNCTION_NAME: record.FunctionName,
    AWS_LAMBDA_FUNCTION_VERSION: "$LATEST",
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(record.MemorySize),
    AWS_LAMBDA_INITIALIZATION_TYPE: "on-demand",
    AWS_LAMBDA_LOG_GROUP_NAME: logGroup(record.FunctionName),
    AWS_LAMBDA_LOG_STREAM_NAME: logStream,
    AWS_LAMBDA_RUNTIME_API: runtimeApi,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_SESSION_TOKEN: credentials.sessionToken,
  };
}
