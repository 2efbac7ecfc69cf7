/** A function's resource policy: who may invoke it. */
import { arnLike } from "../policy-pattern.ts";
import { AwsError } from "../service.ts";
import { constraint, invalid, text } from "./control/input.ts";
import type { PolicyStatement } from "./model.ts";

/** The statement that an AddPermission request asks for. */
export function readStatement(input: Readonly<Record<string, unknown>>, functionArn: string): PolicyStatement {
  const sid = text(input, "StatementId") ?? "";
  if (!/^[a-zA-Z0-9-_]{1,100}$/.test(sid))
    constraint("statementId", sid, "satisfy regular expression pattern: ([a-zA-Z0-9-_]+)");
  const action = text(input, "Action") ?? "";
  if (!/^(lambda:\*|lambda:[a-zA-Z]+|\*)$/.test(action))
    constraint("action", action, "satisfy regular expression pattern: (lambda:[*]|lambda:[a-zA-Z]+|[*])");
  const principal = text(input, "Principal") ?? invalid("The Principal is missing");
  const sourceAccount = text(input, "SourceAccount");
  const sourceArn = text(input, "SourceArn");
  const condition = {
    ...(sourceAccount === undefined ? {} : { StringEquals: { "AWS:SourceAccount": sourceAccount } }),
    ...(sourceArn === undefined ? {} : { ArnLike: { "AWS:SourceArn": sourceArn } }),
  };
  return {
    Sid: sid,
    Effect: "Allow",
    Principal: principal === "*" ? "*" : principal.includes(".") ? { Service: principal } : { AWS: principal },
    Action: action,
    Resource: functionArn,
    ...(Object.keys(condition).length > 0 ? { Condition: condition } : {}),
  };
}

/** Whether a service may invoke the function on behalf of a resource. */
export function allowsService(
  policy: readonly PolicyStatement[],
  service: string,
  sourceArn: string,
  sourceAccount: string,
): boolean {
  return policy.some(({ Principal, Action, Condition = {} }) => {
    if (Principal !== "*" && !("Service" in Principal && Principal.Service === service)) return false;
    if (Action !== "lambda:InvokeFunction" && Action !== "lambda:*" && Action !== "*") return false;
    const account = Condition["StringEquals"]?.["AWS:SourceAccount"];
    const arn = Condition["ArnLike"]?.["AWS:SourceArn"];
    return (account === undefined || account === sourceAccount) && (arn === undefined || arnLike(arn, sourceArn));
  });
}

export function statementExists(sid: string): AwsError {
  return new AwsError(
    409,
    "ResourceConflictException",
    `The statement id (${sid}) provided already exists. Please provide a new statement id, or remove the existing statement.`,
  );
}
