import { ScarError } from "../errors.ts";
import type { ContainerHost, ReadyContainer } from "./container-host.ts";
import type { InvocationContext } from "./context.ts";
import { isEndpointRequest, isServiceEvent, parseEvent } from "./events/parse.ts";
import { describeFailure, publicFailure } from "./failure.ts";
import { loadFunctionConfig, type SupervisorConfig } from "./function-config.ts";
import { runInvocation } from "./invocation.ts";
import { createLogger, type Logger, type LogStream } from "./logger.ts";
import { sweepRequestFolders } from "./request/folders.ts";
import { failureResponse, functionError, type SupervisorResponse, successResponse } from "./response.ts";
import { CapturedOutput, KEPT } from "./run/captured-output.ts";
import { OutputPipe } from "./run/output-pipe.ts";
import type { Settings } from "./settings.ts";
import type { ObjectStore } from "./storage/object-store.ts";
import { timeBeforeAnswer, within } from "./time.ts";

/** What a warm environment keeps between invocations: nothing that belongs to a request. */
export interface Environment {
  readonly settings: Settings;
  readonly config: SupervisorConfig;
  readonly container: ReadyContainer;
  readonly host: ContainerHost;
  readonly stream: LogStream;
  readonly log: Logger;
  readonly pipe: OutputPipe | undefined;
  /** Loads the SDK at its first use. */
  readonly openStore: () => Promise<ObjectStore>;
  /** What the log was told of the engine, which need not be said again. */
  readonly warned: Set<string>;
}

export type Supervisor = (payload: unknown, context: InvocationContext) => Promise<SupervisorResponse>;

/** Builds the supervisor of one execution environment. Its image is unpacked once; what failed is tried again by the next invocation. */
export function createSupervisor(readSettings: () => Settings, host: ContainerHost, stream: LogStream): Supervisor {
  let ready: Promise<Environment> | undefined;
  const environment = async (context: InvocationContext): Promise<Environment> => {
    ready ??= prepare(readSettings(), host, stream, context);
    try {
      return await ready;
    } catch (error) {
      ready = undefined;
      throw error;
    }
  };
  return async (payload, context) => {
    const output = new CapturedOutput();
    try {
      await runInvocation(await environment(context), parseEvent(payload), context, output);
      if (output.isCut && isEndpointRequest(payload)) throw outputTooLarge(output);
      return successResponse(context, output.contents());
    } catch (error) {
      const failure = describeFailure(error, output);
      createLogger(stream, "ERROR").error(failure.logged);
      if (isServiceEvent(payload)) throw functionError(failure.code, failure.message);
      if (!isEndpointRequest(payload)) return failureResponse(context, failure.message);
      const { message, statusCode } = publicFailure(error);
      return failureResponse(context, message, statusCode);
    }
  };
}

/** `scar run` gets beginning and end of it, and a line that says so; a client of an endpoint would take them for the whole. */
function outputTooLarge(output: CapturedOutput): ScarError {
  const most = KEPT.head + KEPT.tail;
  return new ScarError("OutputTooLarge", `the output has ${output.total} bytes, an answer can carry ${most}`, {
    hint: "it is in this log; files in $TMP_OUTPUT_DIR may be larger",
  });
}

/** What to do when an image does not get ready in one invocation. */
const SLOW_IMAGE =
  "raise the function's timeout or its memory, which its network and processor share out by, or take a smaller image";

async function prepare(
  settings: Settings,
  host: ContainerHost,
  stream: LogStream,
  context: InvocationContext,
): Promise<Environment> {
  const config = await loadFunctionConfig(settings.taskRoot);
  const log = createLogger(stream, settings.logLevel ?? config.logLevel);
  const [container] = await Promise.all([
    within(timeBeforeAnswer(context), SLOW_IMAGE, (signal) => host.prepare(config, settings, { log, signal })),
    sweepRequestFolders(settings.tmp, host.removeTree),
  ]);
  // Not before: an environment that never gets ready must not leave one behind.
  const pipe = await OutputPipe.create().catch(() => undefined);
  if (!pipe) log.debug("no mkfifo: the order of the command's two output streams may be lost");
  for (const notice of container.notices) log.warning(notice);
  let store: Promise<ObjectStore> | undefined;
  const openStore = (): Promise<ObjectStore> => {
    store ??= import("./storage/s3.ts").then(({ createS3Store }) => createS3Store(settings, log));
    return store;
  };
  return { settings, config, container, host, stream, log, pipe, openStore, warned: new Set() };
}
