import { AwsError, type Identity } from "../service.ts";
import type { FunctionRecord } from "./model.ts";
import type { LambdaPorts } from "./ports.ts";

/** Who a function is when it calls AWS: the session of its role that is named like the function, as on AWS. */
export function roleIdentity({ Role, FunctionName }: Pick<FunctionRecord, "Role" | "FunctionName">): Identity {
  const [, , , , accountId = "", resource = ""] = Role.split(":");
  const role = resource.split("/").at(-1) ?? "";
  return {
    accountId,
    arn: `arn:aws:sts::${accountId}:assumed-role/${role}/${FunctionName}`,
    userId: `AROALOCAL${role.toUpperCase().replace(/[^A-Z0-9]/g, "")}:${FunctionName}`,
    userName: "",
    roleArn: Role,
    functionName: FunctionName,
  };
}

/** Refuses a role that is known not to trust Lambda; one that is not known here may be one of AWS. */
export function checkRole(role: string, { roleTrusts }: Pick<LambdaPorts, "roleTrusts">): void {
  if (roleTrusts(role, "lambda.amazonaws.com") !== false) return;
  throw new AwsError(
    400,
    "InvalidParameterValueException",
    "The role defined for the function cannot be assumed by Lambda.",
  );
}
