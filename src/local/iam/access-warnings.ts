/**
 * Here a function may do everything. What its role's policies would not allow on AWS, in S3 and in writing its log, is said in its log
 * and in the server's: once for each function, action and bucket in one run of the server. Roles that are not known here are left alone.
 */
import { messageOf } from "../../errors.ts";
import { type Identity, type LogSink, logGroup, type S3Access, type S3Observer } from "../service.ts";
import type { RequestKeys, RoleAccess } from "./role-access.ts";
import { permissionsOf } from "./s3-actions.ts";

export interface AccessWarningPorts {
  readonly roles: RoleAccess;
  readonly logs: LogSink;
  readonly region: string;
  /** The server's log. */
  readonly log: (text: string) => void;
}

export interface AccessWarnings {
  /** To be told of every request to S3. */
  readonly s3: S3Observer;
  /** To be told when credentials are given to a function, whose log AWS writes with its role's rights. */
  starting(identity: Identity): void;
}

/** The stream of a function's log group that has nothing but these warnings. */
const STREAM = "policy-warnings";
const LOG_ACTIONS = ["logs:CreateLogStream", "logs:PutLogEvents"];

export function accessWarnings({ roles, logs, region, log }: AccessWarningPorts): AccessWarnings {
  const told = new Set<string>();

  /** @param scope within which an action is told of once */
  function check(identity: Identity, action: string, resource: string, scope: string, keys: RequestKeys): void {
    const { roleArn, functionName } = identity;
    if (roleArn === undefined || functionName === undefined) return;
    const once = JSON.stringify([functionName, roleArn, action, scope]);
    if (told.has(once)) return;
    const decision = roles.decide(roleArn, action, resource, keys);
    if (decision !== "explicitDeny" && decision !== "implicitDeny") return;
    told.add(once);
    const why = decision === "explicitDeny" ? "a policy denies it" : "no policy allows it";
    const role = roleArn.slice(roleArn.lastIndexOf("/") + 1);
    const message = `WARNING: role ${role} would not be allowed ${action} on ${resource} by AWS: ${why}\n`;
    log(`${functionName}: ${message.trimEnd()}`);
    logs
      .append(logGroup(functionName), STREAM, [{ timestamp: Date.now(), message }])
      .catch((error: unknown) => log(`${functionName}: the warning is not in its log: ${messageOf(error)}`));
  }

  return {
    s3(access, operation) {
      const { identity, bucket: asked, key } = access;
      if (identity.functionName === undefined) return;
      const keys = s3Keys(access);
      for (const { action, bucket, resource } of permissionsOf(
        operation,
        asked,
        key,
        header(access, "x-amz-copy-source"),
      )) {
        check(identity, action, resource, bucket, keys);
      }
    },
    starting(identity) {
      const { accountId, functionName = "" } = identity;
      const resource = `arn:aws:logs:${region}:${accountId}:log-group:${logGroup(functionName)}:log-stream:*`;
      for (const action of LOG_ACTIONS) check(identity, action, resource, "", { "aws:requestedregion": [region] });
    },
  };
}

/** The condition keys that hang on nothing but a request to S3. */
function s3Keys(access: S3Access): RequestKeys {
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
