/**
 * Waits for roles that were just made. What IAM has written reaches Lambda some seconds later; until then Lambda refuses the role in the words
 * that it has for a wrong one. Terraform's AWS provider, CDK-like tools and others try again on exactly these answers, for 30 s to minutes.
 */
import { ScarError } from "../../errors.ts";
import type { RemoteRole } from "./controllers/roles.ts";
import { AwsError, isAwsError } from "./errors.ts";
import type { ExecutionOptions } from "./execute.ts";
import { poll } from "./wait.ts";

const READY = { first: 1_000, longest: 5_000, deadline: 30_000 };
/** Milliseconds for which a role counts as new. */
const NEW = 300_000;

const UNTRUSTED = /cannot be assumed by Lambda/i;
const UNPERMITTED = /provided execution role does not have permissions/i;

/** Loaded for a role that is refused. */
const roles = () => import("./controllers/roles.ts");

function isRefusal(error: unknown): error is AwsError {
  return (
    isAwsError(error, "InvalidParameterValueException") &&
    (UNTRUSTED.test(error.message) || UNPERMITTED.test(error.message))
  );
}

/**
 * What `call` answers, once Lambda takes the role. Throws at once where IAM shows that waiting is no help: ScarError `RoleNotFound`,
 * `RoleNotTrusting`, or AWS's own; and AWS's own at the deadline.
 */
export async function withRole<T extends object>(
  roleArn: string,
  call: () => Promise<T>,
  { clients, notice, signal }: ExecutionOptions,
): Promise<T> {
  let refusal: AwsError | undefined;
  const attempt = async (): Promise<T | undefined> => {
    try {
      return await call();
    } catch (error) {
      if (!isRefusal(error)) throw error;
      if (refusal === undefined) {
        refuseWrong(
          roleArn,
          error,
          await shownBy(async () => (await roles()).findRole(await clients.iam(), nameOf(roleArn))),
        );
        notice(`Lambda does not take role '${nameOf(roleArn)}' yet: trying again for ${READY.deadline / 1000} s.`);
      }
      refusal = error;
      return undefined;
    }
  };
  // The first call is a write like any other, which an interruption does not keep from its stage.
  const answer = (await attempt()) ?? (await poll(attempt, READY, signal));
  if (answer !== undefined) return answer;
  throw new AwsError(refusal!.code, refusal!.message, refusal!.action, {
    cause: refusal,
    hint: `Lambda has not taken role '${roleArn}' for ${READY.deadline / 1000} s: if it is new, run the command again; 'scar role --print' shows what it must allow`,
  });
}

function nameOf(roleArn: string): string {
  return roleArn.slice(roleArn.lastIndexOf("/") + 1);
}

/** "unknown" where this identity may not ask. */
async function shownBy(find: () => Promise<RemoteRole | undefined>): Promise<RemoteRole | "missing" | "unknown"> {
  try {
    return (await find()) ?? "missing";
  } catch (error) {
    if (error instanceof AwsError) return "unknown";
    throw error;
  }
}

/** Throws for a role that IAM itself shows to be wrong. */
function refuseWrong(roleArn: string, refusal: AwsError, role: RemoteRole | "missing" | "unknown"): void {
  if (role === "unknown") return;
  if (role === "missing") {
    throw new ScarError("RoleNotFound", `there is no role '${roleArn}'`, {
      cause: refusal,
      hint: "name another with -r, or let 'scar role --create' make one",
    });
  }
  if (UNPERMITTED.test(refusal.message)) {
    if (Date.now() - (role.created?.getTime() ?? 0) > NEW) throw refusal;
  } else if (!trustsLambda(role.trust)) {
    throw new ScarError("RoleNotTrusting", `role '${roleArn}' does not let Lambda assume it`, {
      cause: refusal,
      hint: "its trust policy must allow sts:AssumeRole to lambda.amazonaws.com: 'scar role --print' shows it",
    });
  }
}

interface TrustStatement {
  readonly Effect?: string;
  readonly Principal?: { readonly Service?: string | readonly string[] };
}

/** What cannot be read may allow it. */
function trustsLambda(trust: unknown): boolean {
  const { Statement } = (trust ?? {}) as { readonly Statement?: TrustStatement | readonly TrustStatement[] };
  if (Statement === undefined) return true;
  return [Statement].flat().some(({ Effect, Principal }: TrustStatement) => {
    if (Effect !== "Allow") return false;
    if (typeof Principal !== "object") return true;
    return [Principal.Service ?? []].flat().some((service) => /^lambda\.amazonaws\.com(\.cn)?$/.test(service));
  });
}
