/** Which buckets and APIs may start a function: its policy. */
import {
  AddPermissionCommand,
  type AddPermissionCommandInput,
  GetPolicyCommand,
  type LambdaClient,
  RemovePermissionCommand,
} from "@aws-sdk/client-lambda";
import { isAwsError } from "../errors.ts";

export interface BucketPermission {
  readonly statementId: string;
  readonly bucket: string;
}

export interface ApiPermission {
  readonly statementId: string;
  readonly apiId: string;
}

export interface Statement {
  readonly Sid?: string;
  readonly Principal?: { readonly Service?: string };
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** The statements of a function's policy; none for a function without one, and for one that is not there. */
export async function policyStatements(lambda: LambdaClient, functionName: string): Promise<readonly Statement[]> {
  try {
    const { Policy } = await lambda.send(new GetPolicyCommand({ FunctionName: functionName }));
    return (JSON.parse(Policy ?? "{}") as { Statement?: readonly Statement[] }).Statement ?? [];
  } catch (error) {
    if (isAwsError(error, "ResourceNotFoundException")) return [];
    throw error;
  }
}

/** Statements for S3 that name one bucket. */
export function bucketPermissions(statements: readonly Statement[]): BucketPermission[] {
  return statements.flatMap((statement) => {
    const bucket = /^arn:[^:]+:s3:::([^/*?]+)$/.exec(sourceArn(statement, "s3.amazonaws.com"))?.[1];
    return bucket === undefined ? [] : [{ statementId: statement.Sid ?? "", bucket }];
  });
}

/** Statements for API Gateway that name one API. */
export function apiPermissions(statements: readonly Statement[]): ApiPermission[] {
  return statements.flatMap((statement) => {
    const source = sourceArn(statement, "apigateway.amazonaws.com");
    const apiId = /^arn:[^:]+:execute-api:[^:]*:[^:]*:([a-z0-9]+)\//.exec(source)?.[1];
    return apiId === undefined ? [] : [{ statementId: statement.Sid ?? "", apiId }];
  });
}

/** "" for a statement about another service, or about all of its resources. */
function sourceArn({ Principal, Condition = {} }: Statement, service: string): string {
  if (Principal?.Service !== service) return "";
  const conditions = Object.values(Condition).flatMap((condition) => Object.entries(condition));
  const [, source = ""] = conditions.find(([key]) => key.toLowerCase() === "aws:sourcearn") ?? [];
  return source;
}

/** Lets S3 invoke the function for one bucket of one account. A permission that is there already is success. */
export async function allowBucket(
  lambda: LambdaClient,
  permission: { functionName: string; bucket: string; bucketArn: string; accountId: string },
): Promise<void> {
  await allow(lambda, {
    FunctionName: permission.functionName,
    // Underscores are no part of bucket names: the id stays unique.
    StatementId: `scar-s3-${permission.bucket.replaceAll(".", "_")}`,
    Principal: "s3.amazonaws.com",
    SourceArn: permission.bucketArn,
    SourceAccount: permission.accountId,
  });
}

/** Lets one API invoke the function. A permission that is there already is success. */
export async function allowApi(
  lambda: LambdaClient,
  permission: { functionName: string; apiId: string; sourceArn: string; accountId: string },
): Promise<void> {
  await allow(lambda, {
    FunctionName: permission.functionName,
    StatementId: apiStatementId(permission.apiId),
    Principal: "apigateway.amazonaws.com",
    SourceArn: permission.sourceArn,
    SourceAccount: permission.accountId,
  });
}

export function apiStatementId(apiId: string): string {
  return `scar-api-${apiId}`;
}

async function allow(lambda: LambdaClient, permission: Omit<AddPermissionCommandInput, "Action">): Promise<void> {
  try {
    await lambda.send(new AddPermissionCommand({ ...permission, Action: "lambda:InvokeFunction" }));
  } catch (error) {
    if (!isAwsError(error, "ResourceConflictException")) throw error;
  }
}

/** One that is gone already is success. */
export async function removePermissions(
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
