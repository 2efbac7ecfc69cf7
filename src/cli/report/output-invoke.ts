/** Results of `scar invoke` (behaviour.md, section 6): those of `scar run`, for the answer of an endpoint. */
import type { Answer } from "../../providers/aws/endpoint/answer.ts";
import type { Result } from "../command.ts";
import { callResult } from "./output-call.ts";

export function launchedResult(name: string, answer: Answer): Result {
  return {
    text: `Function '${name}' launched successfully.`,
    json: { LambdaOutput: { StatusCode: answer.response.status, RequestId: answer.requestId } },
    verbose: { LambdaOutput: whole(answer) },
  };
}

export function endpointResult(answer: Answer): Result {
  const { exception, response } = answer;
  return callResult(answer, { statusCode: response.status, failed: exception !== undefined, whole: whole(answer) });
}

/** The answer as it came over HTTP. */
function whole({ output, response }: Answer): object {
  return { StatusCode: response.status, Headers: response.headers, Payload: output.toString("utf8") };
}
