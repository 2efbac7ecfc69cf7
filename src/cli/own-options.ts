/** Flags that are not SCAR's, and those of its first releases. */
import { at, nowhere, type OptionSpec, option } from "./option.ts";
import { OPTION } from "./options.ts";

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
  allowLoop: option("", "--allow-loop", "flag", "general", "deploy functions whose outputs start them again"),
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
