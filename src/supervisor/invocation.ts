import { messageOf, ScarError } from "../errors.ts";
import type { InvocationContext } from "./context.ts";
import type { Input, Invocation } from "./events/parse.ts";
import { execute, type Run } from "./execute.ts";
import { explain } from "./failure.ts";
import { makeRequestFolders, type RequestFolders, removeRequestFolders } from "./request/folders.ts";
import type { CapturedOutput } from "./run/captured-output.ts";
import { stageInContent, stageInObject } from "./storage/stage-in.ts";
import { stageOut } from "./storage/stage-out.ts";
import type { Environment } from "./supervisor.ts";
import { timeBeforeAnswer, timeForCommand, within } from "./time.ts";

/** Runs the function's command: once, or for an event with several objects once for each. Throws ScarError when a run failed. */
export async function runInvocation(
  environment: Environment,
  invocation: Invocation,
  context: InvocationContext,
  output: CapturedOutput,
): Promise<void> {
  const { log } = environment;
  for (const { level, message } of invocation.notes) log[level](message);
  const failures: unknown[] = [];
  for (const job of invocation.jobs) {
    try {
      await runOnce({ environment, invocation, context, output, job });
    } catch (error) {
      // The others are processed all the same: each object's output stands for itself.
      failures.push(error);
      if (invocation.jobs.length > 1) log.error(`${nameOf(job.input)}: ${explain(error)}`);
    }
  }
  if (failures.length === 0) return;
  if (failures.length === 1) throw failures[0];
  throw new ScarError(
    "SeveralFailed",
    `${failures.length} of ${invocation.jobs.length} inputs failed: ${failures.map(explain).join("; ")}`,
  );
}

function nameOf(input: Input): string {
  if (input.kind === "object") return `s3://${input.record.bucket}/${input.record.key}`;
  return input.kind === "file" ? input.name : "no input";
}

async function runOnce(run: Run): Promise<void> {
  const { settings, host, log, config, openStore } = run.environment;
  const folders = await makeRequestFolders(settings.tmp, run.context.awsRequestId, host.removeTree);
  try {
    const inputFile = await stageIn(run, folders);
    await execute(run, folders, inputFile);
    await within(
      timeBeforeAnswer(run.context),
      "raise the function's timeout or container.timeout_threshold",
      (signal) => stageOut({ folder: folders.output, outputs: config.outputs, openStore, signal, log }),
    );
  } finally {
    // The run's own end is what its caller must see; what stays is swept away by the next environment.
    await removeRequestFolders(folders, host.removeTree).catch((error: unknown) => {
      log.warning(`the request's folders could not be removed: ${messageOf(error)}`);
    });
  }
}

async function stageIn(run: Run, folders: RequestFolders): Promise<string | undefined> {
  const { config, log, openStore } = run.environment;
  const { input } = run.job;
  if (input.kind === "file") return stageInContent(input.name, input.content, folders.input);
  if (input.kind === "none") return undefined;
  if (!config.stageIn) {
    log.info(`file_stage_in is false: s3://${input.record.bucket}/${input.record.key} is not downloaded`);
    return undefined;
  }
  const store = await openStore();
  return within(timeForCommand(run.environment, run.context), "raise the function's timeout", (signal) =>
    stageInObject(input.record, folders.input, store, signal, log),
  );
}
