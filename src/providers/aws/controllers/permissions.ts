/** Which buckets may start a function: its policy. */
import {
  AddPermissionCommand,
  GetPolicyCommand,
  type LambdaClient,
  RemovePermissionCommand,
} from "@aws-sdk/client-lambda";
import { isAwsError } from "../errors.ts";

export interface BucketPermission {
  readonly statementId: string;
  readonly bucket: string;
}

interface Statement {
  readonly Sid?: string;
  readonly Principal?: { readonly Service?: string };
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** Statements for S3 that name one bucket. */
export async function bucketPermissions(lambda: LambdaClient, functionName: string): Promise<BucketPermission[]> {
  try {
    const { Policy } = await lambda.send(new GetPolicyCommand({ FunctionName: functionName }));
    const { Statement = [] } = JSON.parse(Policy ?? "{}") as { Statement?: readonly Statement[] };
    return Statement.flatMap((statement) => {
      const bucket = bucketOf(statement);
      return bucket === undefined ? [] : [{ statementId: statement.Sid ?? "", bucket }];
    });
  } catch (error) {
    if (isAwsError(error, "ResourceNotFoundException")) return [];
    throw error;
  }
}

function bucketOf({ Principal, Condition = {} }: Statement): string | undefined {
  if (Principal?.Service !== "s3.amazonaws.com") return undefined;
  const conditions = Object.values(Condition).flatMap((condition) => Object.entries(condition));
  const [, source = ""] = conditions.find(([key]) => key.toLowerCase() === "aws:sourcearn") ?? [];
  return /^arn:[^:]+:s3:::([^/*?]+)$/.exec(source)?.[1];
}

/** Lets S3 invoke the function for one bucket of one account. A permission that is there already is success. */
export async function allowBucket(
  lambda: LambdaClient,
  permission: { functionName: string; bucket: string; bucketArn: string; accountId: string },
): Promise<void> {
  try {
    await lambda.send(
      new AddPermissionCommand({
        FunctionName: permission.functionName,
        // Underscores are no part of bucket names: the id stays unique.
        StatementId: `scar-s3-${permission.bucket.replaceAll(".", "_")}`,
        Action: "lambda:InvokeFunction",
        Principal: "s3.amazonaws.com",
        SourceArn: permission.bucketArn,
        SourceAccount: permission.accountId,
      }),
    );
  } catch (error) {
    if (!isAwsError(error, "ResourceConflictException")) throw error;
  }
}

/** One that is gone already is success. */
export async function forbidBucket(
  lambda: LambdaClient,
  functionName: string,
  statementIds: readonly string[],
): Promise<void> {
  for (const StatementId of statementIds) {
    try {
      await lambda.send(new RemovePermissionCommand({ FunctionName: functionName, StatementId }));
    } catch (error) {
      if (!isAwsError(error, "ResourceNotFoundException")) throw error;
    }
  }
}
