/** What a function that was waited for has to say, however it was called (behaviour.md, section 6). */
import type { Result } from "../command.ts";

export interface Call {
  readonly requestId: string;
  readonly logGroup: string;
  readonly logStream: string;
  /** What the container wrote. */
  readonly output: Buffer;
}

/** @param answer its status, whether it is that of a failure, and the whole of it for `-v` */
export function callResult(
  { requestId, logGroup, logStream, output }: Call,
  answer: { readonly statusCode: number | undefined; readonly failed: boolean; readonly whole: object },
): Result {
  const text = output.toString("utf8");
  const heads = `Request Id: ${requestId}\nLog Group Name: ${logGroup}\nLog Stream Name: ${logStream}`;
  return {
    // The output of a failure is its message as JSON: people read it on stderr.
    text: answer.failed ? heads : `${heads}\n${text}`,
    json: {
      LambdaOutput: {
        StatusCode: answer.statusCode,
        Payload: text,
        LogGroupName: logGroup,
        LogStreamName: logStream,
        RequestId: requestId,
      },
    },
    verbose: { LambdaOutput: answer.whole },
  };
}
