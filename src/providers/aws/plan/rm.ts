/** Whether functions may be removed, and the steps that remove them. Pure. */
import { notSupportedYet, ScarError, throwTogether } from "../../../errors.ts";
import { decodeFdlVariable, ENV, TAG } from "../../../fdl/contract.ts";
import { logGroupName } from "../arn.ts";
import type { RemoteFunction } from "../controllers/functions.ts";
import { packageKey } from "./definition.ts";
import type { NotificationChange } from "./notifications.ts";
import type { RmState } from "./rm-state.ts";
import type { Plan, Step } from "./steps.ts";

/** Ours: tagged by scar, or carrying the FDL that only scar writes (the original's older functions). */
export function isOurs(found: RemoteFunction): boolean {
  return found.tags[TAG.createdBy] === "scar" || decodeFdlVariable(found.variables[ENV.fdl]) !== undefined;
}

/** Throws before the first write for what is not ours, or has parts that this version cannot remove: one error that names all. */
export function checkRm(states: readonly RmState[]): void {
  const problems = states.flatMap(({ functionName, function: found }) =>
    found === undefined ? [] : (refusalOf(functionName, found) ?? []),
  );
  throwTogether(problems);
}

function refusalOf(functionName: string, found: RemoteFunction): ScarError | undefined {
  if (!isOurs(found)) {
    return new ScarError("NotOurs", `Function '${functionName}' was not created by scar, and is left as it is`, {
      hint: "remove it with the tool that made it",
    });
  }
  const parts = unservedParts(found);
  return parts === undefined ? undefined : notSupportedYet(`rm of function '${functionName}' with its ${parts}`);
}

/** What a function of the original has beside it and this version does not know how to handle. */
export function unservedParts({ variables }: Pick<RemoteFunction, "variables">): string | undefined {
  const fdl = decodeFdlVariable(variables[ENV.fdl]);
  if (fdl?.execution_mode !== undefined && fdl.execution_mode !== "lambda") return "AWS Batch resources";
  // An image that the user made himself is his.
  return fdl?.runtime === "image" && fdl.container?.create_image !== false ? "ECR repository" : undefined;
}

/**
 * Notifications and APIs first, so that nothing is sent to a function that is gone; its log group last, as it still writes to it. The package
 * and APIs without tags go before the function, which alone tells `rm -n` of them: a removal that was cut between them finds them again.
 */
export function planRm(states: readonly RmState[]): Plan {
  const changes = new Map<string, NotificationChange>();
  for (const { arn, buckets } of states) {
    for (const bucket of buckets) {
      const functionArns = [...(changes.get(bucket)?.functionArns ?? []), arn];
      changes.set(bucket, { bucket, functionArns, triggers: [] });
    }
  }
  const stages: Step[][] = [
    [
      ...[...changes.values()].map((change): Step => ({ kind: "change-notifications", change })),
      ...states.flatMap(({ functionName, apis }) =>
        apis.map((apiId): Step => ({ kind: "delete-api", functionName, apiId })),
      ),
    ],
    states.flatMap(({ functionName, packages }) =>
      packages.map((bucket): Step => {
        return { kind: "delete-package", functionName, bucket, key: packageKey(functionName) };
      }),
    ),
    states.flatMap(({ functionName, function: found }): Step[] =>
      found === undefined ? [] : [{ kind: "delete-function", functionName }],
    ),
    states.flatMap(({ functionName, ownLogGroup }): Step[] =>
      ownLogGroup ? [{ kind: "delete-log-group", functionName, group: logGroupName(functionName) }] : [],
    ),
  ];
  return stages.filter((stage) => stage.length > 0);
}
