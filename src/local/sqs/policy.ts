/** A queue's access policy: whether a service of AWS may send to the queue on behalf of a resource. */
import { arnLike } from "../policy-pattern.ts";
import { like } from "../wildcards.ts";

interface Statement {
  readonly Effect?: string;
  readonly Principal?: unknown;
  readonly Action?: unknown;
  readonly Resource?: unknown;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>> | null>> | null;
}

export interface Sender {
  /** `s3.amazonaws.com`. */
  readonly service: string;
  readonly sourceArn: string;
  readonly sourceAccount: string;
}

/** A statement of Deny wins. A condition that is not known here is one that does not hold. */
export function allowsSending(policy: string | undefined, queueArn: string, sender: Sender): boolean {
  if (!policy) return false;
  const applying = list((JSON.parse(policy) as { readonly Statement?: unknown }).Statement).filter((one) =>
    applies((one ?? {}) as Statement, queueArn, sender),
  ) as Statement[];
  return applying.some(({ Effect }) => Effect === "Allow") && !applying.some(({ Effect }) => Effect === "Deny");
}

function applies({ Principal, Action, Resource, Condition }: Statement, queueArn: string, sender: Sender): boolean {
  return (
    names(Principal, sender.service) &&
    list(Action).some((action) => like(String(action).toLowerCase(), "sqs:sendmessage")) &&
    list(Resource).some((resource) => like(String(resource), queueArn)) &&
    Object.entries(Condition ?? {}).every(
      ([operator, keys]) =>
        keys !== null &&
        Object.entries(keys).every(([key, values]) => holds(operator, key, list(values).map(String), sender)),
    )
  );
}

function names(principal: unknown, service: string): boolean {
  if (principal === "*") return true;
  const { Service, AWS } = (principal ?? {}) as { readonly Service?: unknown; readonly AWS?: unknown };
  return list(Service).includes(service) || list(AWS).includes("*");
}

function holds(operator: string, key: string, values: readonly string[], sender: Sender): boolean {
  const facts: Readonly<Record<string, string>> = {
    "aws:sourcearn": sender.sourceArn,
    "aws:sourceaccount": sender.sourceAccount,
  };
  const fact = facts[key.toLowerCase()];
  if (fact === undefined) return false;
  switch (operator.replace(/IfExists$/, "")) {
    case "ArnLike":
    case "ArnEquals":
      return values.some((value) => arnLike(value, fact));
    case "StringLike":
      return values.some((value) => like(value, fact));
    case "StringEquals":
      return values.includes(fact);
    default:
      return false;
  }
}

function list(value: unknown): unknown[] {
  return value === undefined || value === null ? [] : Array.isArray(value) ? value : [value];
}
