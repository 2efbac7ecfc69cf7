import { ScarError } from "../../errors.ts";
import type { FunctionSpec } from "../../fdl/spec.ts";
import type { AwsClients } from "../../providers/aws/clients.ts";
import { invokeSync } from "../../providers/aws/controllers/invocations.ts";
import type { CommandContext } from "../command.ts";
import { throwIfFailed } from "./run-failure.ts";

/**
 * `init -ph`: one synchronous invocation without an event, after which an environment has the image. Throws ScarError `PreheatFailed` when
 * it fails; the function stays.
 */
export async function preheat(context: CommandContext, { lambda }: FunctionSpec, clients: AwsClients): Promise<void> {
  const { report, world } = context;
  report.notice(`Preheating function '${lambda.name}' …`);
  try {
    const invocation = await invokeSync(await clients.invoker(), lambda.name, {}, world.signal);
    throwIfFailed(lambda.name, invocation, context);
  } catch (cause) {
    if (!(cause instanceof ScarError) || cause.code === "Interrupted") throw cause;
    throw new ScarError(
      "PreheatFailed",
      `function '${lambda.name}' was created, but preheating it failed: ${cause.message}`,
      {
        cause,
        ...(cause.hint === undefined ? {} : { hint: cause.hint }),
      },
    );
  }
  report.result({ text: "Preheating successful" });
}
