/**
 * Every flag once, as data: names, type, help, and where its value lands in the merged configuration (behaviour.md, section 1).
 * The grammar, the parser, the help and the overlay derive from it.
 */

import { DEFAULTS } from "../config/defaults.ts";

export type OptionType = "string" | "integer" | "flag" | "list";

/** Headings of the help, in the order in which they are shown. */
export const HELP_GROUPS = ["function", "storage", "execution", "batch", "api", "output", "general"] as const;
export type HelpGroup = (typeof HELP_GROUPS)[number];

export interface OptionSpec {
  /** Key in {@link import("./command.ts").Options}. */
  readonly dest: string;
  /** Short name with its dash, `-if`; options of ours may have none. */
  readonly short?: string;
  /** Long name with its dashes. */
  readonly long: string;
  /** `list`: appended when repeated; any other repeated option: the last one wins. */
  readonly type: OptionType;
  /** Name of the value in the help; default: `dest` in capitals. */
  readonly metavar?: string;
  readonly help: string;
  readonly group: HelpGroup;
  /**
   * Paths in one element of `functions.aws`; `K=V` values become entries of the map at the path when `pairs` is set. Missing: the option
   * is about the command, not about a function, and lands at `scar.<dest>`; empty: nowhere. See {@link pathsOf}.
   */
  readonly path?: readonly string[];
  readonly pairs?: true;
}

/** Where the value lands in the effective configuration: below one element of `functions.aws`, or at `scar.<dest>`. */
export function pathsOf(option: OptionSpec): readonly string[] {
  return option.path ?? [`scar.${option.dest}`];
}

const option = (
  short: string,
  long: string,
  type: OptionType,
  group: HelpGroup,
  help: string,
  more: Pick<OptionSpec, "path" | "pairs" | "metavar"> & { dest?: string } = {},
): OptionSpec => ({
  dest: long.slice(2).replaceAll("-", "_"),
  ...(short === "" ? {} : { short }),
  long,
  type,
  group,
  help,
  ...more,
});

const at = (...path: string[]): { path: readonly string[] } => ({ path });

/** What is shown instead of running is no part of the configuration. */
const nowhere = at();

/** Every section that makes an SDK client of its own. */
const CLIENT_SECTIONS = ["iam", "lambda", "s3", "api_gateway", "cloudwatch", "batch"];

const { lambda } = DEFAULTS;

/**
 * SCAR's own options, by a name that is unique over all commands; `cli.json` is their source. Within its group the help shows them in this
 * order: what one needs first, first.
 */
