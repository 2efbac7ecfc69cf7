import { anySignal } from "../../any-signal.ts";
import { EXIT } from "../../errors.ts";
import type { FunctionSpec } from "../../fdl/spec.ts";
import { logGroupName } from "../../providers/aws/arn.ts";
import { type LogRequest, logEvents } from "../../providers/aws/log.ts";
import type { Command, CommandContext } from "../command.ts";
import { parseSince } from "../since.ts";
import { withClients } from "./sessions.ts";
import { chosenFunctions } from "./target.ts";

/** `scar log`: what a function wrote, whole or of one stream or request; with `--follow`, until Ctrl-C, which is no failure then. */
export const command: Command = {
  async run(context) {
    const { options, report, world } = context;
    const since = text(options["since"]);
    const request = {
      logStream: text(options["log_stream_name"]),
      requestId: text(options["request_id"]),
      since: since === undefined ? undefined : parseSince(since, Date.now()),
    };
    const specs = await chosenFunctions(context);
    if (options["follow"] === true) {
      await followAll(context, specs, request);
      return EXIT.ok;
    }
    for (const spec of specs) {
      if (specs.length > 1) report.notice(`Log Group Name: ${logGroupName(spec.lambda.name)}`);
      await printLog(context, spec, { ...request, signal: world.signal });
    }
    return undefined;
  },
};

/** All at once; the first that fails ends them all, and so does a reader that goes away (`scar log --follow | head`). */
async function followAll(
  context: CommandContext,
  specs: readonly FunctionSpec[],
  request: Omit<LogRequest, "functionName" | "signal">,
): Promise<void> {
  const { stdout, signal: interrupted } = context.world;
  const failed = new AbortController();
  const end = (): void => failed.abort();
  stdout.once("error", end);
  const signal = anySignal([interrupted, failed.signal]);
  const work = specs.map(async (spec) => {
    try {
      await printLog(context, spec, { ...request, follow: true, signal });
    } catch (error) {
      end();
      throw error;
    }
  });
  const rejected = (await Promise.allSettled(work)).find((one) => one.status === "rejected");
  stdout.off("error", end);
  if (rejected && !interrupted.aborted) throw rejected.reason;
}

async function printLog(
  context: CommandContext,
  spec: FunctionSpec,
  request: Omit<LogRequest, "functionName">,
): Promise<void> {
  const functionName = spec.lambda.name;
  await withClients(await context.session(spec), async (clients) => {
    for await (const { time, stream, message } of logEvents(clients, { ...request, functionName })) {
      context.report.result({
        text: message,
        json: {
          LogGroupName: logGroupName(functionName),
          LogStreamName: stream,
          Timestamp: new Date(time).toISOString(),
          Message: message,
        },
      });
    }
  });
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
