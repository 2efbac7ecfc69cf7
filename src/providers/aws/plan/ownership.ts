/** Whose a function is: what scar made for another owner may be changed and removed, but not without a word. */
import { TAG } from "../../../fdl/contract.ts";
import { type Identity, isOwner } from "../arn.ts";
import type { RemoteFunction } from "../controllers/functions.ts";

/** The owner that its tag names, where that is somebody else. */
export function otherOwner({ tags }: Pick<RemoteFunction, "tags">, identity: Identity): string | undefined {
  const owner = tags[TAG.owner];
  return owner === undefined || isOwner(identity, owner) ? undefined : owner;
}

/** For a notice before the first write. */
export function otherOwnerNotice(functionName: string, owner: string): string {
  return `Function '${functionName}' was deployed by another owner, '${owner}'.`;
}
