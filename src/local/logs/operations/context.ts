import type { AwsResponse, LocalSettings } from "../../service.ts";
import type { Group, GroupStore } from "../group-store.ts";
import { type Input, invalid, notFound, text } from "../input.ts";
import type { StreamFile } from "../stream-file.ts";

export interface Context {
  readonly settings: LocalSettings;
  readonly groups: GroupStore;
}

export type Operation = (context: Context, input: Input) => Promise<AwsResponse>;

export function groupArn({ region, accountId }: LocalSettings, name: string): string {
  return `arn:aws:logs:${region}:${accountId}:log-group:${name}`;
}

/** The name of a new group. */
export function groupName(input: Input): string {
  const name = text(input, "logGroupName") ?? "";
  if (!/^[.\-_/#A-Za-z0-9]{1,512}$/.test(name)) {
    throw invalid(
      `1 validation error detected: Value '${name}' at 'logGroupName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\.\\-_/#A-Za-z0-9]+`,
    );
  }
  return name;
}

/** The name of a new stream. */
export function streamName(input: Input): string {
  const name = text(input, "logStreamName") ?? "";
  if (!/^[^:*\p{Cs}]{1,512}$/u.test(name)) {
    throw invalid(
      `1 validation error detected: Value '${name}' at 'logStreamName' failed to satisfy constraint: Member must satisfy regular expression pattern: [^:*]*`,
    );
  }
  return name;
}

/** The group that a request names: by `logGroupName`, or by name or ARN in `logGroupIdentifier`. */
export function requireGroup({ groups }: Context, input: Input): Group {
  const named = text(input, "logGroupName") ?? nameOfArn(text(input, "logGroupIdentifier") ?? "");
  const group = groups.get(named);
  if (!group) throw notFound("group");
  return group;
}

export function requireStream(group: Group, input: Input): StreamFile {
  const stream = group.stream(text(input, "logStreamName") ?? "");
  if (!stream) throw notFound("stream");
  return stream;
}

/** The name inside a group's ARN, with or without `:*`; other text as it is. */
export function nameOfArn(arn: string): string {
  return /^arn:[^:]*:logs:[^:]*:[^:]*:log-group:([^:]+)(:\*)?$/.exec(arn)?.[1] ?? arn;
}
