/** What S3 refuses in a notification configuration. */
import { invalidArgument } from "../errors.ts";
import { type FilterRule, filterValue, type NotificationConfiguration, type NotificationRule } from "./model.ts";

/** The event types of S3's documentation; each family also by its `*`. */
const FAMILIES: Readonly<Record<string, readonly string[]>> = {
  ObjectCreated: ["Put", "Post", "Copy", "CompleteMultipartUpload"],
  ObjectRemoved: ["Delete", "DeleteMarkerCreated"],
  ObjectRestore: ["Post", "Completed", "Delete"],
  Replication: [
    "OperationFailedReplication",
    "OperationMissedThreshold",
    "OperationReplicatedAfterThreshold",
    "OperationNotTracked",
  ],
  LifecycleExpiration: ["Delete", "DeleteMarkerCreated"],
  ObjectTagging: ["Put", "Delete"],
};
const SINGLE = [
  "s3:ReducedRedundancyLostObject",
  "s3:LifecycleTransition",
  "s3:IntelligentTiering",
  "s3:ObjectAcl:Put",
];

const EVENT_TYPES: ReadonlySet<string> = new Set([
  ...SINGLE,
  ...Object.entries(FAMILIES).flatMap(([family, names]) => [...names, "*"].map((name) => `s3:${family}:${name}`)),
]);

/** Throws `InvalidArgument` for what the document alone shows to be wrong. */
export function validateNotification({ rules }: NotificationConfiguration): void {
  const ids = new Set<string>();
  for (const rule of rules) {
    for (const event of rule.events) {
      if (!EVENT_TYPES.has(event))
        throw invalidArgument(`The event '${event}' is not supported for notifications`, "Event", event);
    }
    for (const name of ["prefix", "suffix"] satisfies FilterRule["name"][]) {
      if (rule.filter.filter((filter) => filter.name === name).length > 1) {
        throw invalidArgument(`Cannot specify more than one ${name} rule in a filter.`);
      }
    }
    if (ids.has(rule.id))
      throw invalidArgument("Same ID used for multiple configurations. IDs must be unique", "Id", rule.id);
    ids.add(rule.id);
  }
  rules.forEach((rule, i) => {
    const other = rules.slice(i + 1).find((candidate) => overlap(rule, candidate));
    if (other) {
      throw invalidArgument(
        "Configuration is ambiguously defined. Cannot have overlapping suffixes in two rules if the prefixes are overlapping for the same event type.",
      );
    }
  });
}

/** Whether some event on some key would fire both. */
export function overlap(a: NotificationRule, b: NotificationRule): boolean {
  const prefixes = [filterValue(a, "prefix"), filterValue(b, "prefix")] as const;
  const suffixes = [filterValue(a, "suffix"), filterValue(b, "suffix")] as const;
  return (
    a.events.some((x) => b.events.some((y) => sameType(x, y))) &&
    (prefixes[0].startsWith(prefixes[1]) || prefixes[1].startsWith(prefixes[0])) &&
    (suffixes[0].endsWith(suffixes[1]) || suffixes[1].endsWith(suffixes[0]))
  );
}

function sameType(x: string, y: string): boolean {
  const stem = (event: string) => event.slice(0, -1);
  return x === y || (x.endsWith("*") && y.startsWith(stem(x))) || (y.endsWith("*") && x.startsWith(stem(y)));
}
