/** What policies would allow: SimulatePrincipalPolicy of roles, and SimulateCustomPolicy. */
import type { QueryAction } from "../../http/query-protocol.ts";
import type { XmlContent } from "../../http/xml.ts";
import { notServed } from "../../service.ts";
import { noSuchEntity } from "../errors.ts";
import { constraint, list, page, required } from "../fields.ts";
import { readPolicy } from "../policy/document.ts";
import { type Access, type Decision, evaluate } from "../policy/evaluate.ts";
import { roleDecision } from "../role-access.ts";
import type { IamStore } from "../store.ts";

type Decide = (access: Access) => Decision;

export function simulationActions(store: IamStore): Readonly<Record<string, QueryAction>> {
  return {
    SimulatePrincipalPolicy(parameters) {
      const arn = required(parameters, "PolicySourceArn");
      if (/:(?:user|group)\//.test(arn)) throw notServed("SimulatePrincipalPolicy of users and groups");
      const role = store.roleOfArn(arn);
      if (!role) throw noSuchEntity(`The entity ${arn} cannot be found.`);
      const more = documentsOf(parameters);
      return simulate(parameters, (access) => roleDecision(store, role, access, more));
    },
    SimulateCustomPolicy(parameters) {
      const documents = documentsOf(parameters);
      if (documents.length === 0) throw constraint("PolicyInputList", "Member must not be null");
      const statements = documents.flatMap((document) => readPolicy(document, "identity"));
      return simulate(parameters, (access) => evaluate(statements, access));
    },
  };
}

function documentsOf(parameters: URLSearchParams): readonly string[] {
  const documents = list(parameters, "PolicyInputList");
  for (const document of documents) readPolicy(document, "identity");
  return documents;
}

/** One result for each action and resource. A key that the request does not give is missing, and is named. */
function simulate(parameters: URLSearchParams, decide: Decide): Readonly<Record<string, XmlContent>> {
  const other = ["PermissionsBoundaryPolicyInputList.member.1", "ResourcePolicy", "PolicyExclusionList.member.1"];
  const unserved = other.find((field) => parameters.has(field));
  if (unserved !== undefined) throw notServed(`Simulation with ${unserved.split(".", 1)[0]}`);
  const actions = list(parameters, "ActionNames");
  if (actions.length === 0) throw constraint("ActionNames", "Member must not be null");
  const named = list(parameters, "ResourceArns");
  const resources = named.length > 0 ? named : ["*"];
  const given = contextOf(parameters);
  const resultOf = (action: string, resource: string): XmlContent => {
    const missing = new Set<string>();
    const lookup = (key: string): readonly string[] => {
      const values = given.get(key.toLowerCase());
      if (!values) missing.add(key);
      return values ?? [];
    };
    const decision = decide({ action, resource, lookup });
    return {
      EvalActionName: action,
      EvalResourceName: resource,
      // Only a policy of AWS's that is not known here, or an operator, leaves it open: then nothing is known to allow it.
      EvalDecision: decision === "undecided" ? "implicitDeny" : decision,
      MatchedStatements: {},
      MissingContextValues: { member: [...missing] },
    };
  };
  // Pairs can be a hundred million in one request: those of the page are made.
  const length = actions.length * resources.length;
  const results = {
    length,
    slice: (from = 0, to = length): XmlContent[] =>
      Array.from({ length: Math.max(0, Math.min(to, length) - from) }, (_, n) => {
        const pair = from + n;
        return resultOf(actions[Math.floor(pair / resources.length)]!, resources[pair % resources.length]!);
      }),
  };
  return page(parameters, "EvaluationResults", results, (result) => result);
}

/** `ContextEntries.member.1.ContextKeyName`, `ContextEntries.member.1.ContextKeyValues.member.1` … */
function contextOf(parameters: URLSearchParams): ReadonlyMap<string, readonly string[]> {
  const context = new Map<string, readonly string[]>();
  const fields = new Map(parameters);
  for (let n = 1; ; n++) {
    const entry = `ContextEntries.member.${n}`;
    const key = fields.get(`${entry}.ContextKeyName`);
    if (key === undefined) return context;
    context.set(key.toLowerCase(), list(fields, `${entry}.ContextKeyValues`));
  }
}
