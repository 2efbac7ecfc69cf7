/** IAM's errors. */
import { AwsError } from "../service.ts";

export const noSuchEntity = (message: string): AwsError => new AwsError(404, "NoSuchEntity", message);
export const alreadyExists = (message: string): AwsError => new AwsError(409, "EntityAlreadyExists", message);
export const deleteConflict = (what: string): AwsError =>
  new AwsError(409, "DeleteConflict", `Cannot delete entity, ${what}`);
export const limitExceeded = (message: string): AwsError => new AwsError(409, "LimitExceeded", message);
export const quotaExceeded = (quota: string, most: number): AwsError =>
  limitExceeded(`Cannot exceed quota for ${quota}: ${most}`);
export const invalidInput = (message: string): AwsError => new AwsError(400, "InvalidInput", message);
export const malformedPolicy = (message: string): AwsError => new AwsError(400, "MalformedPolicyDocument", message);
export const validationError = (message: string): AwsError => new AwsError(400, "ValidationError", message);
export const noSuchRole = (name: string): AwsError => noSuchEntity(`The role with name ${name} cannot be found.`);
