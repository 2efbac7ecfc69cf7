/** `scar run` over the files of a function's S3 input. */
import { EXIT, ScarError } from "../../errors.ts";
import type { FunctionSpec } from "../../fdl/spec.ts";
import type { AwsClients } from "../../providers/aws/clients.ts";
import { callerIdentity } from "../../providers/aws/controllers/identity.ts";
import { type FanOutRequest, fanOut, type InputFile, inputFiles, type Sent } from "../../providers/aws/fan-out.ts";
import { type InputPlace, inputPlaces } from "../../providers/aws/plan/storage.ts";
import { ask } from "../ask.ts";
import type { CommandContext } from "../command.ts";
import { sentResult } from "../report/output-run.ts";
import { throwIfFailed } from "./run-failure.ts";
import { RunSummary } from "./run-summary.ts";
import { runVariables } from "./run-variables.ts";
import { Waiting } from "./run-wait.ts";

/** The function's input folders in S3. */
export function inputFolders({ lambda }: FunctionSpec): InputPlace[] {
  return inputPlaces(lambda.input);
}

/**
 * Those whose files it is to run over: asked for each on a terminal (Enter is yes, as its capital letter says), elsewhere all of them;
 * `--no-files` says none.
 */
export async function chosenFolders(
  { options, world }: CommandContext,
  folders: readonly InputPlace[],
): Promise<readonly InputPlace[]> {
  if (options["no_files"] === true) return [];
  if (!world.stdin.isTTY) return folders;
  const chosen: InputPlace[] = [];
  for (const folder of folders) if (await isWanted(world, folder)) chosen.push(folder);
  return chosen;
}

async function isWanted(world: CommandContext["world"], { bucket, folder }: InputPlace): Promise<boolean> {
  const where = `${bucket}/${folder}`.replace(/\/$/, "");
  world.stderr.write("This function has an associated 'S3' input bucket.\n");
  const answer = await ask(world, `Do you want to launch the function using the files in '${where}'? [Y/n] `);
  if (answer !== undefined) return /^\s*(y|yes)?\s*$/i.test(answer);
  throw new ScarError("NeedsConfirmation", "there was no answer", {
    exitCode: EXIT.usage,
    hint: "--no-files runs the function once, without files",
  });
}

/** One function's run over its files. */
interface FilesRun {
  readonly context: CommandContext;
  readonly functionName: string;
  readonly summary: RunSummary;
  readonly waiting: Waiting | undefined;
  readonly send: (files: AsyncIterable<InputFile> | Iterable<InputFile>, asynchronous: boolean) => AsyncGenerator<Sent>;
}

/** Throws the first file's failure, or ScarError `FilesFailed` once all the others have had their turn. */
export async function runOverFiles(
  context: CommandContext,
  { lambda }: FunctionSpec,
  clients: AwsClients,
  folders: readonly InputPlace[],
): Promise<void> {
  const { options, report, world } = context;
  world.sweepEarly?.();
  const functionName = lambda.name;
  const waiting = options["wait"] === true ? await Waiting.prepare(context, clients, functionName) : undefined;
  const { partition } = await callerIdentity(clients);
  const invoker = await clients.invoker();
  const request: Omit<FanOutRequest, "asynchronous"> = {
    functionName,
    partition,
    region: clients.session.region,
    variables: runVariables(context),
    signal: world.signal,
  };
  const send: FilesRun["send"] = (files, asynchronous) => fanOut(invoker, files, { ...request, asynchronous });
  const summary = new RunSummary(functionName, waiting !== undefined);
  const run: FilesRun = { context, functionName, summary, waiting, send };
  try {
    await sendAll(run, inputFiles({ sdk: clients.s3 }, folders), lambda.asynchronous);
    const again = options["retry_failed"] === true ? summary.takeFailed() : [];
    if (again.length > 0) {
      const which = again.length === 1 ? "the file that failed" : `the ${again.length} files that failed`;
      if (options["json"] !== true && options["verbose"] !== true) report.notice(`Running ${which} once more …`);
      await sendAll(run, again, true);
    }
  } finally {
    // Left by an interruption alone.
    summary.leave(waiting?.open ?? 0);
    if (summary.files > 0) summary.report(context);
  }
  if (summary.files === 0) {
    for (const { bucket, folder } of folders) report.notice(`There are no files in '${bucket}/${folder}'`);
  }
  summary.throwIfFailed();
}

/** Sends the files, and with `--wait` waits for their ends. */
async function sendAll(
  { context, functionName, summary, waiting, send }: FilesRun,
  files: AsyncIterable<InputFile> | Iterable<InputFile>,
  asynchronous: boolean,
): Promise<void> {
  waiting?.begin();
  for await (const sent of send(files, asynchronous)) {
    context.report.result(sentResult(sent));
    const { file, first, failure, response } = sent;
    if (failure !== undefined) summary.failed(file, failure.message);
    else if (first?.failure !== undefined) summary.failed(file, first.failure, first.requestId);
    else if (first !== undefined || waiting === undefined) summary.succeeded();
    else waiting.expect(response?.$metadata.requestId ?? "", file);
    if (first) throwIfFailed(functionName, first, context);
  }
  await waiting?.end(summary);
}
