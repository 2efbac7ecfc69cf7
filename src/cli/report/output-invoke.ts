/** Results of `scar invoke` (behaviour.md, section 6): those of `scar run`, for the answer of an endpoint. */
import type { Answer } from "../../providers/aws/endpoint/answer.ts";
import type { Result } from "../command.ts";

export function launchedResult(name: string, answer: Answer): Result {
  return {
    text: `Function '${name}' launched successfully.`,
    json: { LambdaOutput: { StatusCode: answer.response.status, RequestId: answer.requestId } },
    verbose: { LambdaOutput: whole(answer) },
  };
}

export function endpointResult(answer: Answer): Result {
  const { exception, logGroup, logStream, requestId, response } = answer;
  const output = answer.output.toString("utf8");
  const heads = `Request Id: ${requestId}\nLog Group Name: ${logGroup}\nLog Stream Name: ${logStream}`;
  return {
    // The output of a failure is its message as JSON: people read it on stderr.
    text: exception === undefined ? `${heads}\n${output}` : heads,
    json: {
      LambdaOutput: {
        StatusCode: response.status,
        Payload: output,
        LogGroupName: logGroup,
        LogStreamName: logStream,
        RequestId: requestId,
      },
    },
    verbose: { LambdaOutput: whole(answer) },
  };
}

/** The answer as it came over HTTP. */
function whole({ output, response }: Answer): object {
  return { StatusCode: response.status, Headers: response.headers, Payload: output.toString("utf8") };
}
