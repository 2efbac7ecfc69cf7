import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { COMMANDS, findCommand, optionsOf } from "../../../src/cli/command-table.ts";
import { type OptionSpec, pathsOf } from "../../../src/cli/option.ts";

interface OriginalOption {
  readonly flags: readonly string[];
  readonly dest: string;
  readonly action: string;
  readonly type: "int" | null;
  readonly required: boolean;
}

interface OriginalCommand {
  readonly options: readonly OriginalOption[];
  readonly groups: readonly { readonly required: boolean; readonly members: readonly (readonly string[])[] }[];
}

const original = JSON.parse(
  readFileSync(new URL("../../fixtures/argparse/cli.json", import.meta.url), "utf8"),
) as Record<string, OriginalCommand>;

const flags = ({ short, long }: OptionSpec): string[] => (short === undefined ? [long] : [short, long]);

const typeOf = ({ action, type }: OriginalOption): OptionSpec["type"] => {
  if (action === "_AppendAction") return "list";
  if (action === "_StoreTrueAction" || action === "_HelpAction") return "flag";
  return type === "int" ? "integer" : "string";
};

describe.each(Object.entries(original))("%s", (name, want) => {
  const command = findCommand(name)!;

  it("has SCAR's options, in SCAR's order", () => {
    const ours = command.options.map((option) => ({ flags: flags(option), dest: option.dest, type: option.type }));
    const theirs = want.options
      .filter((option) => option.flags.length > 0)
      .map((option) => ({ flags: option.flags, dest: option.dest, type: typeOf(option) }));
    expect(ours).toEqual(theirs);
  });

  it("has SCAR's groups and required options", () => {
    const groups = command.groups.map(({ required, members }) => ({ required, members: members.map(flags) }));
    expect(groups).toEqual(want.groups);
    expect(command.required.map(flags)).toEqual(want.options.filter((o) => o.required).map((o) => o.flags));
  });

  it("takes a remainder where SCAR does", () => {
    const rest = want.options.find((option) => option.flags.length === 0);
    expect(command.remainder?.dest).toBe(rest?.dest);
  });
});

/** behaviour.md, section 1, "Where each flag lands": by the long name, or by command and long name. */
const LANDS: Readonly<Record<string, string>> = {
  "--name": "lambda.name",
  "--description": "lambda.description",
  "--memory": "lambda.memory",
  "--timeout": "lambda.timeout",
  "--log-level": "lambda.log_level",
  "--runtime": "lambda.runtime",
  "--layers": "lambda.layers",
  "--init-script": "lambda.init_script",
  "--run-script": "lambda.run_script",
  "--extra-payload": "lambda.extra_payload",
  "--preheat": "lambda.preheat",
  "--execution-mode": "lambda.execution_mode",
  "--asynchronous": "lambda.asynchronous",
  "--image": "lambda.container.image",
  "--image-file": "lambda.container.image_file",
  "--environment": "lambda.container.environment.Variables",
  "--lambda-environment": "lambda.environment.Variables",
  "--timeout-threshold": "lambda.container.timeout_threshold",
  "--supervisor-version": "lambda.supervisor.version",
  "--iam-role": "iam.role",
  "--input-bucket": "lambda.input",
  "--bucket": "lambda.input",
  "--output-bucket": "lambda.output",
  "--deployment-bucket": "lambda.deployment.bucket",
  "--batch-memory": "batch.memory",
  "--batch-vcpus": "batch.vcpus",
  "--enable-gpu": "batch.enable_gpu",
  "--api-gateway-name": "api_gateway.name",
  "--data-binary": "api_gateway.data_binary",
  "--json-data": "api_gateway.json_data",
  "--parameters": "api_gateway.parameters",
  "--log-stream-name": "cloudwatch.log_stream_name",
  "--request-id": "cloudwatch.request_id",
  "--conf-file": "scar.conf_file",
  "--json": "scar.json",
  "--verbose": "scar.verbose",
  "--output-file": "scar.output_file",
  "--path": "scar.path",
  "--all": "scar.all",
};

it.each(Object.keys(original))("%s: every option of SCAR lands where it should", (name) => {
  for (const option of findCommand(name)!.options) {
    const sections = ["iam", "lambda", "s3", "api_gateway", "cloudwatch", "batch"];
    const want: Readonly<Record<string, readonly string[]>> = {
      "--help": [],
      "--profile": sections.map((section) => `${section}.boto_profile`),
    };
    expect(pathsOf(option), option.long).toEqual(want[option.long] ?? [LANDS[option.long]]);
  }
  const { remainder } = findCommand(name)!;
  expect(remainder?.path).toBe(name === "run" ? "lambda.c_args" : undefined);
});

it("no option of one command has two meanings", () => {
  for (const command of COMMANDS) {
    const { name, old = [] } = command;
    const all = [...optionsOf(command), ...old].flatMap(flags);
    expect(new Set(all).size, name).toBe(all.length);
  }
});
