import { readFile, writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { messageOf, ScarError } from "../../errors.ts";
import type { FunctionSpec } from "../../fdl/spec.ts";
import type { AwsClients } from "../../providers/aws/clients.ts";
import {
  commandPayload,
  type Invocation,
  invokeAsync,
  invokeSync,
  type Payload,
  scriptPayload,
} from "../../providers/aws/controllers/invocations.ts";
import type { Command, CommandContext } from "../command.ts";
import { asynchronousResult, invocationResult } from "../report/output-run.ts";
import { withClients } from "./sessions.ts";
import { oneFunction } from "./target.ts";

/** `scar run`: invokes a function and shows what its container wrote. */
export const command: Command = {
  async run(context) {
    const spec = oneFunction(context);
    const payload = await payloadOf(context, spec);
    await withClients(await context.session(spec), (clients) =>
      spec.lambda.asynchronous ? launch(context, spec, clients, payload) : invoke(context, spec, clients, payload),
    );
    return undefined;
  },
};

/** A command wins over a script, a script over what the function runs by itself. */
async function payloadOf({ args }: CommandContext, { files }: FunctionSpec): Promise<Payload> {
  if (args.length > 0) return commandPayload(args);
  if (files.run_script === undefined) return {};
  try {
    return scriptPayload(await readFile(files.run_script));
  } catch (cause) {
    throw new ScarError("FileNotFound", `Unable to read the script '${files.run_script}': ${messageOf(cause)}`, {
      cause,
    });
  }
}

async function launch(
  { report }: CommandContext,
  { lambda }: FunctionSpec,
  clients: AwsClients,
  payload: Payload,
): Promise<void> {
  const response = await invokeAsync(await clients.lambda(), lambda.name, payload);
  report.result(asynchronousResult(lambda.name, response));
}

async function invoke(
  { options, report, world }: CommandContext,
  { lambda }: FunctionSpec,
  clients: AwsClients,
  payload: Payload,
): Promise<void> {
  const invocation = await invokeSync(await clients.invoker(), lambda.name, payload, world.signal);
  const file = options["output_file"];
  if (typeof file === "string") {
    await writeFile(resolve(world.cwd, file), invocation.output);
    report.notice(`Output saved in file '${file}'`);
  } else {
    report.result(invocationResult(invocation));
  }
  throwIfFailed(lambda.name, invocation, report.notice);
}

function throwIfFailed(
  name: string,
  { failure, logTail, requestId }: Invocation,
  notice: (text: string) => void,
): void {
  if (failure === undefined) return;
  if (logTail !== "") notice(logTail.trimEnd());
  throw new ScarError("FunctionFailed", `Function '${name}' failed: ${failure}`, {
    hint: `'scar log -n ${name} -ri ${requestId}' shows what it wrote`,
  });
}
