/**
 * Access control lists. New buckets of AWS have them switched off (object ownership `BucketOwnerEnforced`): the owner may do
 * everything, and lists that say anything else are refused.
 */
import { childrenOf, parseXml, textOf, type XmlNode } from "../http/xml.ts";
import { AwsError, type AwsRequest, notServed } from "../service.ts";
import { headerOf, S3_NAMESPACE } from "./operation.ts";
import type { BucketInfo } from "./storage/bucket.ts";

export const OBJECT_OWNERSHIPS: readonly string[] = ["BucketOwnerEnforced", "BucketOwnerPreferred", "ObjectWriter"];

/** Canned lists that give the owner everything and nobody else anything. */
const OWNERS_ONLY = ["private", "bucket-owner-full-control"];
const GRANTS = ["full-control", "read", "read-acp", "write", "write-acp"].map((name) => `x-amz-grant-${name}`);

/** Whether lists are switched on, as they are once a bucket's ownership controls say so or are deleted. */
const listsAllowed = ({ objectOwnership = "BucketOwnerEnforced" }: Pick<BucketInfo, "objectOwnership">): boolean =>
  objectOwnership !== "BucketOwnerEnforced";

/** Throws for lists that would let others in: AWS's refusal, or 501 where AWS would take them. */
function refuseOthers(info: Pick<BucketInfo, "objectOwnership">, what: string): never {
  if (listsAllowed(info)) throw notServed(what);
  throw new AwsError(400, "AccessControlListNotSupported", "The bucket does not allow ACLs");
}

/** Checks `x-amz-acl` and `x-amz-grant-*`. Throws `AccessControlListNotSupported`, `NotImplemented`. */
export function checkAclHeaders(request: AwsRequest, info: Pick<BucketInfo, "objectOwnership">): void {
  const canned = headerOf(request, "x-amz-acl");
  if (canned !== undefined && !OWNERS_ONLY.includes(canned)) refuseOthers(info, `x-amz-acl: ${canned}`);
  const grant = GRANTS.find((name) => request.headers[name] !== undefined);
  if (grant !== undefined) refuseOthers(info, `the header ${grant}`);
}

const isOwnersGrant = (grant: XmlNode, ownerId: string): boolean =>
  textOf(childrenOf(grant, "Grantee")[0], "ID") === ownerId && textOf(grant, "Permission") === "FULL_CONTROL";

/** Checks the document of Put…Acl. Throws also `MalformedACLError`. */
export function checkAclDocument(text: string, info: Pick<BucketInfo, "objectOwnership">, ownerId: string): void {
  const list = childrenOf(parseXml(text, "AccessControlPolicy"), "AccessControlList")[0];
  if (list === undefined) {
    throw new AwsError(
      400,
      "MalformedACLError",
      "The XML you provided was not well-formed or did not validate against our published schema",
    );
  }
  const grants = childrenOf(list, "Grant");
  if (grants.length !== 1 || !isOwnersGrant(grants[0]!, ownerId)) refuseOthers(info, "an access control list");
}

/** The list of every bucket and object here. */
export const aclDocument = (ownerId: string): string =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<AccessControlPolicy xmlns="${S3_NAMESPACE}"><Owner><ID>${ownerId}</ID></Owner><AccessControlList><Grant><Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CanonicalUser"><ID>${ownerId}</ID></Grantee><Permission>FULL_CONTROL</Permission></Grant></AccessControlList></AccessControlPolicy>`;
