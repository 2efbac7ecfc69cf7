/** `scar run` over the files of a function's S3 input. */
import { createInterface } from "node:readline/promises";
import type { FunctionSpec } from "../../fdl/spec.ts";
import type { AwsClients } from "../../providers/aws/clients.ts";
import { callerIdentity } from "../../providers/aws/controllers/identity.ts";
import { fanOut } from "../../providers/aws/fan-out.ts";
import { type InputPlace, inputPlaces } from "../../providers/aws/plan/storage.ts";
import type { CommandContext } from "../command.ts";
import { sentResult } from "../report/output-run.ts";
import { throwIfFailed } from "./run-failure.ts";
import { runVariables } from "./run-variables.ts";

/** The function's input folders in S3. */
export function inputFolders({ lambda }: FunctionSpec): InputPlace[] {
  return inputPlaces(lambda.input);
}

/** Asked on a terminal (Enter is yes, as its capital letter says); elsewhere the answer is yes, and `--no-files` says no. */
export async function useInputFiles(
  { options, world }: CommandContext,
  folders: readonly InputPlace[],
): Promise<boolean> {
  if (options["no_files"] === true) return false;
  if (!world.stdin.isTTY) return true;
  const where = folders.map(({ bucket, folder }) => `'${bucket}/${folder}'`).join(", ");
  world.stderr.write("This function has an associated 'S3' input bucket.\n");
  const terminal = createInterface({ input: world.stdin, output: world.stderr });
  try {
    const question = `Do you want to launch the function using the files in ${where}? [Y/n] `;
    const answer = await terminal.question(question, { signal: world.signal });
    return /^\s*(y|yes)?\s*$/i.test(answer);
  } finally {
    terminal.close();
  }
}

export async function runOverFiles(
  context: CommandContext,
  { lambda }: FunctionSpec,
  clients: AwsClients,
  folders: readonly InputPlace[],
): Promise<void> {
  const { report, world } = context;
  const { partition } = await callerIdentity(clients);
  const [s3, invoker] = await Promise.all([clients.s3(), clients.invoker()]);
  for (const place of folders) {
    let sent = 0;
    const events = fanOut(
      { s3, invoker },
      {
        functionName: lambda.name,
        place,
        partition,
        region: clients.session.region,
        asynchronous: lambda.asynchronous,
        variables: runVariables(context),
        signal: world.signal,
      },
    );
    for await (const event of events) {
      sent++;
      report.result(sentResult(event));
      if (event.first) throwIfFailed(lambda.name, event.first, context);
    }
    if (sent === 0) report.notice(`There are no files in '${place.bucket}/${place.folder}'`);
  }
}
