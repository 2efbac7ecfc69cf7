/** Results of `scar run` (behaviour.md, section 6). */
import type { Invocation } from "../../providers/aws/controllers/invocations.ts";
import type { Sent } from "../../providers/aws/fan-out.ts";
import type { Result } from "../command.ts";
import { brief, whole } from "./output.ts";
import { callResult } from "./output-call.ts";

export function asynchronousResult(name: string, response: { readonly StatusCode?: number | undefined }): Result {
  const { RequestId } = brief(response);
  const { Payload: _, ...answer } = whole(response) as { Payload?: unknown };
  return {
    text: `Request Id: ${RequestId}\nFunction '${name}' launched correctly`,
    json: { LambdaOutput: { StatusCode: response.StatusCode, RequestId } },
    verbose: { LambdaOutput: answer },
  };
}

export function invocationResult(invocation: Invocation): Result {
  const { failure, logTail, payload, response } = invocation;
  return callResult(invocation, {
    statusCode: response.StatusCode,
    failed: failure !== undefined,
    whole: { ...whole(response), LogResult: logTail, Payload: payload },
  });
}

/** One file of a run over an input folder: that it was sent, or why not. */
export function sentResult({ file: { key }, response, failure }: Sent): Result {
  if (failure !== undefined) {
    return { json: { LambdaOutput: { Key: key, Error: { Code: failure.code, Message: failure.message } } } };
  }
  const { RequestId } = brief(response ?? {});
  return {
    text: `Sending event for file '${key}'`,
    json: { LambdaOutput: { StatusCode: response?.StatusCode, RequestId, Key: key } },
  };
}