export const OPTION = {
  name: option("-n", "--name", "string", "function", "name of the function", at("lambda.name")),
  confFile: option("-f", "--conf-file", "string", "function", "functions definition file (FDL, YAML)", {
    metavar: "FILE",
  }),
  image: option("-i", "--image", "string", "function", "container image of a registry, e.g. ubuntu:24.04", {
    ...at("lambda.container.image"),
  }),
  imageFile: option("-if", "--image-file", "string", "function", "container image saved with 'docker save'", {
    metavar: "FILE",
    ...at("lambda.container.image_file"),
  }),
  initScript: option("-s", "--init-script", "string", "function", "script run in the container for every event", {
    metavar: "FILE",
    ...at("lambda.init_script"),
  }),
  memory: option("-m", "--memory", "integer", "function", `memory in MB, 128 to 10240 (default ${lambda.memory})`, {
    metavar: "MB",
    ...at("lambda.memory"),
  }),
  timeout: option(
    "-t",
    "--timeout",
    "integer",
    "function",
    `time limit in seconds, 1 to 900 (default ${lambda.timeout})`,
    {
      metavar: "SECONDS",
      ...at("lambda.timeout"),
    },
  ),
  timeoutThreshold: option(
    "-tt",
    "--timeout-threshold",
    "integer",
    "function",
    `seconds of the time limit kept back for uploading the output (default ${lambda.container.timeout_threshold})`,
    { metavar: "SECONDS", ...at("lambda.container.timeout_threshold") },
  ),
  environment: option("-e", "--environment", "list", "function", "variable of the container; may be repeated", {
    metavar: "KEY=VALUE",
    pairs: true,
    ...at("lambda.container.environment.Variables"),
  }),
  lambdaEnvironment: option(
    "-le",
    "--lambda-environment",
    "list",
    "function",
    "variable of the function itself; may be repeated",
    { metavar: "KEY=VALUE", pairs: true, ...at("lambda.environment.Variables") },
  ),
  description: option("-d", "--description", "string", "function", "description of the function", {
    metavar: "TEXT",
    ...at("lambda.description"),
  }),
  iamRole: option("-r", "--iam-role", "string", "function", "ARN of the function's execution role", {
    metavar: "ARN",
    ...at("iam.role"),
  }),
  runtime: option("-rt", "--runtime", "string", "function", `Lambda runtime, or image (default ${lambda.runtime})`, {
    ...at("lambda.runtime"),
  }),
  layers: option("-l", "--layers", "list", "function", "ARN of a layer to add; may be repeated", {
    metavar: "ARN",
    ...at("lambda.layers"),
  }),
  logLevel: option(
    "-ll",
    "--log-level",
    "string",
    "function",
    `what the supervisor logs: CRITICAL, ERROR, WARNING, INFO or DEBUG (default ${lambda.log_level})`,
    { metavar: "LEVEL", ...at("lambda.log_level") },
  ),
  preheat: option("-ph", "--preheat", "flag", "function", "invoke the function once after it was made", {
    ...at("lambda.preheat"),
  }),
  extraPayload: option(
    "-ep",
    "--extra-payload",
    "string",
    "function",
    "file, or folder of files, added to the package",
    {
      metavar: "PATH",
      ...at("lambda.extra_payload"),
    },
  ),
  supervisorVersion: option(
    "-sv",
    "--supervisor-version",
    "string",
    "function",
    "release of the supervisor, published before (default: this one)",
    {
      metavar: "VERSION",
      ...at("lambda.supervisor.version"),
    },
  ),
  all: option("-a", "--all", "flag", "function", "all functions of yours"),
  inputBucket: option("-ib", "--input-bucket", "string", "storage", "files put here start the function", {
    metavar: "BUCKET[/FOLDER]",
    ...at("lambda.input"),
  }),
  runInputBucket: option(
    "-ib",
    "--input-bucket",
    "string",
    "execution",
    "run once for each file of this folder (default: of the function's input, with -f)",
    { metavar: "BUCKET[/FOLDER]", ...at("lambda.input") },
  ),
  outputBucket: option("-ob", "--output-bucket", "string", "storage", "the output files are put here", {
    metavar: "BUCKET[/FOLDER]",
    ...at("lambda.output"),
  }),
  deploymentBucket: option(
    "-db",
    "--deployment-bucket",
    "string",
    "storage",
    "upload the package through this bucket (above 50 MB)",
    { metavar: "BUCKET", ...at("lambda.deployment.bucket") },
  ),
  listedBucket: option("-b", "--bucket", "string", "storage", "list the files of this bucket instead", {
    metavar: "BUCKET[/FOLDER]",
    ...at("lambda.input"),
  }),
  bucket: option("-b", "--bucket", "string", "storage", "bucket and folder", {
    metavar: "BUCKET[/FOLDER]",
    ...at("lambda.input"),
  }),
  putPath: option("-p", "--path", "string", "storage", "file or folder to upload", { metavar: "PATH" }),
  getPath: option("-p", "--path", "string", "storage", "folder to download into", { metavar: "FOLDER" }),
  asynchronous: option("-a", "--asynchronous", "flag", "execution", "do not wait for the result", {
    ...at("lambda.asynchronous"),
  }),
  runScript: option("-s", "--run-script", "string", "execution", "script to run this time instead of the function's", {
    metavar: "FILE",
    ...at("lambda.run_script"),
  }),
  executionMode: option(
    "-em",
    "--execution-mode",
    "string",
    "batch",
    `lambda, lambda-batch or batch (default ${lambda.execution_mode})`,
    { metavar: "MODE", ...at("lambda.execution_mode") },
  ),
  batchMemory: option("-bm", "--batch-memory", "string", "batch", "memory of the Batch job in MiB (default 1024)", {
    metavar: "MIB",
    ...at("batch.memory"),
  }),
  batchVcpus: option("-bc", "--batch-vcpus", "string", "batch", "vCPUs of the Batch job (default 1)", {
    metavar: "N",
    ...at("batch.vcpus"),
  }),
  enableGpu: option("-g", "--enable-gpu", "flag", "batch", "give the Batch job a GPU", at("batch.enable_gpu")),
  apiGatewayName: option("-api", "--api-gateway-name", "string", "api", "make an HTTP endpoint of this name", {
    metavar: "NAME",
    ...at("api_gateway.name"),
  }),
  dataBinary: option("-db", "--data-binary", "string", "api", "file to send", {
    metavar: "FILE",
    ...at("api_gateway.data_binary"),
  }),
  jsonData: option("-jd", "--json-data", "string", "api", "JSON to send", {
    metavar: "JSON",
    ...at("api_gateway.json_data"),
  }),
  parameters: option("-p", "--parameters", "string", "api", "query parameters, as a JSON object or a=1&b=2", {
    metavar: "PARAMETERS",
    ...at("api_gateway.parameters"),
  }),
  outputFile: option("-o", "--output-file", "string", "output", "save the output in this file", { metavar: "FILE" }),
  json: option("-j", "--json", "flag", "output", "print results, and errors, as JSON"),
  verbose: option("-v", "--verbose", "flag", "output", "print the whole AWS responses as JSON; wins over -j"),
  logStreamName: option("-ls", "--log-stream-name", "string", "output", "only this log stream", {
    metavar: "STREAM",
    ...at("cloudwatch.log_stream_name"),
  }),
  requestId: option("-ri", "--request-id", "string", "output", "only the lines of this request", {
    metavar: "ID",
    ...at("cloudwatch.request_id"),
  }),
  help: option("-h", "--help", "flag", "general", "show this help and exit", nowhere),
  profile: option("-pf", "--profile", "string", "general", "AWS profile to use (default: the standard chain)", {
    ...at(...CLIENT_SECTIONS.map((section) => `${section}.boto_profile`)),
  }),
} as const satisfies Record<string, OptionSpec>;

