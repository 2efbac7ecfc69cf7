/** What a role may do: its inline policies, and the managed ones that are attached to it. */
import type { QueryAction } from "../../http/query-protocol.ts";
import { limitExceeded, noSuchEntity, quotaExceeded } from "../errors.ts";
import { constraint, encodedDocument, newName, page, required } from "../fields.ts";
import { isManagedArn } from "../managed-policies.ts";
import { readPolicy } from "../policy/document.ts";
import type { IamStore, RoleRecord } from "../store.ts";
import { roleOf } from "./roles.ts";

/** Characters of all inline policies of a role, blanks not counted. */
const MAX_INLINE = 10_240;
const MAX_ATTACHED = 10;

export function rolePolicyActions(store: IamStore): Readonly<Record<string, QueryAction>> {
  return {
    PutRolePolicy(parameters) {
      const role = roleOf(store, parameters);
      const name = newName(parameters, "PolicyName", 128);
      const document = required(parameters, "PolicyDocument");
      readPolicy(document, "identity");
      const inline = { ...role.inline, [name]: document };
      if (Object.values(inline).join("").replace(/\s/g, "").length > MAX_INLINE)
        throw limitExceeded(`Maximum policy size of ${MAX_INLINE} bytes exceeded for role ${role.name}`);
      store.roles.put({ ...role, inline });
    },
    GetRolePolicy(parameters) {
      const { role, name } = inlineOf(store, parameters);
      return { RoleName: role.name, PolicyName: name, PolicyDocument: encodedDocument(role.inline[name]!) };
    },
    ListRolePolicies: (parameters) =>
      page(parameters, "PolicyNames", Object.keys(roleOf(store, parameters).inline).sort(), (name) => name),
    DeleteRolePolicy(parameters) {
      const { role, name } = inlineOf(store, parameters);
      const { [name]: _gone, ...inline } = role.inline;
      store.roles.put({ ...role, inline });
    },
    AttachRolePolicy(parameters) {
      const role = roleOf(store, parameters);
      const arn = arnOf(parameters);
      if (!isManagedArn(arn) && !store.policyOfArn(arn)) {
        throw noSuchEntity(`Policy ${arn} does not exist or is not attachable.`);
      }
      if (role.attached.includes(arn)) return;
      if (role.attached.length === MAX_ATTACHED) throw quotaExceeded("PoliciesPerRole", MAX_ATTACHED);
      store.roles.put({ ...role, attached: [...role.attached, arn] });
    },
    DetachRolePolicy(parameters) {
      const role = roleOf(store, parameters);
      const arn = arnOf(parameters);
      if (!role.attached.includes(arn)) throw noSuchEntity(`Policy ${arn} was not found.`);
      store.roles.put({ ...role, attached: role.attached.filter((one) => one !== arn) });
    },
    ListAttachedRolePolicies(parameters) {
      const prefix = parameters.get("PathPrefix") ?? "/";
      const found = roleOf(store, parameters).attached.filter((arn) => arn.slice(arn.indexOf("/")).startsWith(prefix));
      return page(parameters, "AttachedPolicies", found, (arn) => ({
        PolicyName: arn.slice(arn.lastIndexOf("/") + 1),
        PolicyArn: arn,
      }));
    },
  };
}

function inlineOf(store: IamStore, parameters: URLSearchParams): { role: RoleRecord; name: string } {
  const role = roleOf(store, parameters);
  const name = required(parameters, "PolicyName");
  if (!Object.hasOwn(role.inline, name)) throw noSuchEntity(`The role policy with name ${name} cannot be found.`);
  return { role, name };
}

/** The ARN of a managed policy that a request names. */
export function arnOf(parameters: URLSearchParams): string {
  const arn = required(parameters, "PolicyArn");
  if (arn.length < 20) throw constraint("PolicyArn", "Member must have length greater than or equal to 20");
  return arn;
}
