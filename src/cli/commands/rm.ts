import { messageOf, ScarError, throwTogether } from "../../errors.ts";
import type { AwsClients } from "../../providers/aws/clients.ts";
import { otherOwnerNotice } from "../../providers/aws/plan/ownership.ts";
import type { RmTarget } from "../../providers/aws/plan/rm-state.ts";
import type { Plan } from "../../providers/aws/plan/steps.ts";
import { planRemoval, remove } from "../../providers/aws/rm.ts";
import type { Command, CommandContext } from "../command.ts";
import { confirm } from "../prompt.ts";
import { removedResults } from "../report/output.ts";
import { planResult } from "./plan-result.ts";
import { bySession, withClients } from "./sessions.ts";

/** `scar rm`: removes the functions with their log groups and notifications; never buckets or files. */
export const command: Command = {
  async run(context) {
    const { report, options } = context;
    const outcome: Outcome = { plans: [], errors: [] };
    if (options["all"] === true) {
      const session = await context.session();
      await withClients(session, async (clients) => removeAll(context, clients, outcome));
    } else {
      for (const { session, functions } of await bySession(context)) {
        const targets = functions.map(({ lambda }) => ({ functionName: lambda.name, lambda }));
        await withClients(session, (clients) => removeTargets(context, clients, targets, outcome));
      }
    }
    if (options["dry_run"] === true) report.result(planResult(outcome.plans.flat()));
    throwTogether(outcome.errors);
    return undefined;
  },
};

/** Of all sessions. */
interface Outcome {
  readonly plans: Plan[];
  readonly errors: ScarError[];
}

async function removeAll(context: CommandContext, clients: AwsClients, outcome: Outcome): Promise<void> {
  const { ownNames } = await import("../../providers/aws/own.ts");
  const { functions, leftovers } = await ownNames(clients);
  if (functions.length + leftovers.length === 0) {
    context.report.notice(`There are no functions of yours in region '${clients.session.region}'.`);
    return;
  }
  const targets = [...functions, ...leftovers].map((functionName) => ({ functionName }));
  await removeTargets(context, clients, targets, outcome, () =>
    confirm(context.world, questionOf(functions, leftovers, clients.session.region), "--yes"),
  );
}

/** How many there are, and which. */
function questionOf(functions: readonly string[], leftovers: readonly string[], region: string): string {
  const listed = (names: readonly string[]): string => names.map((name) => `'${name}'`).join(", ");
  const counted = functions.length === 1 ? "1 function" : `${functions.length} functions`;
  const parts = [
    ...(functions.length > 0 ? [`${counted} in region '${region}' (${listed(functions)})`] : []),
    ...(leftovers.length > 0 ? [`what is left of ${listed(leftovers)}`] : []),
  ];
  return `Delete ${parts.join(" and ")}?`;
}

/** @param asks whether to go on, once it is known that nothing is refused; `--yes` answers. */
async function removeTargets(
  { report, world, options }: CommandContext,
  clients: AwsClients,
  targets: readonly RmTarget[],
  outcome: Outcome,
  asks: () => Promise<boolean> = async () => true,
): Promise<void> {
  const removal = await planRemoval(targets, clients);
  const named = options["all"] !== true;
  if (named) outcome.errors.push(...removal.missing);
  for (const { functionName, otherOwner } of removal.states) {
    if (otherOwner !== undefined) report.notice(otherOwnerNotice(functionName, otherOwner));
  }
  if (options["dry_run"] === true) {
    outcome.plans.push(removal.plan);
    return;
  }
  if (options["yes"] !== true && !(await asks())) {
    report.notice("Nothing was deleted.");
    return;
  }
  const { removed, failures } = await remove(removal, { clients, signal: world.signal, notice: report.notice });
  for (const result of removed.flatMap(removedResults)) report.result(result);
  outcome.errors.push(...failureErrors(failures, named && targets.length === 1));
}

/** A function that was asked for alone fails with its own error; of several each is named. */
function failureErrors(failures: ReadonlyMap<string, unknown>, alone: boolean): ScarError[] {
  return [...failures].map(([name, error]) => {
    if (alone && error instanceof ScarError) return error;
    return new ScarError("RemovalFailed", `function '${name}' was not wholly removed: ${messageOf(error)}`, {
      cause: error,
      hint: "run it again: it goes on where it stopped",
    });
  });
}
