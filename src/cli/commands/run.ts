import { readFile } from "node:fs/promises";
import { EXIT, messageOf, ScarError } from "../../errors.ts";
import type { FunctionSpec } from "../../fdl/spec.ts";
import type { AwsClients } from "../../providers/aws/clients.ts";
import {
  commandPayload,
  invokeAsync,
  invokeSync,
  type Payload,
  scriptPayload,
  withVariables,
} from "../../providers/aws/controllers/invocations.ts";
import type { Command, CommandContext } from "../command.ts";
import { asynchronousResult, invocationResult } from "../report/output-run.ts";
import { eachFunction } from "./each-function.ts";
import { throwIfFailed } from "./run-failure.ts";
import { OutputFile, refuseOutputFile } from "./run-output.ts";
import { runVariables } from "./run-variables.ts";
import { withClients } from "./sessions.ts";
import { chosenFunctions } from "./target.ts";

/** The way out where one file would have to hold many outputs. */
const ONE_RUN = "outputs go to the function's output folder; --no-files and --function NAME run one function once";

/**
 * `scar run`: invokes a function and shows what its container wrote; a function with an S3 input, and nothing else to run, once for
 * each file of that input.
 */
export const command: Command = {
  async run(context) {
    checkOptions(context);
    const specs = await chosenFunctions(context);
    if (specs.length > 1) refuseOutputFile(context.options["output_file"], "several functions are run", ONE_RUN);
    await eachFunction(context, specs, (spec) => runOne(context, spec));
    return undefined;
  },
};

async function runOne(context: CommandContext, spec: FunctionSpec): Promise<void> {
  const payload = await payloadOf(context, spec);
  const overFiles = payload === undefined ? await filesOf(context, spec) : undefined;
  const { output_file, wait } = context.options;
  if (overFiles) refuseOutputFile(output_file, "the function is run once for each file of its input", ONE_RUN);
  else if (wait === true && spec.lambda.asynchronous) throw waitWithoutFiles("-a");
  await withClients(await context.session(spec), (clients) => {
    if (overFiles) return overFiles(clients);
    const run = spec.lambda.asynchronous ? launch : invoke;
    return run(context, spec, clients, withVariables(payload ?? {}, runVariables(context)));
  });
}

function checkOptions({ args, options }: CommandContext): void {
  if (options["retry_failed"] === true && options["wait"] !== true) {
    throw new ScarError("Usage", "--retry-failed: only --wait tells which files failed", {
      hint: "give both",
      exitCode: EXIT.usage,
    });
  }
  if (options["wait"] !== true) return;
  if (args.length > 0) throw waitWithoutFiles("a command");
  if (options["run_script"] !== undefined) throw waitWithoutFiles("-s");
  if (options["no_files"] === true) throw waitWithoutFiles("--no-files");
}

/** @param why the function is run once */
function waitWithoutFiles(why: string): ScarError {
  return new ScarError("Usage", `--wait is for runs over files: with ${why} the function is run once, without them`, {
    hint: "without -a, scar waits for the end of the one run anyway",
    exitCode: EXIT.usage,
  });
}

/** The run over the input's files; undefined when there is no input, or the user does not want it. Loads the S3 client only then. */
async function filesOf(
  context: CommandContext,
  spec: FunctionSpec,
): Promise<((clients: AwsClients) => Promise<void>) | undefined> {
  if (spec.lambda.input.length === 0) return undefined;
  const { chosenFolders, inputFolders, runOverFiles } = await import("./run-files.ts");
  const folders = await chosenFolders(context, inputFolders(spec));
  if (folders.length === 0) return undefined;
  return (clients) => runOverFiles(context, spec, clients, folders);
}

/** A command wins over a script; undefined: what the function runs by itself. */
async function payloadOf({ args }: CommandContext, { files }: FunctionSpec): Promise<Payload | undefined> {
  if (args.length > 0) return commandPayload(args);
  if (files.run_script === undefined) return undefined;
  try {
    return scriptPayload(await readFile(files.run_script));
  } catch (cause) {
    throw new ScarError("FileNotFound", `Unable to read the script '${files.run_script}': ${messageOf(cause)}`, {
      cause,
      exitCode: EXIT.usage,
    });
  }
}

async function launch(
  { report }: CommandContext,
  { lambda }: FunctionSpec,
  clients: AwsClients,
  payload: Payload,
): Promise<void> {
  // The client that does not try again: an answer that got lost would run the function twice.
  const response = await invokeAsync(await clients.invoker(), lambda.name, payload);
  report.result(asynchronousResult(lambda.name, response));
}

async function invoke(
  { options, report, world }: CommandContext,
  { lambda }: FunctionSpec,
  clients: AwsClients,
  payload: Payload,
): Promise<void> {
  const file = await OutputFile.prepare(options["output_file"], world.cwd);
  const invocation = await invokeSync(await clients.invoker(), lambda.name, payload, world.signal);
  if (file === undefined) report.result(invocationResult(invocation));
  else await file.write(invocation.output, report);
  throwIfFailed(lambda.name, invocation, { options, report });
}
