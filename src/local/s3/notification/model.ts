/** A bucket's notification configuration, as it is kept and as events are matched against it. */
import { eventKey, matchesFilter } from "./event-key.ts";

export interface FilterRule {
  readonly name: "prefix" | "suffix";
  readonly value: string;
}

export type DestinationKind = "lambda" | "queue" | "topic";

export interface NotificationRule {
  readonly id: string;
  readonly kind: DestinationKind;
  readonly arn: string;
  /** `s3:ObjectCreated:*`, … */
  readonly events: readonly string[];
  readonly filter: readonly FilterRule[];
}

export interface NotificationConfiguration {
  readonly rules: readonly NotificationRule[];
  readonly eventBridge: boolean;
}

/** Events are named with `s3:` in the configuration and without it in records. */
export type EventName =
  | "ObjectCreated:Put"
  | "ObjectCreated:Copy"
  | "ObjectCreated:CompleteMultipartUpload"
  | "ObjectRemoved:Delete"
  | "ObjectTagging:Put"
  | "ObjectTagging:Delete"
  | "ObjectAcl:Put";

export const filterValue = (rule: Pick<NotificationRule, "filter">, name: FilterRule["name"]): string =>
  rule.filter.find((filter) => filter.name === name)?.value ?? "";

/** Whether a configured event (`s3:ObjectCreated:*`) covers an event name. */
export const covers = (configured: string, event: string): boolean =>
  configured.endsWith("*") ? `s3:${event}`.startsWith(configured.slice(0, -1)) : configured === `s3:${event}`;

/** The rules that an event on this key fires. */
export function matchingRules(
  configuration: NotificationConfiguration | undefined,
  event: EventName,
  key: string,
): readonly NotificationRule[] {
  if (!configuration) return [];
  const encoded = eventKey(key);
  return configuration.rules.filter(
    (rule) =>
      rule.events.some((configured) => covers(configured, event)) &&
      matchesFilter(encoded, filterValue(rule, "prefix"), filterValue(rule, "suffix")),
  );
}
