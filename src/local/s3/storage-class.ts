/** Storage classes: kept and shown; what is archived cannot be read, as on AWS. */
import { AwsError, type AwsRequest } from "../service.ts";
import { headerOf } from "./operation.ts";
import type { StoredObject } from "./storage/records.ts";

export const STANDARD = "STANDARD";

const CLASSES = [
  STANDARD,
  "REDUCED_REDUNDANCY",
  "STANDARD_IA",
  "ONEZONE_IA",
  "INTELLIGENT_TIERING",
  "GLACIER",
  "DEEP_ARCHIVE",
  "GLACIER_IR",
];
const ARCHIVED = ["GLACIER", "DEEP_ARCHIVE"];

/** The class that a request gives to the object it writes; nothing for the usual one. Throws `InvalidStorageClass`. */
export function requestedStorageClass(request: AwsRequest): { readonly storageClass?: string } {
  const storageClass = headerOf(request, "x-amz-storage-class") ?? STANDARD;
  if (!CLASSES.includes(storageClass)) {
    throw new AwsError(400, "InvalidStorageClass", "The storage class you specified is not valid", {
      StorageClassRequested: storageClass,
    });
  }
  return storageClass === STANDARD ? {} : { storageClass };
}

/** Throws `InvalidObjectState` for an object in an archive. */
export function requireReadable({ storageClass = STANDARD }: Pick<StoredObject, "storageClass">): void {
  if (!ARCHIVED.includes(storageClass)) return;
  throw new AwsError(403, "InvalidObjectState", "The operation is not valid for the object's storage class", {
    StorageClass: storageClass,
  });
}
