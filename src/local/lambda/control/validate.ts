/** What CreateFunction and UpdateFunctionConfiguration accept, with AWS's bounds and error codes. */
import { checkDeadLetterTarget } from "../destinations/arn.ts";
import { type FunctionSettings, type LayerReference, LIMITS } from "../model.ts";
import { constraint, type Input, integer, invalid, object, serialization, text } from "./input.ts";
import { checkFileSystems, readFileSystems, readVpc } from "./network.ts";

/** Runtimes that are run here: any Node.js of Lambda's (by the Node that runs scar), and programs that bring their own. */
const RUNTIMES = /^(nodejs(18|20|22|24|26)\.x|provided\.al2|provided\.al2023)$/;
const ROLE = /^arn:(aws[a-zA-Z-]*)?:iam::\d{12}:role\/?[a-zA-Z_0-9+=,.@\-_/]+$/;
const VARIABLE = /^[a-zA-Z][a-zA-Z0-9_]+$/;

/** Variables that Lambda sets itself and does not let a function set. */
const RESERVED = new Set(
  "_HANDLER _X_AMZN_TRACE_ID AWS_DEFAULT_REGION AWS_REGION AWS_EXECUTION_ENV AWS_LAMBDA_FUNCTION_NAME AWS_LAMBDA_FUNCTION_MEMORY_SIZE AWS_LAMBDA_FUNCTION_VERSION AWS_LAMBDA_INITIALIZATION_TYPE AWS_LAMBDA_LOG_GROUP_NAME AWS_LAMBDA_LOG_STREAM_NAME AWS_ACCESS_KEY AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_LAMBDA_RUNTIME_API LAMBDA_TASK_ROOT LAMBDA_RUNTIME_DIR".split(
    " ",
  ),
);

const DEFAULTS: FunctionSettings = {
  Runtime: "",
  Role: "",
  Handler: "",
  Description: "",
  Timeout: 3,
  MemorySize: 128,
  Environment: {},
  Layers: [],
  EphemeralStorageSize: 512,
  TracingMode: "PassThrough",
  DeadLetterTargetArn: "",
  FileSystemConfigs: [],
};

/**
 * The settings of a request laid over the ones before it (none: a new function).
 * @param layer finds a layer version by its ARN.
 */
export function readSettings(
  input: Input,
  layer: (arn: string) => LayerReference | undefined,
  before?: FunctionSettings,
): FunctionSettings {
  const base = before ?? DEFAULTS;
  const settings: FunctionSettings = {
    Runtime: text(input, "Runtime") ?? base.Runtime,
    Role: text(input, "Role") ?? base.Role,
    Handler: text(input, "Handler") ?? base.Handler,
    Description: text(input, "Description") ?? base.Description,
    Timeout: integer(input, "Timeout", 1, 900) ?? base.Timeout,
    MemorySize: integer(input, "MemorySize", 128, 10_240) ?? base.MemorySize,
    Environment: variables(input["Environment"]) ?? base.Environment,
    Layers: layers(input["Layers"], layer) ?? base.Layers,
    EphemeralStorageSize: integer(object(input["EphemeralStorage"]), "Size", 512, 10_240) ?? base.EphemeralStorageSize,
    TracingMode: text(object(input["TracingConfig"]), "Mode") ?? base.TracingMode,
    DeadLetterTargetArn: text(object(input["DeadLetterConfig"]), "TargetArn") ?? base.DeadLetterTargetArn ?? "",
    VpcConfig: readVpc(input["VpcConfig"]) ?? base.VpcConfig,
    FileSystemConfigs: readFileSystems(input["FileSystemConfigs"]) ?? base.FileSystemConfigs ?? [],
  };
  if (!ROLE.test(settings.Role))
    constraint("role", settings.Role, "satisfy regular expression pattern: an IAM role's ARN");
  checkFileSystems(settings.FileSystemConfigs ?? [], settings.VpcConfig);
  checkDeadLetterTarget(settings.DeadLetterTargetArn ?? "");
  if (settings.Description.length > 256)
    constraint("description", settings.Description, "have length less than or equal to 256");
  if (settings.Runtime === "") invalid("Runtime is mandatory for functions created with deployment packages.");
  if (!RUNTIMES.test(settings.Runtime)) {
    invalid(
      `Value ${settings.Runtime} at 'runtime' is not run by scar's local AWS: it runs nodejs18.x to nodejs26.x, provided.al2 and provided.al2023`,
    );
  }
  if (settings.Handler === "") invalid("Handler is mandatory for functions created with deployment packages.");
  if (!/^[^\s]{1,128}$/.test(settings.Handler))
    constraint("handler", settings.Handler, "satisfy regular expression pattern: [^\\s]+");
  return settings;
}

export function readArchitecture(input: Input): string {
  const list = input["Architectures"];
  const value = Array.isArray(list) ? list[0] : undefined;
  if (value === undefined) return "x86_64";
  if (value !== "x86_64" && value !== "arm64")
    constraint("architectures", String(value), "satisfy enum value set: [x86_64, arm64]");
  const own = process.arch === "arm64" ? "arm64" : "x86_64";
  if (value !== own) invalid(`Architecture ${value} is not run by scar's local AWS on this machine: it runs ${own}`);
  return value as string;
}

export function readTags(value: unknown): Record<string, string> {
  const tags = object(value);
  for (const [key, tag] of Object.entries(tags)) {
    if (key.length < 1 || key.length > 128 || key.startsWith("aws:")) invalid(`The tag key '${key}' is not valid`);
    if (typeof tag !== "string" || tag.length > 256) invalid(`The value of the tag '${key}' is not valid`);
  }
  if (Object.keys(tags).length > 50) invalid("A resource has at most 50 tags");
  return tags as Record<string, string>;
}

function variables(value: unknown): Record<string, string> | undefined {
  if (value === undefined || value === null) return undefined;
  const found = object(object(value)["Variables"]);
  const reserved = Object.keys(found).filter((name) => RESERVED.has(name));
  if (reserved.length > 0) {
    invalid(
      `Lambda was unable to configure your environment variables because the environment variables you have provided contains reserved keys that are currently not supported for modification. Reserved keys used in this request: ${reserved.join(", ")}`,
    );
  }
  for (const [name, text] of Object.entries(found)) {
    if (!VARIABLE.test(name))
      constraint("environment.variables", name, "satisfy regular expression pattern: [a-zA-Z]([a-zA-Z0-9_])+");
    if (typeof text !== "string") serialization("Environment.Variables");
    if ((text as string).includes("\0")) invalid(`The environment variable ${name} contains a null character`);
  }
  if (Buffer.byteLength(JSON.stringify(found)) > LIMITS.environment) {
    invalid(
      "Lambda was unable to configure your environment variables because the environment variables you have provided exceeded the 4KB limit.",
    );
  }
  return found as Record<string, string>;
}

function layers(value: unknown, find: (arn: string) => LayerReference | undefined): LayerReference[] | undefined {
  if (!Array.isArray(value)) return undefined;
  if (value.length > LIMITS.layers) invalid(`Cannot reference more than ${LIMITS.layers} layers.`);
  return value.map((arn: unknown) => find(String(arn)) ?? invalid(`Layer version ${String(arn)} does not exist.`));
}