/** Options of ours that every command takes, before or after its name. */
export const GLOBAL = {
  local: option("", "--local", "flag", "general", "use the AWS of this machine (also SCAR_LOCAL=1)"),
  region: option("", "--region", "string", "general", "AWS region", at("lambda.region")),
  endpointUrl: option("", "--endpoint-url", "string", "general", "call AWS at this address", { metavar: "URL" }),
  showConfig: option(
    "",
    "--show-config",
    "flag",
    "general",
    "print the configuration that would be used, as JSON, and exit",
    nowhere,
  ),
  json: OPTION.json,
  help: OPTION.help,
} as const satisfies Record<string, OptionSpec>;

/** Options of ours that single commands take. */
export const EXTRA = {
  runEnvironment: option(
    "-e",
    "--environment",
    "list",
    "execution",
    "variable of the container, for this run alone; may be repeated",
    { metavar: "KEY=VALUE", pairs: true, ...at("lambda.container.environment.Variables") },
  ),
  noFiles: option("", "--no-files", "flag", "execution", "run once, not over the files of the function's input bucket"),
  noRollback: option("", "--no-rollback", "flag", "general", "when init fails, keep what it made"),
  function: option(
    "",
    "--function",
    "string",
    "function",
    "the one function of the file that is meant; all: each of them",
    {
      metavar: "NAME",
    },
  ),
  strict: option("", "--strict", "flag", "general", "unknown fields of the file are errors, not warnings"),
  allowLoop: option(
    "",
    "--allow-loop",
    "flag",
    "general",
    "deploy outputs that start their own function again, directly or through others",
  ),
  yes: option("", "--yes", "flag", "general", "do not ask"),
  dryRun: option("", "--dry-run", "flag", "output", "print the steps that it would take, and change nothing"),
  replace: option(
    "",
    "--replace",
    "flag",
    "general",
    "delete and make again what AWS cannot change in place; log and buckets stay",
  ),
  port: option(
    "",
    "--port",
    "integer",
    "general",
    "port to listen on (also SCAR_LOCAL_PORT; default: the last one, 14566, or a free one)",
    {
      metavar: "N",
    },
  ),
  wait: option("", "--wait", "flag", "execution", "wait for the end of every file's run, and name those that failed"),
  retryFailed: option("", "--retry-failed", "flag", "execution", "with --wait: run the files that failed once more"),
  follow: option("", "--follow", "flag", "output", "go on with what is still to come, until Ctrl-C"),
  since: option("", "--since", "string", "output", "only from then on: 10m, 2h, 1d ago, or a time of ISO 8601", {
    metavar: "TIME",
  }),
  print: option("", "--print", "flag", "output", "print the role's trust policy and policy as JSON; nothing is made"),
  create: option("", "--create", "flag", "execution", "make the role in IAM, or bring one that scar made up to date"),
  roleName: option(
    "",
    "--role-name",
    "string",
    "execution",
    "name of the role (default: scar-, and the function's or the file's name)",
    {
      metavar: "NAME",
    },
  ),
} as const satisfies Record<string, OptionSpec>;

/** Options of SCAR's first releases, translated by old-forms.ts; no help shows them. */
export const OLD = {
  eventSource: option("-es", "--event-source", "string", "storage", "bucket with the folders input and output", {
    metavar: "BUCKET",
  }),
} as const satisfies Record<string, OptionSpec>;

export const SCAR_VERSION_OPTION: OptionSpec = option(
  "",
  "--version",
  "flag",
  "general",
  "print the version and exit",
  nowhere,
);

const IN_ORDER: readonly OptionSpec[] = [OPTION, EXTRA, GLOBAL].flatMap((table) => Object.values<OptionSpec>(table));

/** As the help shows them: by group, what one needs first, first. */
export function inHelpOrder(options: readonly OptionSpec[]): readonly OptionSpec[] {
  const place = (option: OptionSpec): number => IN_ORDER.indexOf(option);
  return HELP_GROUPS.flatMap((group) =>
    options.filter((option) => option.group === group).sort((a, b) => place(a) - place(b)),
  );
}
