/** CloudWatch log groups of functions. */
import {
  type CloudWatchLogsClient,
  CreateLogGroupCommand,
  type CreateLogGroupCommandOutput,
  DeleteLogGroupCommand,
  type DeleteLogGroupCommandOutput,
  DescribeLogGroupsCommand,
  ListTagsForResourceCommand,
  type LogGroup as LogGroupDescription,
  PutRetentionPolicyCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { isAwsError } from "../errors.ts";

/** The group's tags; undefined when there is no such group. Tags alone do not tell: moto keeps those of deleted groups. */
export async function logGroupTags(
  logs: CloudWatchLogsClient,
  name: string,
  arn: () => Promise<string>,
): Promise<Readonly<Record<string, string>> | undefined> {
  const group = await findGroup(logs, name);
  return group === undefined ? undefined : tagsOf(logs, await arn());
}

async function findGroup(logs: CloudWatchLogsClient, name: string): Promise<LogGroupDescription | undefined> {
  const { logGroups } = await logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: name, limit: 1 }));
  // Names are listed in order: the one that is the prefix itself comes first.
  return logGroups?.[0]?.logGroupName === name ? logGroups[0] : undefined;
}

async function tagsOf(logs: CloudWatchLogsClient, arn: string): Promise<Readonly<Record<string, string>>> {
  try {
    return (await logs.send(new ListTagsForResourceCommand({ resourceArn: arn }))).tags ?? {};
  } catch (error) {
    if (isAwsError(error, "ResourceNotFoundException")) return {};
    throw error;
  }
}

/** Days; undefined: for ever, or there is no such group. */
export async function logRetention(logs: CloudWatchLogsClient, name: string): Promise<number | undefined> {
  return (await findGroup(logs, name))?.retentionInDays;
}

export interface LogGroup {
  readonly name: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly retentionInDays: number;
}

/** Undefined when somebody else made it meanwhile: it is then left as it is. */
export async function createLogGroup(
  logs: CloudWatchLogsClient,
  group: LogGroup,
): Promise<CreateLogGroupCommandOutput | undefined> {
  try {
    const created = await logs.send(new CreateLogGroupCommand({ logGroupName: group.name, tags: { ...group.tags } }));
    await setRetention(logs, group);
    return created;
  } catch (error) {
    if (isAwsError(error, "ResourceAlreadyExistsException")) return undefined;
    throw error;
  }
}

export async function setRetention(logs: CloudWatchLogsClient, group: LogGroup): Promise<void> {
  await logs.send(new PutRetentionPolicyCommand({ logGroupName: group.name, retentionInDays: group.retentionInDays }));
}

/** Undefined when it was gone already. */
export async function deleteLogGroup(
  logs: CloudWatchLogsClient,
  name: string,
): Promise<DeleteLogGroupCommandOutput | undefined> {
  try {
    return await logs.send(new DeleteLogGroupCommand({ logGroupName: name }));
  } catch (error) {
    if (isAwsError(error, "ResourceNotFoundException")) return undefined;
    throw error;
  }
}
