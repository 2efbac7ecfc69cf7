/** Whether policies allow a request, after IAM's rules: an explicit deny wins, and what nothing allows is denied. */
import type { Identity } from "../../service.ts";
import { like } from "../../wildcards.ts";
import { all, any, conditionsHold } from "./conditions.ts";
import type { Statement } from "./document.ts";
import { type Lookup, matchesAction, matchesPattern } from "./wildcard.ts";

export interface Access {
  /** `s3:PutObject` */
  readonly action: string;
  /** ARN. */
  readonly resource: string;
  readonly lookup: Lookup;
}

/** `undecided`: it hangs on a condition or a variable that nothing is known of. */
export type Decision = "allowed" | "explicitDeny" | "implicitDeny" | "undecided";

export function evaluate(statements: readonly Statement[], access: Access): Decision {
  const applying = (effect: Statement["effect"]): boolean | undefined =>
    any(statements.filter((statement) => statement.effect === effect).map((statement) => applies(statement, access)));
  const denied = applying("Deny");
  if (denied) return "explicitDeny";
  const allowed = applying("Allow");
  // What nothing allows is denied, whatever a doubtful deny would say.
  if (allowed === false) return "implicitDeny";
  return denied === undefined || allowed === undefined ? "undecided" : "allowed";
}

function applies(statement: Statement, { action, resource, lookup }: Access): boolean | undefined {
  const named = statement.actions.some((pattern) => matchesAction(pattern, action));
  if (named === statement.notActions) return false;
  // Documents of the older version know no variables.
  const matches = statement.variables ? matchesPattern : like;
  const found = any(statement.resources.map((pattern) => matches(pattern, resource, lookup)));
  const meant = statement.notResources && found !== undefined ? !found : found;
  return all([meant, conditionsHold(statement.conditions, lookup)]);
}

/** A service of AWS, or who signed a request. */
export type Principal = { readonly service: string } | Pick<Identity, "arn" | "accountId" | "roleArn">;

/** Whether a trust policy lets someone assume the role. A doubtful condition counts as met. */
export function trusts(statements: readonly Statement[], action: string, who: Principal): boolean {
  const speaks = (statement: Statement): boolean =>
    statement.actions.some((pattern) => matchesAction(pattern, action)) !== statement.notActions &&
    isPrincipal(statement.principal, who) !== statement.notPrincipal;
  return (
    statements.some((statement) => statement.effect === "Allow" && speaks(statement)) &&
    !statements.some(
      (statement) => statement.effect === "Deny" && speaks(statement) && Object.keys(statement.conditions).length === 0,
    )
  );
}

function isPrincipal(principal: Statement["principal"], who: Principal): boolean {
  if (principal === undefined) return false;
  if (principal === "*") return true;
  if ("service" in who) return principal["Service"]?.includes(who.service) ?? false;
  const names = ["*", who.accountId, `arn:aws:iam::${who.accountId}:root`, who.arn, who.roleArn];
  return principal["AWS"]?.some((name) => names.includes(name)) ?? false;
}
