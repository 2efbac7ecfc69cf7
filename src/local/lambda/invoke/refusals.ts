/** What an invocation is refused for, whoever asks for it. */
import { AwsError } from "../../service.ts";
import { type FunctionRecord, LIMITS } from "../model.ts";

/** Bytes of the payload. @param type `X-Amz-Invocation-Type` */
export function payloadLimit(type: string): number {
  return type === "Event" ? LIMITS.asyncPayload : LIMITS.syncPayload;
}

/** @param limit bytes */
export function payloadTooLarge(limit: number): AwsError {
  const message = `Request must be smaller than ${limit} bytes for the InvokeFunction operation`;
  return new AwsError(413, "RequestTooLargeException", message);
}

/** Throws AwsError 409 for a function that is being made, or could not be. */
export function requireActive({ State }: FunctionRecord): void {
  if (State === "Active") return;
  const message = `The operation cannot be performed at this time. The function is currently in the following state: ${State}`;
  throw new AwsError(409, "ResourceConflictException", message);
}
