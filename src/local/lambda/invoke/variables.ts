/** The environment of a function: exactly Lambda's, nothing of the server's. */
import type { SessionCredentials } from "../../http/credentials.ts";
import type { LocalSettings } from "../../service.ts";
import { logGroup } from "../control/configuration.ts";
import type { FunctionRecord } from "../model.ts";

export interface VariablesInput {
  readonly record: FunctionRecord;
  readonly settings: LocalSettings;
  readonly credentials: SessionCredentials;
  readonly logStream: string;
  /** `127.0.0.1:PORT` */
  readonly runtimeApi: string;
}

export function variablesOf(input: VariablesInput): Record<string, string> {
  const { record, settings, credentials, logStream, runtimeApi } = input;
  const runtime = record.Runtime.startsWith("nodejs") ? { AWS_EXECUTION_ENV: `AWS_Lambda_${record.Runtime}` } : {};
  return {
    LANG: "en_US.UTF-8",
    TZ: ":UTC",
    PATH: "/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:/opt/bin",
    LAMBDA_TASK_ROOT: "/var/task",
    LAMBDA_RUNTIME_DIR: "/var/runtime",
    // SDKs and awscli inside the function reach the local AWS by it. A function may set its own.
    AWS_ENDPOINT_URL: `http://${settings.host}:${settings.port}`,
    ...record.Environment,
    ...runtime,
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
