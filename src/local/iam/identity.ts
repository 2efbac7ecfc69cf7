/** The one user of the local AWS. */
import { createHash } from "node:crypto";
import type { Identity } from "../service.ts";

const USER_NAME = "local";

/** An id in the form of AWS's (`AIDA` and 17 characters), always the same for the same text. */
export function principalId(prefix: string, text: string): string {
  const digits = BigInt(`0x${createHash("sha256").update(text).digest("hex")}`)
    .toString(36)
    .toUpperCase();
  return prefix + digits.slice(0, 21 - prefix.length);
}

/** The user whose key signs the requests of the CLI and of other tools. */
export function userIdentity(accountId: string, accessKeyId: string): Identity {
  return {
    accountId,
    arn: `arn:aws:iam::${accountId}:user/${USER_NAME}`,
    userId: principalId("AIDA", accessKeyId),
    userName: USER_NAME,
  };
}
