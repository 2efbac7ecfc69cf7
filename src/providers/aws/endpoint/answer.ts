/** What an endpoint answered: the supervisor's words, or API Gateway's own. Pure. */
import { isTree, type Tree } from "../../../fdl/tree.ts";
import { parsed } from "../json.ts";
import type { EndpointResponse } from "./call.ts";

export interface Answer {
  readonly response: EndpointResponse;
  readonly requestId: string;
  readonly logGroup: string;
  readonly logStream: string;
  /** What the container wrote, decoded. */
  readonly output: Buffer;
  /** Whether a supervisor answered, scar's or the original's. */
  readonly isSupervisors: boolean;
  /** Why the supervisor says that the function failed. */
  readonly exception: string | undefined;
  /** API Gateway's own word: `Forbidden`, `Endpoint request timed out`. */
  readonly message: string | undefined;
}

/** @param isDecoded whether the API was asked for bytes, and gives those: else the supervisor's answer comes in base64 */
export function readAnswer(functionName: string, response: EndpointResponse, isDecoded: boolean): Answer {
  const { body, headers } = response;
  const isSupervisors = headers["amz-lambda-request-id"] !== undefined && headers["amz-log-group-name"] !== undefined;
  const isFailure = response.status >= 400;
  // A failure is JSON, which base64 cannot be: no need to know what the API made of it.
  const output = isSupervisors && (isFailure || !isDecoded) ? (decoded(body) ?? body) : body;
  const document = isFailure ? parsed(output.toString()) : undefined;
  const said: Tree = isTree(document) ? document : {};
  const text = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);
  return {
    response,
    requestId: headers["amz-lambda-request-id"] ?? headers["x-amzn-requestid"] ?? "",
    logGroup: headers["amz-log-group-name"] ?? `/aws/lambda/${functionName}`,
    logStream: headers["amz-log-stream-name"] ?? "-",
    output,
    isSupervisors,
    exception: isSupervisors ? text(said["exception"]) : undefined,
    message: text(said["message"]) ?? text(said["Message"]),
  };
}

/** Undefined when the text is not base64. */
function decoded(body: Buffer): Buffer | undefined {
  const text = body.toString("latin1").replace(/\s+/g, "");
  return text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text) ? Buffer.from(text, "base64") : undefined;
}
