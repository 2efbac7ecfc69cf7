/** Names and ARNs that follow from account, region and partition. */

/** Whose account it is, and who asks. */
export interface Identity {
  readonly accountId: string;
  /** `aws`, `aws-cn`, `aws-us-gov`. */
  readonly partition: string;
  /** Value of the tag `owner`: the IAM user's id, or the role's id without the session's name. */
  readonly owner: string;
}

/** Account and partition from any ARN of the account. */
export function parseArn(arn: string): { partition: string; region: string; accountId: string; resource: string } {
  const [, partition = "aws", , region = "", accountId = "", ...resource] = arn.split(":");
  return { partition, region, accountId, resource: resource.join(":") };
}

export function functionArn(identity: Identity, region: string, name: string): string {
  return `arn:${identity.partition}:lambda:${region}:${identity.accountId}:function:${name}`;
}

export function logGroupArn(identity: Identity, region: string, name: string): string {
  return `arn:${identity.partition}:logs:${region}:${identity.accountId}:log-group:${name}`;
}

export function bucketArn(identity: Pick<Identity, "partition">, bucket: string): string {
  return `arn:${identity.partition}:s3:::${bucket}`;
}

/** A REST API's, as tags know it; it has no account. */
export function apiArn(
  { partition, region }: { readonly partition: string; readonly region: string },
  id: string,
): string {
  return `arn:${partition}:apigateway:${region}::/restapis/${id}`;
}

export function logGroupName(functionName: string): string {
  return `/aws/lambda/${functionName}`;
}

/** Name and version of a layer version's ARN. */
export function parseLayerArn(arn: string): { name: string; version: number } | undefined {
  const match = /:layer:([^:]+):(\d+)$/.exec(arn);
  return match ? { name: match[1]!, version: Number(match[2]) } : undefined;
}
