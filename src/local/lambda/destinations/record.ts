/** The document that a destination gets. (Lambda Developer Guide, "Capturing records of Lambda asynchronous invocations".) */
import type { FinishedEvent } from "../invoke/queue.ts";

/** JSON. */
export function invocationRecord(functionArn: string, event: FinishedEvent, now = new Date()): string {
  const { requestId, payload, condition, invokeCount, outcome } = event;
  return JSON.stringify({
    version: "1.0",
    timestamp: now.toISOString(),
    requestContext: {
      requestId,
      functionArn: `${functionArn}:$LATEST`,
      condition,
      approximateInvokeCount: invokeCount,
    },
    requestPayload: JSON.parse(payload.toString("utf8")) as unknown,
    ...(outcome && {
      responseContext: {
        statusCode: 200,
        executedVersion: "$LATEST",
        ...(outcome.failed && { functionError: "Unhandled" }),
      },
      responsePayload: JSON.parse(outcome.payload.toString("utf8")) as unknown,
    }),
  });
}
