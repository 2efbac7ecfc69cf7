/** Calls functions, and reads what the supervisor answers. */
import { InvokeCommand, type InvokeCommandOutput, type LambdaClient } from "@aws-sdk/client-lambda";
import { ScarError } from "../../../errors.ts";
import { isTree, type Tree } from "../../../fdl/tree.ts";
import { functionNotFound, isAwsError } from "../errors.ts";
import { parsed } from "../json.ts";

/** Limits of a payload (AWS: "Lambda quotas"). */
const MAX_SYNC = 6 * 1024 * 1024;
const MAX_ASYNC = 1024 * 1024;

/** What the function is asked to run: nothing (its own script or image), a script, a command, or an event of S3. */
export interface Payload {
  /** Base64. */
  readonly script?: string;
  /** A JSON array of texts. */
  readonly cmd_args?: string;
  readonly Records?: readonly object[];
  /** Variables of the container for this run alone; SCAR's own supervisors do not know them. */
  readonly cmd_env?: Readonly<Record<string, string>>;
}

/** The payload with variables of the container for this run alone. */
export function withVariables(payload: Payload, variables: Readonly<Record<string, string>>): Payload {
  return Object.keys(variables).length === 0 ? payload : { ...payload, cmd_env: variables };
}

/** A command for the container; supervisors expect the list as text, written here as the original writes it (Python's json). */
export function commandPayload(args: readonly string[]): Payload {
  const ascii = (text: string): string =>
    JSON.stringify(text).replace(/[\u007f-\uffff]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);
  return { cmd_args: `[${args.map(ascii).join(", ")}]` };
}

export function scriptPayload(script: Buffer): Payload {
  return { script: script.toString("base64") };
}

/** Queues an invocation. */
export async function invokeAsync(
  lambda: LambdaClient,
  functionName: string,
  payload: Payload,
): Promise<InvokeCommandOutput> {
  const body = encode(payload, MAX_ASYNC, "an asynchronous invocation");
  return known(functionName, () =>
    lambda.send(
      new InvokeCommand({ FunctionName: functionName, InvocationType: "Event", LogType: "None", Payload: body }),
    ),
  );
}

/** A synchronous invocation that has ended. */
export interface Invocation {
  readonly response: InvokeCommandOutput;
  /** The last 4 KB of the log. */
  readonly logTail: string;
  readonly requestId: string;
  readonly logGroup: string;
  readonly logStream: string;
  /** What the container wrote. */
  readonly output: Buffer;
  /** The decoded payload. */
  readonly payload: unknown;
  /** Why it failed; undefined when it did not. */
  readonly failure: string | undefined;
}

/** Waits for the end of the invocation; `lambda` must be the patient client that does not retry. */
export async function invokeSync(
  lambda: LambdaClient,
  functionName: string,
  payload: Payload,
  signal: AbortSignal,
): Promise<Invocation> {
  const body = encode(payload, MAX_SYNC, "a synchronous invocation");
  const command = new InvokeCommand({
    FunctionName: functionName,
    InvocationType: "RequestResponse",
    LogType: "Tail",
    Payload: body,
  });
  const response = await known(functionName, () => lambda.send(command, { abortSignal: signal }));
  return readAnswer(functionName, response);
}

/** SCAR's words for a function that is not there. */
async function known<T>(functionName: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw isAwsError(error, "ResourceNotFoundException") ? functionNotFound(functionName, error) : error;
  }
}

function encode(payload: Payload, limit: number, what: string): Uint8Array {
  const body = Buffer.from(JSON.stringify(payload));
  if (body.length > limit) {
    throw new ScarError("PayloadTooLarge", `the payload has ${body.length} bytes; ${what} may carry ${limit}`);
  }
  return body;
}

interface SupervisorAnswer {
  readonly statusCode?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly isBase64Encoded?: boolean;
}

/** The supervisor's answer, or whatever another function returned, as its output (behaviour.md, section 7). */
export function readAnswer(functionName: string, response: InvokeCommandOutput): Invocation {
  const text = Buffer.from(response.Payload ?? []).toString("utf8");
  const payload = parsed(text);
  const answer: SupervisorAnswer = isTree(payload) ? payload : {};
  const ofSupervisor = typeof answer.statusCode === "number" && typeof answer.body === "string";
  const output = ofSupervisor
    ? Buffer.from(answer.body!, answer.isBase64Encoded === false ? "utf8" : "base64")
    : Buffer.from(response.FunctionError === undefined ? text : "");
  const headers = isTree(answer.headers) ? answer.headers : {};
  return {
    response,
    logTail: Buffer.from(response.LogResult ?? "", "base64").toString("utf8"),
    requestId: headers["amz-lambda-request-id"] ?? response.$metadata.requestId ?? "",
    logGroup: headers["amz-log-group-name"] ?? `/aws/lambda/${functionName}`,
    logStream: headers["amz-log-stream-name"] ?? "-",
    output,
    payload,
    failure: failureOf(response, payload, ofSupervisor ? answer.statusCode! : 200, output),
  };
}

function failureOf(
  response: InvokeCommandOutput,
  payload: unknown,
  statusCode: number,
  output: Buffer,
): string | undefined {
  if (response.FunctionError !== undefined) {
    const { errorType, errorMessage }: Tree = isTree(payload) ? payload : {};
    return [errorType, errorMessage].filter((part) => typeof part === "string").join(": ") || response.FunctionError;
  }
  if (statusCode < 400) return undefined;
  const body = parsed(output.toString("utf8"));
  const exception = isTree(body) ? body["exception"] : undefined;
  return typeof exception === "string" ? exception : `the function answered with status ${statusCode}`;
}
