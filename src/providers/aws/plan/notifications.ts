/** Bucket notifications as values: merging ours with what is there, and AWS's rule against overlaps. */
import type { Event, FilterRule, LambdaFunctionConfiguration, NotificationConfiguration } from "@aws-sdk/client-s3";
import { filtersOverlap, type KeyFilter } from "./key-filters.ts";

/** The event that starts a function: any way in which an object is created. */
export const CREATED = "s3:ObjectCreated:*";

/** `prefix` holds the folder with its slash; both are empty for the whole bucket. */
export interface Trigger extends KeyFilter {
  readonly functionArn: string;
}

/** All that one command changes in one bucket's notifications. */
export interface NotificationChange {
  readonly bucket: string;
  /** Functions whose triggers are replaced by those of `triggers`; without any there, they are removed. */
  readonly functionArns: readonly string[];
  readonly triggers: readonly Trigger[];
}

/** The configuration after the change; what belongs to others stays, in its order. */
export function mergeNotifications(
  present: NotificationConfiguration,
  change: NotificationChange,
): NotificationConfiguration {
  const ours = new Set(change.functionArns);
  const others = (present.LambdaFunctionConfigurations ?? []).filter((c) => !ours.has(c.LambdaFunctionArn ?? ""));
  const lambdas = [
    ...others,
    ...change.triggers.map((trigger) => ({
      LambdaFunctionArn: trigger.functionArn,
      Events: [CREATED as Event],
      ...filterOf(trigger),
    })),
  ];
  const { LambdaFunctionConfigurations: _, ...rest } = present;
  return lambdas.length === 0 ? rest : { ...rest, LambdaFunctionConfigurations: lambdas };
}

/** S3 compares filters with keys as its events write them: a space is `+`, other special characters are percent-encoded. */
const encodeFilter = (name: string): string => encodeURIComponent(name).replaceAll("%2F", "/").replaceAll("%20", "+");

/** S3 knows no empty rule. */
function filterOf(filter: KeyFilter): Pick<LambdaFunctionConfiguration, "Filter"> {
  const FilterRules = (["prefix", "suffix"] as const)
    .filter((Name) => filter[Name] !== "")
    .map((Name) => ({ Name, Value: encodeFilter(filter[Name]) }));
  return FilterRules.length === 0 ? {} : { Filter: { Key: { FilterRules } } };
}

/** Whether two configurations mean the same, ids and order aside. */
export function sameNotifications(a: NotificationConfiguration, b: NotificationConfiguration): boolean {
  return JSON.stringify(destinations(a).map(key).sort()) === JSON.stringify(destinations(b).map(key).sort());
}

interface Destination extends KeyFilter {
  readonly arn: string;
  readonly events: readonly string[];
}

function key(destination: Destination): string {
  return JSON.stringify([destination.arn, [...destination.events].sort(), destination.prefix, destination.suffix]);
}

function destinations(configuration: NotificationConfiguration): Destination[] {
  const ruleOf = (rules: readonly FilterRule[] | undefined, name: string): string =>
    rules?.find((rule) => rule.Name?.toLowerCase() === name)?.Value ?? "";
  return [
    ...(configuration.LambdaFunctionConfigurations ?? []).map((c) => ({ ...c, arn: c.LambdaFunctionArn })),
    ...(configuration.QueueConfigurations ?? []).map((c) => ({ ...c, arn: c.QueueArn })),
    ...(configuration.TopicConfigurations ?? []).map((c) => ({ ...c, arn: c.TopicArn })),
  ].map((c) => ({
    arn: c.arn ?? "",
    events: c.Events ?? [],
    prefix: ruleOf(c.Filter?.Key?.FilterRules, "prefix"),
    suffix: ruleOf(c.Filter?.Key?.FilterRules, "suffix"),
  }));
}

/** Pairs that S3 would refuse: a common event, and both prefixes and suffixes overlap. */
export function overlaps(configuration: NotificationConfiguration): [Destination, Destination][] {
  const all = destinations(configuration);
  return all.flatMap((a, i) =>
    all.slice(i + 1).flatMap((b): [Destination, Destination][] => {
      const clash = a.events.some((x) => b.events.some((y) => sameEvent(x, y))) && filtersOverlap(a, b);
      return clash ? [[a, b]] : [];
    }),
  );
}

/** `s3:ObjectCreated:*` covers `s3:ObjectCreated:Put`. */
function sameEvent(a: string, b: string): boolean {
  const covers = (wide: string, narrow: string) => wide.endsWith("*") && narrow.startsWith(wide.slice(0, -1));
  return a === b || covers(a, b) || covers(b, a);
}
