/**
 * Every flag of SCAR's once, as data: names, type, help, and where its value lands in the merged configuration (behaviour.md, section 1).
 * The grammar, the parser, the help and the overlay derive from it, and from own-options.ts.
 */
import { DEFAULTS } from "../config/defaults.ts";
import { at, nowhere, type OptionSpec, option } from "./option.ts";

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
