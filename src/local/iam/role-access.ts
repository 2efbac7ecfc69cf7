/** What roles may do: for the services that would ask IAM on AWS. */
import { managedDocument } from "./managed-policies.ts";
import { readPolicy, type Statement } from "./policy/document.ts";
import { type Access, type Decision, evaluate, trusts } from "./policy/evaluate.ts";
import type { Lookup } from "./policy/wildcard.ts";
import type { IamStore, RoleRecord } from "./store.ts";

/** A request as conditions see it: key, lower case → values; `[]` for a key that it does not have. Others are not known. */
export type RequestKeys = Readonly<Record<string, readonly string[]>>;

export interface RoleAccess {
  /** What the role's policies say to an action; undefined when the role is not known here. */
  decide(roleArn: string, action: string, resource: string, keys: RequestKeys): Decision | undefined;
  /** Whether a service may assume the role; undefined when the role is not known here. */
  trustsService(roleArn: string, service: string): boolean | undefined;
}

/** @param delayMs for which a new role is trusted by no service, as far as those have heard; whole seconds, as its time of creation has */
export function roleAccess(store: IamStore, delayMs = 0): RoleAccess {
  return {
    decide(roleArn, action, resource, keys) {
      const role = store.roleOfArn(roleArn);
      if (!role) return undefined;
      return roleDecision(store, role, { action, resource, lookup: lookupOf(store, role, keys) });
    },
    trustsService(roleArn, service) {
      const role = store.roleOfArn(roleArn);
      if (role && delayMs > 0 && Date.now() < Date.parse(role.created) + delayMs) return false;
      return role && trusts(readPolicy(role.trust, "trust"), "sts:AssumeRole", { service });
    },
  };
}

/** @param more documents that count as if they were the role's too */
export function roleDecision(
  store: IamStore,
  role: RoleRecord,
  access: Access,
  more: readonly string[] = [],
): Decision {
  const granted = decisionOf(store, [...Object.values(role.inline), ...more], role.attached, access);
  if (granted !== "allowed" || role.boundary === undefined) return granted;
  // A boundary allows nothing by itself: it limits what the policies allow.
  return decisionOf(store, [], [role.boundary], access);
}

/** The decision of documents and of managed policies; one of AWS's that is not known here leaves open what it would allow. */
function decisionOf(store: IamStore, documents: readonly string[], arns: readonly string[], access: Access): Decision {
  const managed = arns.map((arn) => documentOf(store, arn));
  const known = [...documents, ...managed.filter((document) => document !== undefined)];
  const statements: Statement[] = known.flatMap((document) => readPolicy(document, "identity"));
  const decision = evaluate(statements, access);
  return decision === "implicitDeny" && managed.includes(undefined) ? "undecided" : decision;
}

function documentOf(store: IamStore, arn: string): string | undefined {
  const policy = store.policyOfArn(arn);
  return policy?.versions.find(({ id }) => id === policy.defaultVersion)?.document ?? managedDocument(arn);
}

function lookupOf(store: IamStore, role: RoleRecord, keys: RequestKeys): Lookup {
  const now = new Date();
  const known: RequestKeys = {
    "aws:currenttime": [now.toISOString()],
    "aws:epochtime": [String(Math.floor(now.getTime() / 1000))],
    "aws:principalaccount": [store.accountId],
    "aws:principalarn": [role.arn],
    "aws:principaltype": ["AssumedRole"],
    // On AWS the supervisor and the SDKs speak HTTPS.
    "aws:securetransport": ["true"],
    "aws:username": [],
    ...keys,
  };
  const tag = "aws:principaltag/";
  return (key) => {
    const name = key.toLowerCase();
    if (!name.startsWith(tag)) return Object.hasOwn(known, name) ? known[name] : undefined;
    const found = Object.entries(role.tags).find(([one]) => one.toLowerCase() === name.slice(tag.length));
    return found ? [found[1]] : [];
  };
}
