/** Results of `scar run` (behaviour.md, section 6). */
import type { Invocation } from "../../providers/aws/controllers/invocations.ts";
import type { Sent } from "../../providers/aws/fan-out.ts";
import type { Result } from "../command.ts";
import { brief, whole } from "./output.ts";

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
  const { requestId, logGroup, logStream, logTail, payload, response, failure } = invocation;
  const output = invocation.output.toString("utf8");
  const heads = `Request Id: ${requestId}\nLog Group Name: ${logGroup}\nLog Stream Name: ${logStream}`;
  return {
    // The output of a failure is its message as JSON: people read it on stderr.
    text: failure === undefined ? `${heads}\n${output}` : heads,
    json: {
      LambdaOutput: {
        StatusCode: response.StatusCode,
        Payload: output,
        LogGroupName: logGroup,
        LogStreamName: logStream,
        RequestId: requestId,
      },
    },
    verbose: { LambdaOutput: { ...whole(response), LogResult: logTail, Payload: payload } },
  };
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
