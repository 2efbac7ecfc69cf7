/** Log groups: made, listed, tagged, deleted. */
import { notServed } from "../../service.ts";
import type { Group } from "../group-store.ts";
import { answer, done, exists, type Input, invalid, limit, notFound, number, tags, text } from "../input.ts";
import { type Context, groupArn, groupName, nameOfArn, type Operation, requireGroup } from "./context.ts";
import { pageOf } from "./page.ts";

const RETENTION_DAYS = new Set([
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
]);

export const createLogGroup: Operation = async ({ groups }, input) => {
  const name = groupName(input);
  if (groups.get(name)) throw exists("group");
  if (text(input, "kmsKeyId") !== undefined) throw notServed("CreateLogGroup with a key of KMS");
  const logClass = text(input, "logGroupClass");
  if (logClass !== undefined && logClass !== "STANDARD") throw notServed(`The log class ${logClass}`);
  groups.create(name, tags(input));
  return done;
};

export const deleteLogGroup: Operation = async (context, input) => {
  await context.groups.delete(requireGroup(context, input));
  return done;
};

export const describeLogGroups: Operation = async (context, input) => {
  const [prefix, pattern] = [text(input, "logGroupNamePrefix"), text(input, "logGroupNamePattern")];
  if (prefix !== undefined && pattern !== undefined) {
    throw invalid("LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.");
  }
  const named = identifiers(input);
  const ofOtherClass = !["STANDARD", undefined].includes(text(input, "logGroupClass"));
  const found = context.groups
    .all()
    .filter(({ record: { name } }) => name.startsWith(prefix ?? "") && name.includes(pattern ?? ""))
    .filter(({ record: { name } }) => !ofOtherClass && (named === undefined || named.includes(name)));
  const { items, nextToken } = pageOf(found, text(input, "nextToken"), limit(input, "limit", 50));
  return answer({ logGroups: items.map((group) => describe(context, group)), nextToken });
};

/** The groups that a request names by names or ARNs; undefined: all. */
function identifiers(input: Input): readonly string[] | undefined {
  const named = input["logGroupIdentifiers"];
  if (named === undefined || named === null) return undefined;
  if (!Array.isArray(named) || named.length < 1 || named.length > 50)
    throw invalid("logGroupIdentifiers holds 1 to 50 names");
  return named.map((name) => nameOfArn(String(name)));
}

export const putRetentionPolicy: Operation = async (context, input) => {
  const group = requireGroup(context, input);
  const days = number(input, "retentionInDays");
  if (days === undefined || !RETENTION_DAYS.has(days)) {
    throw invalid(
      `1 validation error detected: Value '${days}' at 'retentionInDays' failed to satisfy constraint: Member must be one of ${[...RETENTION_DAYS].join(", ")}`,
    );
  }
  group.save({ ...group.record, retentionInDays: days });
  await group.expire();
  return done;
};

export const deleteRetentionPolicy: Operation = async (context, input) => {
  const group = requireGroup(context, input);
  const { retentionInDays: _forever, ...rest } = group.record;
  group.save(rest);
  return done;
};

export const listTags: Operation = async (context, input) => answer({ tags: tagged(context, input).record.tags });

export const tag: Operation = async (context, input) => {
  const group = tagged(context, input);
  const all = { ...group.record.tags, ...tags(input) };
  if (Object.keys(all).length > 50) throw invalid("A resource has at most 50 tags");
  group.save({ ...group.record, tags: all });
  return done;
};

export const untag: Operation = async (context, input) => {
  const group = tagged(context, input);
  const keys = input["tagKeys"] ?? input["tags"];
  if (!Array.isArray(keys)) throw invalid("tagKeys is not a list");
  const left = Object.entries(group.record.tags).filter(([key]) => !keys.includes(key));
  group.save({ ...group.record, tags: Object.fromEntries(left) });
  return done;
};

/** The newer operations name the resource by its ARN, the older ones by the group's name. */
function tagged(context: Context, input: Input): Group {
  const arn = text(input, "resourceArn");
  if (arn === undefined) return requireGroup(context, input);
  const group = context.groups.get(nameOfArn(arn));
  if (!group) throw notFound("group");
  return group;
}

function describe({ settings }: Context, group: Group): Record<string, unknown> {
  const { name, created, retentionInDays } = group.record;
  const arn = groupArn(settings, name);
  return {
    logGroupName: name,
    logGroupArn: arn,
    arn: `${arn}:*`,
    creationTime: created,
    ...(retentionInDays === undefined ? {} : { retentionInDays }),
    metricFilterCount: 0,
    logGroupClass: "STANDARD",
    storedBytes: group.streams().reduce((sum, stream) => sum + stream.facts().bytes, 0),
  };
}
