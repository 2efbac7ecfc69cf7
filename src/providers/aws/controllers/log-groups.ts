/** CloudWatch log groups of functions. */
import {
  type CloudWatchLogsClient,
  CreateLogGroupCommand,
  type CreateLogGroupCommandOutput,
  DeleteLogGroupCommand,
  type DeleteLogGroupCommandOutput,
  DescribeLogGroupsCommand,
  ListTagsForResourceCommand,
  PutRetentionPolicyCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { isAwsError } from "../errors.ts";

/** The group's tags; undefined when there is no such group. Tags alone do not tell: moto keeps those of deleted groups. */
export async function logGroupTags(
  logs: CloudWatchLogsClient,
  name: string,
  arn: string,
): Promise<Readonly<Record<string, string>> | undefined> {
  const [found, tags] = await Promise.all([
    logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: name, limit: 1 })),
    tagsOf(logs, arn),
  ]);
  // Names are listed in order: the one that is the prefix itself comes first.
  return found.logGroups?.[0]?.logGroupName === name ? tags : undefined;
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
  const { logGroups } = await logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: name, limit: 1 }));
  const [found] = logGroups ?? [];
  return found?.logGroupName === name ? found.retentionInDays : undefined;
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
