/** What the functions of a command want of their input buckets' notifications. */
import type { FunctionSpec } from "../../../fdl/spec.ts";
import { functionArn } from "../arn.ts";
import type { InitState } from "./init-state.ts";
import type { NotificationChange } from "./notifications.ts";
import { inputsOf } from "./storage.ts";

/** The triggers of all functions, one change a bucket. */
export function notificationChanges(
  specs: readonly FunctionSpec[],
  state: Pick<InitState, "identity" | "region">,
): NotificationChange[] {
  const changes = new Map<
    string,
    { bucket: string; functionArns: string[]; triggers: NotificationChange["triggers"] }
  >();
  for (const input of inputsOf(specs)) {
    const arn = functionArn(state.identity, state.region, input.functionName);
    const change = changes.get(input.bucket) ?? { bucket: input.bucket, functionArns: [], triggers: [] };
    if (!change.functionArns.includes(arn)) change.functionArns.push(arn);
    change.triggers = [...change.triggers, ...input.filters.map((filter) => ({ functionArn: arn, ...filter }))];
    changes.set(input.bucket, change);
  }
  return [...changes.values()];
}
