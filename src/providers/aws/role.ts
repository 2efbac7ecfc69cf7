/** `scar role`: the execution role of functions, as documents or made. */
import { isDeepStrictEqual } from "node:util";
import { ScarError } from "../../errors.ts";
import { TAG } from "../../fdl/contract.ts";
import type { FunctionSpec } from "../../fdl/spec.ts";
import type { Identity } from "./arn.ts";
import type { AwsClients } from "./clients.ts";
import { callerIdentity } from "./controllers/identity.ts";
import { createRole, findRole, findRolePolicy, putRolePolicy, type RemoteRole, setTrust } from "./controllers/roles.ts";
import { AwsError } from "./errors.ts";
import { type PolicyDocument, partitionOf, rolePolicy, TRUST_POLICY } from "./plan/role-policy.ts";
import { poll } from "./wait.ts";

/** Name of the inline policy: what else is attached to the role is its owner's. */
const POLICY_NAME = "scar";
/** IAM's limit of all inline policies of a role, white space not counted (IAM: "IAM and AWS STS quotas"). */
const MAX_POLICY = 10_240;
/** IAM is read from copies, to which a write comes a little later. */
const VISIBLE = { first: 250, longest: 3_000, deadline: 30_000 };

/** Keys as in IAM's API. */
export interface RoleDocuments {
  readonly AssumeRolePolicyDocument: object;
  readonly PolicyDocument: PolicyDocument;
}

/** `accountKnown` is false where STS could not be asked: resources then say `*` for the account. */
export async function roleDocuments(
  clients: AwsClients,
  specs: readonly FunctionSpec[],
): Promise<{ readonly documents: RoleDocuments; readonly accountKnown: boolean }> {
  const identity = await callerIdentity(clients).catch((error: unknown) => {
    if (error instanceof AwsError) return undefined;
    throw error;
  });
  const place = identity ?? { partition: partitionOf(clients.session.region), accountId: "*" };
  return { documents: documentsFor(specs, place), accountKnown: identity !== undefined };
}

function documentsFor(specs: readonly FunctionSpec[], place: Pick<Identity, "accountId" | "partition">): RoleDocuments {
  return { AssumeRolePolicyDocument: TRUST_POLICY, PolicyDocument: rolePolicy(specs, place) };
}

/** What is written, in this order. */
export type RoleStep =
  | { readonly kind: "create-role" }
  | { readonly kind: "set-trust" }
  | { readonly kind: "put-policy" };

/** Pure. What is as it should be is left alone. */
export function planRole(documents: RoleDocuments, role: RemoteRole | undefined, policy: unknown): readonly RoleStep[] {
  const steps: RoleStep[] = [];
  if (role === undefined) steps.push({ kind: "create-role" });
  else if (!isDeepStrictEqual(role.trust, plain(documents.AssumeRolePolicyDocument))) steps.push({ kind: "set-trust" });
  if (!isDeepStrictEqual(policy, plain(documents.PolicyDocument))) steps.push({ kind: "put-policy" });
  return steps;
}

const plain = (document: object): unknown => JSON.parse(JSON.stringify(document));

export interface MadeRole {
  readonly name: string;
  readonly arn: string;
  readonly steps: readonly RoleStep[];
}

/**
 * Makes the role, or brings that of an earlier call to what the functions need now. Throws ScarError `ForeignRole` for a role of that name
 * that scar did not make, `PolicyTooLarge`, `RoleNotVisible`.
 */
export async function makeRole(
  clients: AwsClients,
  name: string,
  specs: readonly FunctionSpec[],
  signal: AbortSignal,
): Promise<MadeRole> {
  const iam = await clients.iam();
  const [identity, role, policy] = await Promise.all([
    callerIdentity(clients),
    findRole(iam, name),
    findRolePolicy(iam, name, POLICY_NAME),
  ]);
  const documents = documentsFor(specs, identity);
  if (role !== undefined && role.tags[TAG.createdBy] !== "scar") throw foreignRole(name);
  refuseLarge(documents.PolicyDocument);
  const steps = planRole(documents, role, policy);
  let arn = role?.arn;
  for (const step of steps) {
    switch (step.kind) {
      case "create-role": {
        const tags = { [TAG.createdBy]: "scar", [TAG.owner]: identity.owner };
        const description = "Execution role of functions of scar";
        arn = await createRole(iam, { name, description, tags, trust: documents.AssumeRolePolicyDocument });
        if (arn === undefined) throw foreignRole(name);
        await visible(async () => (await findRole(iam, name)) !== undefined, name, signal);
        break;
      }
      case "set-trust":
        await setTrust(iam, name, documents.AssumeRolePolicyDocument);
        break;
      case "put-policy":
        await putRolePolicy(iam, name, POLICY_NAME, documents.PolicyDocument);
        break;
    }
  }
  const wanted = plain(documents.PolicyDocument);
  await visible(async () => isDeepStrictEqual(await findRolePolicy(iam, name, POLICY_NAME), wanted), name, signal);
  return { name, arn: arn ?? "", steps };
}

async function visible(seen: () => Promise<boolean>, name: string, signal: AbortSignal): Promise<void> {
  const found = await poll(async () => (await seen()) || undefined, VISIBLE, signal);
  if (found) return;
  throw new ScarError(
    "RoleNotVisible",
    `role '${name}' was written, but IAM does not show it after ${VISIBLE.deadline / 1000} s`,
    {
      hint: "run the command again: it goes on where it stopped",
    },
  );
}

function foreignRole(name: string): ScarError {
  return new ScarError("ForeignRole", `there is a role '${name}' that was not made by scar: it is left as it is`, {
    hint: "choose another name with --role-name; --print shows the policy that such a role needs",
  });
}

function refuseLarge(policy: PolicyDocument): void {
  const size = JSON.stringify(policy).length;
  if (size <= MAX_POLICY) return;
  throw new ScarError("PolicyTooLarge", `the policy has ${size} characters; IAM takes ${MAX_POLICY} in a role`, {
    hint: "make roles for fewer functions each, with --function NAME",
  });
}
