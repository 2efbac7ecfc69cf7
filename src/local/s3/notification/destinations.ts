/** Where events go: which destinations a configuration may name, whether S3 may reach them, and the delivery. */
import { AwsError, type EventTarget, type QueueTarget } from "../../service.ts";
import { invalidArgument } from "../errors.ts";
import type { DestinationKind, NotificationRule } from "./model.ts";

export interface Destinations {
  readonly functions: EventTarget;
  readonly queues: QueueTarget;
}

/** The ARN of each kind of destination, and its element in the configuration. */
const KINDS: Readonly<Record<DestinationKind, { readonly arn: RegExp; readonly element: string }>> = {
  lambda: { arn: /^arn:aws[\w-]*:lambda:[\w-]+:\d{12}:function:[\w-]+(?::[\w$-]+)?$/, element: "CloudFunction" },
  queue: { arn: /^arn:aws[\w-]*:sqs:[\w-]+:\d{12}:[\w.-]+$/, element: "Queue" },
  topic: { arn: /^arn:aws[\w-]*:sns:[\w-]+:\d{12}:[\w.-]+$/, element: "Topic" },
};

/** Throws `InvalidArgument`. */
export function checkArns(rules: readonly NotificationRule[]): void {
  for (const { kind, arn } of rules) {
    if (!KINDS[kind].arn.test(arn)) throw invalidArgument("The ARN could not be parsed", KINDS[kind].element, arn);
  }
}

/** What stands against sending events of the bucket there; undefined when nothing does. */
function refusal(
  { kind, arn }: NotificationRule,
  bucketArn: string,
  account: string,
  { functions, queues }: Destinations,
): string | undefined {
  try {
    if (kind === "lambda") functions.checkDestination(arn, bucketArn, account);
    if (kind === "queue") queues.checkQueue(arn, bucketArn, account);
    return undefined;
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    // Of functions S3 says only this, whether they are missing or do not let it.
    return kind === "lambda" ? `Not authorized to invoke function [${arn}]` : error.details["ArgumentValue1"];
  }
}

/** Throws one `InvalidArgument` that names every destination which S3 may not reach. */
export function checkDestinations(
  rules: readonly NotificationRule[],
  bucketArn: string,
  account: string,
  destinations: Destinations,
): void {
  const details: Record<string, string> = {};
  let count = 0;
  for (const rule of rules) {
    const reason = refusal(rule, bucketArn, account, destinations);
    if (reason === undefined) continue;
    count++;
    details[`ArgumentName${count}`] = rule.kind === "lambda" ? `${rule.arn}, null` : rule.arn;
    details[`ArgumentValue${count}`] = reason;
  }
  if (count === 0) return;
  throw new AwsError(400, "InvalidArgument", "Unable to validate the following destination configurations", details);
}

/** Resolves when the message is the destination's, on disk. A destination that was deleted loses it. */
export async function deliver(
  { kind, arn }: Pick<NotificationRule, "kind" | "arn">,
  document: object,
  { functions, queues }: Destinations,
): Promise<void> {
  const body = JSON.stringify(document);
  try {
    if (kind === "lambda") await functions.enqueue(arn, Buffer.from(body));
    if (kind === "queue") await queues.send(arn, body);
  } catch (error) {
    if (!(error instanceof AwsError && (error.status === 404 || error.code === "QueueDoesNotExist"))) throw error;
  }
}
