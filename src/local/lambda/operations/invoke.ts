/** Invoke: synchronous, asynchronous and dry. */
import { readBody } from "../../http/body.ts";
import { AwsError, type AwsRequest } from "../../service.ts";
import { traceId } from "../invoke/queue.ts";
import { payloadLimit, payloadTooLarge, requireActive } from "../invoke/refusals.ts";
import { answer, noContent, type Operation, requireFunction } from "./context.ts";

/** Seconds after which AWS suggests another try to who was throttled. */
const RETRY_AFTER = "1";

export const invoke: Operation = async (context, request, args) => {
  try {
    return await invokeNow(context, request, args);
  } catch (error) {
    if (!(error instanceof AwsError) || error.status !== 429) throw error;
    const { status, code, message, details } = error;
    return {
      status,
      headers: { "content-type": "application/json", "x-amzn-errortype": code, "retry-after": RETRY_AFTER },
      body: JSON.stringify({ Type: "User", message, ...details }),
    };
  }
};

const invokeNow: Operation = async (context, request, [name]) => {
  const record = requireFunction(context, name!);
  const { FunctionName } = record;
  const type = header(request, "x-amz-invocation-type") ?? "RequestResponse";
  const limit = payloadLimit(type);
  const payload = await readBody(request.body, limit).catch((error: unknown) => {
    throw error instanceof AwsError ? payloadTooLarge(limit) : error;
  });
  const event = payload.length === 0 ? Buffer.from("{}") : payload;
  checkJson(event);
  if (type === "DryRun") return noContent;
  if (type !== "Event" && type !== "RequestResponse") {
    throw new AwsError(
      400,
      "InvalidParameterValueException",
      `Invocation type ${type} is not one of Event, RequestResponse, DryRun`,
    );
  }
  requireActive(record);
  if (type === "Event") {
    await context.queue.add(FunctionName, event, request.requestId);
    return answer(202, undefined);
  }
  const outcome = await context.run(FunctionName, {
    requestId: request.requestId,
    payload: event,
    traceId: header(request, "x-amzn-trace-id") ?? traceId(),
    ...clientContext(request),
    signal: request.aborted(),
  });
  const tail = header(request, "x-amz-log-type") === "Tail";
  return {
    status: 200,
    headers: {
      "content-type": "application/json",
      "x-amz-executed-version": "$LATEST",
      ...(outcome.failed ? { "x-amz-function-error": "Unhandled" } : {}),
      ...(tail ? { "x-amz-log-result": outcome.logTail.toString("base64") } : {}),
    },
    body: outcome.payload,
  };
};

/** `X-Amz-Client-Context` (base64 of JSON) as a runtime gets it. */
function clientContext(request: AwsRequest): { clientContext?: string } {
  const encoded = header(request, "x-amz-client-context");
  if (encoded === undefined) return {};
  try {
    return { clientContext: JSON.stringify(JSON.parse(Buffer.from(encoded, "base64").toString("utf8"))) };
  } catch {
    throw new AwsError(
      400,
      "InvalidRequestContentException",
      "Client context must be a valid Base64-encoded JSON object.",
    );
  }
}

function header(request: AwsRequest, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === "string" ? value : undefined;
}

function checkJson(payload: Buffer): void {
  try {
    JSON.parse(payload.toString("utf8"));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new AwsError(400, "InvalidRequestContentException", `Could not parse request body into json: ${reason}`);
  }
}
