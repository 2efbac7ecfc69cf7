/** Sends what became of an asynchronous event to where its function wants it: a destination, a dead-letter queue, or nowhere. */
import { randomUUID } from "node:crypto";
import { messageOf } from "../../../errors.ts";
import type { QueueTarget } from "../../service.ts";
import type { FinishedEvent } from "../invoke/queue.ts";
import type { FunctionRecord } from "../model.ts";
import { readDestination } from "./arn.ts";
import { invocationRecord } from "./record.ts";

export interface DeliveryPorts {
  /** Puts an event into the queue of the function with this ARN; rejects when there is none. */
  readonly invoke: (functionArn: string, payload: Buffer) => Promise<void>;
  readonly queues: Pick<QueueTarget, "send">;
  /** Writes an object; rejects when there is no such bucket. */
  readonly putObject: (bucket: string, key: string, body: string) => Promise<void>;
  /** Told of what could not be delivered: AWS counts it in a metric. */
  readonly log: (text: string) => void;
}

/** Bytes of `ErrorMessage` in a dead-letter queue. */
const MAX_ERROR_MESSAGE = 1024;

/** Never rejects: what cannot be delivered is logged and lost, as on AWS. */
export async function deliver(record: FunctionRecord, event: FinishedEvent, ports: DeliveryPorts): Promise<void> {
  const { OnSuccess, OnFailure } = record.EventInvokeConfig?.DestinationConfig ?? {};
  const failed = event.condition !== "Success";
  const destination = failed ? OnFailure?.Destination : OnSuccess?.Destination;
  const attempt = async (arn: string | undefined, send: (arn: string) => Promise<void>): Promise<void> => {
    if (!arn) return;
    await send(arn).catch((error: unknown) => {
      const what = `the record of invocation ${event.requestId} of ${record.FunctionName}`;
      ports.log(`${what} could not be delivered to ${arn}: ${messageOf(error)}`);
    });
  };
  await attempt(destination, (arn) => sendRecord(arn, record, event, ports));
  if (failed) await attempt(record.DeadLetterTargetArn, (arn) => sendDeadLetter(arn, event, ports));
}

async function sendRecord(
  arn: string,
  { FunctionArn, FunctionName }: FunctionRecord,
  event: FinishedEvent,
  { invoke, queues, putObject }: DeliveryPorts,
): Promise<void> {
  const destination = readDestination(arn);
  const document = invocationRecord(FunctionArn, event);
  switch (destination.kind) {
    case "lambda":
      return invoke(arn, Buffer.from(document));
    case "sqs":
      return queues.send(arn, document);
    case "s3":
      return putObject(destination.bucket, recordKey(FunctionName, new Date()), document);
  }
}

/** `aws/lambda/async/NAME/YYYY/MM/DD/YYYY-MM-DDTHH.MM.SS-UUID`, AWS's. */
function recordKey(functionName: string, now: Date): string {
  const time = now.toISOString().slice(0, 19);
  return `aws/lambda/async/${functionName}/${time.slice(0, 10).replaceAll("-", "/")}/${time.replaceAll(":", ".")}-${randomUUID()}`;
}

/** The event itself, with why it was given up beside it. (Lambda Developer Guide, "Adding a dead-letter queue".) */
function sendDeadLetter(arn: string, event: FinishedEvent, { queues }: DeliveryPorts): Promise<void> {
  const { outcome, payload, requestId } = event;
  const message = outcome ? errorMessage(outcome.payload) : "";
  return queues.send(arn, payload.toString("utf8"), {
    RequestID: { type: "String", value: requestId },
    // What Invoke answers for it: a function's own error comes with 200.
    ErrorCode: { type: "Number", value: outcome ? "200" : "429" },
    ...(message !== "" && { ErrorMessage: { type: "String", value: message } }),
  });
}

function errorMessage(payload: Buffer): string {
  const { errorMessage: message } = (JSON.parse(payload.toString("utf8")) ?? {}) as { readonly errorMessage?: unknown };
  const text = typeof message === "string" ? message : payload.toString("utf8");
  return Buffer.from(text).subarray(0, MAX_ERROR_MESSAGE).toString("utf8");
}
