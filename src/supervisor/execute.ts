import { statfs } from "node:fs/promises";
import { constants } from "node:os";
import type { Volume } from "../container/engine.ts";
import { userVariables } from "../container/image-user.ts";
import { ScarError, type ScarErrorOptions } from "../errors.ts";
import type { InvocationContext } from "./context.ts";
import type { Invocation, Job } from "./events/parse.ts";
import { TMP_IS_FULL } from "./failure.ts";
import { containerEnvironment } from "./request/environment.ts";
import type { RequestFolders } from "./request/folders.ts";
import { programOf } from "./request/program.ts";
import type { CapturedOutput } from "./run/captured-output.ts";
import { type CommandEnd, runCommand } from "./run/command.ts";
import type { Environment } from "./supervisor.ts";
import { timeForCommand } from "./time.ts";

/** One run of the command. */
export interface Run {
  readonly environment: Environment;
  readonly invocation: Invocation;
  readonly context: InvocationContext;
  readonly output: CapturedOutput;
  readonly job: Job;
}

/** Runs the command in the container, its output to log and answer. Throws ScarError when it did not end well in time. */
export async function execute(run: Run, folders: RequestFolders, inputFile: string | undefined): Promise<void> {
  const { container, log, pipe, stream } = run.environment;
  const timeoutMs = timeForCommand(run.environment, run.context);
  const env = environmentOf(run, folders, inputFile);
  const plan = await container.engine.plan({
    rootfs: container.rootfs,
    argv: programOf({
      override: run.invocation.override,
      initScript: run.environment.config.initScript,
      entrypoint: container.config.entrypoint,
      cmd: container.config.cmd,
      rootfs: container.rootfs,
      folder: folders.root,
    }),
    env,
    workdir: container.config.workingDir || "/",
    volumes: volumesOf(run, folders),
    scratch: folders.scratch,
  });
  if (!plan.isolatesWrites) {
    log.warning(
      `engine ${container.engine.name} cannot keep writes apart: files outside $TMP_OUTPUT_DIR stay for the next run`,
    );
  }
  const { warned } = run.environment;
  if (plan.warning !== undefined && !warned.has(plan.warning)) {
    warned.add(plan.warning);
    log.warning(plan.warning);
  }
  // F1 has no PID namespace, and a program that clears its environment is out of the image, but not out of its folder.
  const root = container.engine.name === "F1" ? [container.rootfs] : [];
  const mark = { variable: `TMP_OUTPUT_DIR=${folders.output}`, folders: [folders.root, folders.scratch, ...root] };
  let lastByte = 10;
  const onOutput = (chunk: Buffer): void => {
    lastByte = chunk[chunk.length - 1]!;
    stream.write(chunk);
    run.output.push(chunk);
  };
  let end: CommandEnd;
  try {
    end = await runCommand({ plan, timeoutMs, mark, pipe, onOutput });
  } finally {
    await plan.cleanup();
    // The log's next line must not continue the command's last one.
    if (lastByte !== 10) stream.write("\n");
  }
  if (end.survivors.length > 0) log.warning(`processes ${end.survivors.join(", ")} could not be killed`);
  assertSucceeded(end, timeoutMs, await fullDisk(run.environment.settings.tmp));
}

function environmentOf(run: Run, folders: RequestFolders, inputFile: string | undefined): Record<string, string> {
  const { settings, config, container, log } = run.environment;
  const { input, event } = run.job;
  const record = input.kind === "object" ? input.record : undefined;
  const { env, tooLong } = containerEnvironment({
    requestId: run.context.awsRequestId,
    image: container.config.env,
    user: userVariables(container.rootfs, container.config.user),
    aws: settings.aws,
    variables: config.variables,
    eventVariables: run.invocation.variables,
    folders,
    inputFile,
    objectKey: record?.key,
    eventTime: record?.eventTime,
    event,
    extraPayload: config.extraPayload ? settings.taskRoot : undefined,
  });
  for (const name of tooLong) log.warning(`${name} is longer than a variable can be: the command runs without it`);
  return env;
}

function volumesOf(run: Run, folders: RequestFolders): Volume[] {
  const { settings, config } = run.environment;
  const request = { source: folders.root, target: folders.root };
  if (!config.extraPayload) return [request];
  return [request, { source: settings.taskRoot, target: settings.taskRoot, readOnly: true }];
}

/** What to do when the command's failure is that of a full /tmp; only it knows for sure. */
async function fullDisk(tmp: string): Promise<ScarErrorOptions> {
  const { bavail, bsize } = await statfs(tmp);
  return bavail * bsize < NEARLY_FULL ? { hint: TMP_IS_FULL } : {};
}

/** Bytes of /tmp below which a write of any use fails. */
const NEARLY_FULL = 64 * 1024;

function assertSucceeded(end: CommandEnd, timeoutMs: number, full: ScarErrorOptions): void {
  if (end.timedOut) {
    throw new ScarError(
      "CommandTimedOut",
      `the command was killed at its deadline, after ${(timeoutMs / 1000).toFixed(1)} s`,
      {
        hint: "raise the function's timeout; container.timeout_threshold seconds of it are kept for the outputs",
      },
    );
  }
  if (end.signal) throw new ScarError("CommandKilled", `the command was ended by ${end.signal}`, full);
  if (end.exitCode !== 0)
    throw new ScarError("CommandFailed", `the command ended with exit code ${exitCode(end.exitCode)}`, full);
}

/** Shells, and engines with a process of their own in between, tell a signal as 128 and its number. */
function exitCode(code: number | null): string {
  const signal = Object.entries(constants.signals).find(([, number]) => number === (code ?? 0) - 128)?.[0];
  return signal ? `${code} (${signal})` : String(code);
}
