/** IAM roles and their one inline policy that scar writes. */
import {
  CreateRoleCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  type IAMClient,
  PutRolePolicyCommand,
  UpdateAssumeRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { isAwsError } from "../errors.ts";

export interface RemoteRole {
  readonly arn: string;
  readonly tags: Readonly<Record<string, string>>;
  /** Parsed; undefined: it is not JSON. */
  readonly trust: unknown;
  readonly created?: Date | undefined;
}

/** Undefined when there is no role of that name. */
export async function findRole(iam: IAMClient, RoleName: string): Promise<RemoteRole | undefined> {
  try {
    const { Role } = await iam.send(new GetRoleCommand({ RoleName }));
    const tags = (Role?.Tags ?? []).map(({ Key, Value }) => [Key, Value]);
    return {
      arn: Role?.Arn ?? "",
      tags: Object.fromEntries(tags),
      trust: parsed(Role?.AssumeRolePolicyDocument),
      created: Role?.CreateDate,
    };
  } catch (error) {
    if (isAwsError(error, "NoSuchEntityException", "NoSuchEntity")) return undefined;
    throw error;
  }
}

/** The parsed inline policy; undefined when there is none. */
export async function findRolePolicy(iam: IAMClient, RoleName: string, PolicyName: string): Promise<unknown> {
  try {
    return parsed((await iam.send(new GetRolePolicyCommand({ RoleName, PolicyName }))).PolicyDocument);
  } catch (error) {
    if (isAwsError(error, "NoSuchEntityException", "NoSuchEntity")) return undefined;
    throw error;
  }
}

export interface NewRole {
  readonly name: string;
  readonly description: string;
  readonly trust: object;
  readonly tags: Readonly<Record<string, string>>;
}

/** Its ARN; undefined when somebody else made one of that name meanwhile. */
export async function createRole(iam: IAMClient, role: NewRole): Promise<string | undefined> {
  try {
    const { Role } = await iam.send(
      new CreateRoleCommand({
        RoleName: role.name,
        Description: role.description,
        AssumeRolePolicyDocument: JSON.stringify(role.trust),
        Tags: Object.entries(role.tags).map(([Key, Value]) => ({ Key, Value })),
      }),
    );
    return Role?.Arn ?? "";
  } catch (error) {
    if (isAwsError(error, "EntityAlreadyExistsException", "EntityAlreadyExists")) return undefined;
    throw error;
  }
}

export async function setTrust(iam: IAMClient, RoleName: string, trust: object): Promise<void> {
  await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument: JSON.stringify(trust) }));
}

export async function putRolePolicy(
  iam: IAMClient,
  RoleName: string,
  PolicyName: string,
  policy: object,
): Promise<void> {
  await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName, PolicyDocument: JSON.stringify(policy) }));
}

/** IAM gives documents URL-encoded. */
function parsed(document: string | undefined): unknown {
  try {
    return JSON.parse(decodeURIComponent(document ?? ""));
  } catch {
    return undefined;
  }
}
