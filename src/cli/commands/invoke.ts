import type { FunctionSpec } from "../../fdl/spec.ts";
import { invokeEndpoint } from "../../providers/aws/invoke.ts";
import type { Command, CommandContext } from "../command.ts";
import { endpointResult, launchedResult } from "../report/output-invoke.ts";
import { eachFunction } from "./each-function.ts";
import { dataOf, queryOf } from "./invoke-data.ts";
import { OutputFile, refuseOutputFile } from "./run-output.ts";
import { withClients } from "./sessions.ts";
import { chosenFunctions } from "./target.ts";

/** `scar invoke`: calls a function through its HTTP endpoint, and shows or saves what it answers. */
export const command: Command = {
  async run(context) {
    const specs = await chosenFunctions(context);
    if (specs.length > 1) {
      refuseOutputFile(context.options["output_file"], "several functions are called", "--function NAME calls one");
    }
    await eachFunction(context, specs, (spec) => invokeOne(context, spec));
    return undefined;
  },
};

async function invokeOne(context: CommandContext, spec: FunctionSpec): Promise<void> {
  const { options, report, world } = context;
  const { asynchronous, name: functionName } = spec.lambda;
  const query = queryOf(spec);
  const data = await dataOf(context, spec);
  const file = asynchronous ? undefined : await OutputFile.prepare(options["output_file"], world.cwd);
  if (asynchronous && options["output_file"] !== undefined) {
    report.notice("-o: nothing to save, as an asynchronous call has no output; its log tells.");
  }
  const { answer, failure } = await withClients(await context.session(spec), (clients) =>
    invokeEndpoint(clients, {
      functionName,
      data,
      query,
      asynchronous,
      authorization: spec.request.authorization,
      env: world.env,
      signal: world.signal,
      notice: report.notice,
    }),
  );
  if (failure === undefined && asynchronous) report.result(launchedResult(functionName, answer));
  else if (failure === undefined && file !== undefined) await file.write(answer.output, report);
  else if (failure === undefined || (answer.exception !== undefined && file === undefined)) {
    report.result(endpointResult(answer));
  }
  if (failure !== undefined) throw failure;
}
