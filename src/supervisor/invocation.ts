import { messageOf, ScarError } from "../errors.ts";
import type { InvocationContext } from "./context.ts";
import type { Input, Invocation } from "./events/parse.ts";
import { isFolderMarker } from "./events/s3-records.ts";
import { execute, type Run } from "./execute.ts";
import { makeRequestFolders, type RequestFolders, removeRequestFolders } from "./request/folders.ts";
import type { CapturedOutput } from "./run/captured-output.ts";
import { stageInContent, stageInObject } from "./storage/stage-in.ts";
import { stageOut } from "./storage/stage-out.ts";
import type { Environment } from "./supervisor.ts";

/** Runs the function's command: once, or for an event with several objects once for each. Throws ScarError when a run failed. */
export async function runInvocation(
  environment: Environment,
  invocation: Invocation,
  context: InvocationContext,
  output: CapturedOutput,
): Promise<void> {
  const common = { environment, invocation, context, output };
  if (invocation.input.kind !== "objects") return runOnce({ ...common, record: undefined });
  const failures: unknown[] = [];
  for (const record of invocation.input.records) {
    if (isFolderMarker(record)) {
      environment.log.info(`s3://${record.bucket}/${record.key} is a folder marker, nothing to process`);
      continue;
    }
    try {
      await runOnce({ ...common, record });
    } catch (error) {
      // The others are processed all the same: each object's output stands for itself.
      failures.push(error);
      if (invocation.input.records.length > 1)
        environment.log.error(`s3://${record.bucket}/${record.key}: ${messageOf(error)}`);
    }
  }
  if (failures.length === 0) return;
  if (failures.length === 1) throw failures[0];
  throw new ScarError(
    "SeveralFailed",
    `${failures.length} of ${invocation.input.records.length} objects failed: ${failures.map(messageOf).join("; ")}`,
  );
}

async function runOnce(run: Run): Promise<void> {
  const { settings, host, log, config, openStore } = run.environment;
  const folders = await makeRequestFolders(settings.tmp, run.context.awsRequestId, host.removeTree);
  try {
    const inputFile = await stageIn(run, run.invocation.input, folders);
    await execute(run, folders, inputFile);
    await stageOut(folders.output, config.outputs, openStore, log);
  } finally {
    await removeRequestFolders(folders, host.removeTree);
  }
}

async function stageIn(run: Run, input: Input, folders: RequestFolders): Promise<string | undefined> {
  const { config, log, openStore } = run.environment;
  if (input.kind === "file") return stageInContent(input.name, input.content, folders.input);
  if (!run.record) return undefined;
  if (config.stageIn) return stageInObject(run.record, folders.input, await openStore(), log);
  log.info(`file_stage_in is false: s3://${run.record.bucket}/${run.record.key} is not downloaded`);
  return undefined;
}
