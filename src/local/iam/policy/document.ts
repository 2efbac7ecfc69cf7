/** Policy documents: read, and refused where IAM refuses them. */
import { malformedPolicy } from "../errors.ts";

/** Values of one condition: key → values. */
export type Condition = Readonly<Record<string, readonly string[]>>;

export interface Statement {
  readonly effect: "Allow" | "Deny";
  readonly actions: readonly string[];
  /** Whether the actions are those that it does not speak of (`NotAction`). */
  readonly notActions: boolean;
  /** Empty in trust policies. */
  readonly resources: readonly string[];
  readonly notResources: boolean;
  /** `AWS`, `Service`, `Federated` → names; `*` for everyone. Undefined in policies of identities. */
  readonly principal: "*" | Readonly<Record<string, readonly string[]>> | undefined;
  readonly notPrincipal: boolean;
  /** Operator → condition. */
  readonly conditions: Readonly<Record<string, Condition>>;
  /** Whether `${…}` are variables: in documents of version 2012-10-17. */
  readonly variables: boolean;
}

/** `identity`: permissions of a role; `trust`: who may assume it. */
export type DocumentKind = "identity" | "trust";

const FIELDS = new Set([
  "Sid",
  "Effect",
  "Action",
  "NotAction",
  "Resource",
  "NotResource",
  "Principal",
  "NotPrincipal",
  "Condition",
]);

/** Throws `MalformedPolicyDocument`. */
export function readPolicy(text: string, kind: DocumentKind): readonly Statement[] {
  const document = parse(text);
  const { Version: version = "2008-10-17", Statement: statements } = document;
  const strange = Object.keys(document).find((field) => !["Version", "Id", "Statement"].includes(field));
  if (strange !== undefined) throw syntax();
  if (version !== "2012-10-17" && version !== "2008-10-17") throw syntax();
  const list = Array.isArray(statements) ? statements : [statements];
  if (statements === undefined || list.length === 0) throw syntax();
  const sids = list.flatMap((statement) => (isObject(statement) && "Sid" in statement ? [statement["Sid"]] : []));
  if (new Set(sids).size < sids.length) {
    throw malformedPolicy("Statement IDs (SID) in a single policy must be unique.");
  }
  return list.map((statement) => readStatement(statement, kind, version === "2012-10-17"));
}

function parse(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    if (isObject(value)) return value;
  } catch {
    // Said below.
  }
  throw malformedPolicy("This policy contains invalid Json");
}

function readStatement(value: unknown, kind: DocumentKind, variables: boolean): Statement {
  if (!isObject(value) || Object.keys(value).some((field) => !FIELDS.has(field))) throw syntax();
  const effect = value["Effect"];
  if (effect !== "Allow" && effect !== "Deny") throw syntax();
  const sid = value["Sid"];
  if (sid !== undefined && (typeof sid !== "string" || (kind === "identity" && !/^[A-Za-z0-9]*$/.test(sid)))) {
    throw malformedPolicy(
      "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*",
    );
  }
  const [actions, notActions] = either(value, "Action", "NotAction");
  if (actions.length === 0) throw malformedPolicy("Policy statement must contain actions.");
  for (const action of actions) checkAction(action, kind);
  const [resources, notResources] = either(value, "Resource", "NotResource");
  checkResources(resources, kind);
  const principal = value["Principal"] ?? value["NotPrincipal"];
  if (kind === "identity" && principal !== undefined) {
    throw malformedPolicy("Policy document should not specify a principal.");
  }
  if (kind === "trust" && principal === undefined) throw malformedPolicy("Missing required field Principal");
  return {
    effect,
    actions,
    notActions,
    resources,
    notResources,
    principal: principal === undefined ? undefined : readPrincipal(principal),
    notPrincipal: "NotPrincipal" in value,
    conditions: readConditions(value["Condition"]),
    variables,
  };
}

function checkAction(action: string, kind: DocumentKind): void {
  if (action === "*") return;
  if (!action.includes(":")) {
    throw malformedPolicy("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.");
  }
  if (!/^[\w-]+:[\w*?-]+$/.test(action)) throw malformedPolicy(`Action ${action} is not valid.`);
  if (kind === "trust" && !/^sts:/i.test(action)) {
    throw malformedPolicy("AssumeRole policy may only specify STS AssumeRole actions.");
  }
}

function checkResources(resources: readonly string[], kind: DocumentKind): void {
  if (kind === "trust") {
    if (resources.length > 0) throw malformedPolicy("Has prohibited field Resource");
    return;
  }
  if (resources.length === 0) throw malformedPolicy("Policy statement must contain resources.");
  for (const resource of resources) {
    if (resource === "*") continue;
    if (!resource.startsWith("arn:") && !/^[*?]/.test(resource)) {
      throw malformedPolicy(`Resource ${resource} must be in ARN format or "*".`);
    }
  }
}

function readPrincipal(value: unknown): "*" | Record<string, readonly string[]> {
  if (value === "*") return "*";
  if (!isObject(value) || Object.keys(value).length === 0) throw syntax();
  return Object.fromEntries(
    Object.entries(value).map(([type, names]) => {
      if (!["AWS", "Service", "Federated", "CanonicalUser"].includes(type)) throw syntax();
      return [type, texts(names)];
    }),
  );
}

function readConditions(value: unknown): Record<string, Condition> {
  if (value === undefined) return {};
  if (!isObject(value)) throw syntax();
  return Object.fromEntries(
    Object.entries(value).map(([operator, keys]) => {
      if (!isObject(keys)) throw syntax();
      return [operator, Object.fromEntries(Object.entries(keys).map(([key, values]) => [key, texts(values)]))];
    }),
  );
}

/** One of two fields that exclude each other; whether it was the second. */
function either(value: Readonly<Record<string, unknown>>, field: string, not: string): [readonly string[], boolean] {
  if (field in value && not in value) throw syntax();
  const given = value[field] ?? value[not];
  return [given === undefined ? [] : texts(given), not in value];
}

/** One text or several; numbers and truth values, which conditions may hold, as text. */
function texts(value: unknown): readonly string[] {
  const values = Array.isArray(value) ? value : [value];
  return values.map((item) => {
    if (typeof item === "string" || typeof item === "number" || typeof item === "boolean") return String(item);
    throw syntax();
  });
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const syntax = () => malformedPolicy("Syntax errors in policy.");
