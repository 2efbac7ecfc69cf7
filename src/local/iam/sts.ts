/** STS: who signed, and credentials of sessions, which sign until they expire. */
import type { Credentials } from "../http/credentials.ts";
import { handleQuery, type QueryAction } from "../http/query-protocol.ts";
import { AwsError, type Identity, type LocalService } from "../service.ts";
import { validationError } from "./errors.ts";
import { constraint, integer, required } from "./fields.ts";
import { readPolicy } from "./policy/document.ts";
import { trusts } from "./policy/evaluate.ts";
import type { IamStore, RoleRecord } from "./store.ts";

const HOUR = 3600;

export interface StsPorts {
  readonly store: IamStore;
  readonly credentials: Pick<Credentials, "issue">;
}

export function createStsService(ports: StsPorts): LocalService {
  const api = { namespace: "https://sts.amazonaws.com/doc/2011-06-15/", actions: stsActions(ports) };
  return {
    scopes: ["sts"],
    errorStyle: "query-xml",
    handle: (request) => handleQuery(api, request),
    close: async () => {},
  };
}

function stsActions({ store, credentials }: StsPorts): Readonly<Record<string, QueryAction>> {
  /** @param seconds how long the session lasts */
  const session = (identity: Identity, seconds: number) => {
    const expires = (Math.floor(Date.now() / 1000) + seconds) * 1000;
    const { accessKeyId, secretAccessKey, sessionToken } = credentials.issue(identity, expires);
    return {
      AccessKeyId: accessKeyId,
      SecretAccessKey: secretAccessKey,
      SessionToken: sessionToken,
      Expiration: new Date(expires).toISOString().replace(".000", ""),
    };
  };
  return {
    GetCallerIdentity: (_, { identity }) => ({
      Arn: identity.arn,
      UserId: identity.userId,
      Account: identity.accountId,
    }),
    GetSessionToken: (parameters, { identity }) => {
      if (identity.roleArn !== undefined) {
        throw new AwsError(403, "AccessDenied", "Cannot call GetSessionToken with session credentials");
      }
      return { Credentials: session(identity, integer(parameters, "DurationSeconds", 900, 36 * HOUR) ?? 12 * HOUR) };
    },
    AssumeRole: (parameters, { identity }) => {
      const arn = required(parameters, "RoleArn");
      const name = sessionNameOf(parameters);
      const seconds = integer(parameters, "DurationSeconds", 900, 12 * HOUR) ?? HOUR;
      const role = assumable(store, arn, identity);
      if (seconds > role.maxSession) {
        throw validationError("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.");
      }
      const assumed = sessionOf(role, name, store.accountId);
      return {
        Credentials: session(assumed, seconds),
        AssumedRoleUser: { AssumedRoleId: assumed.userId, Arn: assumed.arn },
      };
    },
    GetAccessKeyInfo: (parameters) => {
      required(parameters, "AccessKeyId");
      return { Account: store.accountId };
    },
  };
}

/** The role, when its trust policy lets the caller have it: otherwise AWS does not tell whether there is one. */
function assumable(store: IamStore, arn: string, identity: Identity): RoleRecord {
  const role = store.roleOfArn(arn);
  if (!role || !trusts(readPolicy(role.trust, "trust"), "sts:AssumeRole", identity)) {
    throw new AwsError(
      403,
      "AccessDenied",
      `User: ${identity.arn} is not authorized to perform: sts:AssumeRole on resource: ${arn}`,
    );
  }
  return role;
}

function sessionNameOf(parameters: URLSearchParams): string {
  const name = required(parameters, "RoleSessionName");
  if (!/^[\w+=,.@-]{2,64}$/.test(name)) {
    throw constraint("RoleSessionName", "Member must satisfy regular expression pattern: [\\w+=,.@-]*");
  }
  return name;
}

const sessionOf = (role: RoleRecord, name: string, accountId: string): Identity => ({
  accountId,
  arn: `arn:aws:sts::${accountId}:assumed-role/${role.name}/${name}`,
  userId: `${role.id}:${name}`,
  userName: "",
  roleArn: role.arn,
});
