import { logGroupName } from "../../providers/aws/arn.ts";
import { logMessages } from "../../providers/aws/log.ts";
import type { Command } from "../command.ts";
import { withClients } from "./sessions.ts";
import { oneFunction } from "./target.ts";

/** `scar log`: what a function wrote, whole or of one stream or request. */
export const command: Command = {
  async run(context) {
    const spec = oneFunction(context);
    await withClients(await context.session(spec), async (clients) => {
      const messages = logMessages(clients, {
        functionName: spec.lambda.name,
        logStream: text(context.options["log_stream_name"]),
        requestId: text(context.options["request_id"]),
        signal: context.world.signal,
      });
      for await (const message of messages) {
        context.report.result({
          text: message,
          json: { LogGroupName: logGroupName(spec.lambda.name), Message: message },
        });
      }
    });
    return undefined;
  },
};

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
