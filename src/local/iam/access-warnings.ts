/**
 * Here a function may do everything in S3. What its role's policies would not allow on AWS is said in its log and in the
 * server's: once for each function, action and bucket in one run of the server. Roles that are not known here are left alone.
 */
import { messageOf } from "../../errors.ts";
import type { LogSink, S3Access } from "../service.ts";
import type { RequestKeys, RoleAccess } from "./role-access.ts";
import { permissionsOf } from "./s3-actions.ts";

export interface AccessWarningPorts {
  readonly roles: RoleAccess;
  readonly logs: LogSink;
  /** The server's log. */
  readonly log: (text: string) => void;
}

/** The stream of a function's log group that has nothing but these warnings. */
const STREAM = "policy-warnings";

/** What is to be told of every request to S3. */
export function accessWarnings({ roles, logs, log }: AccessWarningPorts): (access: S3Access) => void {
  const told = new Set<string>();
  return (access) => {
    const { roleArn, functionName } = access.identity;
    if (roleArn === undefined || functionName === undefined) return;
    const keys = requestKeys(access);
    const permissions = permissionsOf(access.operation, access.bucket, access.key, header(access, "x-amz-copy-source"));
    for (const { action, bucket, resource } of permissions) {
      const once = JSON.stringify([functionName, roleArn, action, bucket]);
      if (told.has(once)) continue;
      const decision = roles.decide(roleArn, action, resource, keys);
      if (decision !== "explicitDeny" && decision !== "implicitDeny") continue;
      told.add(once);
      const why = decision === "explicitDeny" ? "a policy denies it" : "no policy allows it";
      const role = roleArn.slice(roleArn.lastIndexOf("/") + 1);
      const message = `WARNING: role ${role} would not be allowed ${action} on ${resource} by AWS: ${why}\n`;
      log(`${functionName}: ${message.trimEnd()}`);
      logs
        .append(`/aws/lambda/${functionName}`, STREAM, [{ timestamp: Date.now(), message }])
        .catch((error: unknown) => log(`${functionName}: the warning is not in its log: ${messageOf(error)}`));
    }
  };
}

/** The request's condition keys that hang on nothing but the request. */
function requestKeys(access: S3Access): RequestKeys {
  const query = (name: string): string[] => access.query.getAll(name);
  const optional = (name: string): string[] => {
    const value = header(access, name);
    return value === undefined ? [] : [value];
  };
  return {
    "aws:requestedregion": [access.region],
    "aws:resourceaccount": [access.identity.accountId],
    "aws:userid": [access.identity.userId],
    "s3:delimiter": query("delimiter"),
    "s3:max-keys": query("max-keys"),
    "s3:prefix": query("prefix"),
    "s3:resourceaccount": [access.identity.accountId],
    "s3:versionid": query("versionId"),
    "s3:x-amz-acl": optional("x-amz-acl"),
    "s3:x-amz-server-side-encryption": optional("x-amz-server-side-encryption"),
    "s3:x-amz-storage-class": optional("x-amz-storage-class"),
  };
}

function header({ headers }: S3Access, name: string): string | undefined {
  const value = headers[name];
  return typeof value === "string" ? value : undefined;
}
