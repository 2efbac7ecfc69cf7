/** The steps that take back what a failed init had done. */
import type { Step } from "./steps.ts";

/**
 * Buckets, folders and layers stay: data may be in the ones already, other functions may use the others.
 * @param apis ids of the APIs that were created, by their function's name
 */
export function planRollback(done: readonly Step[], apis: ReadonlyMap<string, string> = new Map()): Step[][] {
  const created = done.flatMap((step) => (step.kind === "create-function" ? [step.definition] : []));
  const arns = new Set(created.map((definition) => definition.arn));
  const stages: Step[][] = [
    done.flatMap((step): Step[] => {
      if (step.kind !== "change-notifications") return [];
      const functionArns = step.change.functionArns.filter((arn) => arns.has(arn));
      return functionArns.length === 0
        ? []
        : [{ kind: "change-notifications", change: { bucket: step.change.bucket, functionArns, triggers: [] } }];
    }),
    [...apis].map(([functionName, apiId]): Step => ({ kind: "delete-api", functionName, apiId })),
    created.map((definition): Step => ({ kind: "delete-function", functionName: definition.name })),
    done.flatMap((step): Step[] =>
      step.kind === "create-log-group"
        ? [{ kind: "delete-log-group", functionName: step.functionName, group: step.group.name }]
        : isOwnPackage(step)
          ? [{ kind: "delete-package", functionName: step.functionName, bucket: step.bucket, key: step.key }]
          : [],
    ),
  ];
  return stages.filter((stage) => stage.length > 0);
}

/** The package of a function that this init would have made: nothing else needs it. */
function isOwnPackage(step: Step): step is Extract<Step, { kind: "upload-package" }> {
  return step.kind === "upload-package" && !step.resumes;
}

/** What stays of a failed init, for the user to know. */
export function keptAfterRollback(done: readonly Step[]): string[] {
  return done.flatMap((step) => {
    switch (step.kind) {
      case "create-bucket":
        return [`bucket '${step.bucket}'`];
      case "create-folder":
        return [`folder '${step.folder}' in bucket '${step.bucket}'`];
      case "upload-package":
        return step.resumes ? [`object '${step.bucket}/${step.key}'`] : [];
      case "publish-layer":
        return [`layer '${step.layer.name}'`];
      default:
        return [];
    }
  });
}
