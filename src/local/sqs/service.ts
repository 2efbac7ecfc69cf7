/**
 * SQS on this machine, for what Lambda and S3 send: standard queues, in the JSON protocol. State below `sqs/` of the state folder;
 * what is not served stands in GAPS.md.
 */
import { join } from "node:path";
import { readBody } from "../http/body.ts";
import {
  AwsError,
  type AwsRequest,
  type LocalService,
  type LocalSettings,
  notServed,
  type QueueTarget,
} from "../service.ts";
import { errorAnswer, queueDoesNotExist } from "./errors.ts";
import { changeMessageVisibilityBatch, deleteMessageBatch, sendMessageBatch } from "./operations/batches.ts";
import { type Input, type Operation, queueArn } from "./operations/context.ts";
import { changeMessageVisibility, deleteMessage, receiveMessage, sendMessage } from "./operations/messages.ts";
import * as queues from "./operations/queues.ts";
import { allowsSending } from "./policy.ts";
import type { Queue } from "./queue.ts";
import { QueueStore } from "./queue-store.ts";

const TARGET = "AmazonSQS.";
/** Ten messages of 1 MB in one batch are refused by their size; their JSON may be longer than they are. */
const MAX_BODY = 8 * 1024 * 1024;
/** Who sends what AWS itself sends. */
const AWS_SENDER = "AIDALOCALAWS";

const OPERATIONS: Readonly<Record<string, Operation>> = {
  ChangeMessageVisibility: changeMessageVisibility,
  ChangeMessageVisibilityBatch: changeMessageVisibilityBatch,
  CreateQueue: queues.createQueue,
  DeleteMessage: deleteMessage,
  DeleteMessageBatch: deleteMessageBatch,
  DeleteQueue: queues.deleteQueue,
  GetQueueAttributes: queues.getQueueAttributes,
  GetQueueUrl: queues.getQueueUrl,
  ListQueues: queues.listQueues,
  ListQueueTags: queues.listQueueTags,
  PurgeQueue: queues.purgeQueue,
  ReceiveMessage: receiveMessage,
  SendMessage: sendMessage,
  SendMessageBatch: sendMessageBatch,
  SetQueueAttributes: queues.setQueueAttributes,
  TagQueue: queues.tagQueue,
  UntagQueue: queues.untagQueue,
};

export type SqsService = LocalService & QueueTarget;

export function createSqsService({ settings }: { readonly settings: LocalSettings }): SqsService {
  const store = new QueueStore(join(settings.dir, "sqs"));
  const byArn = (arn: string): Queue | undefined => {
    const name = arn.split(":").at(-1)!;
    return arn === queueArn(settings, name) ? store.get(name) : undefined;
  };
  return {
    scopes: ["sqs"],
    errorStyle: "json-1.1",
    async handle(request) {
      try {
        const operation = operationOf(request);
        const { identity, aborted } = request;
        const document = await operation(await readInput(request), { settings, queues: store, identity, aborted });
        const headers = { "content-type": "application/x-amz-json-1.0" };
        return { status: 200, headers, body: JSON.stringify(document ?? {}) };
      } catch (error) {
        if (error instanceof AwsError) return errorAnswer(error);
        throw error;
      }
    },
    async close() {
      store.close();
    },
    checkQueue(arn, sourceArn, sourceAccount) {
      const policy = byArn(arn)?.record.attributes["Policy"];
      if (!allowsSending(policy, arn, { service: "s3.amazonaws.com", sourceArn, sourceAccount })) {
        throw new AwsError(400, "InvalidArgument", "Unable to validate the following destination configurations", {
          ArgumentName1: arn,
          ArgumentValue1: byArn(arn)
            ? "Permissions on the destination queue do not allow S3 to publish notifications from this bucket"
            : "The destination queue does not exist",
        });
      }
    },
    async send(arn, body, attributes = {}) {
      const queue = byArn(arn);
      if (!queue) throw queueDoesNotExist();
      const entries = Object.entries(attributes).map(
        ([name, { type, value }]) => [name, { DataType: type, StringValue: value }] as const,
      );
      queue.send({ body, attributes: Object.fromEntries(entries), senderId: AWS_SENDER, sentAt: Date.now() });
    },
  };
}

function operationOf({ headers }: AwsRequest): Operation {
  const target = headers["x-amz-target"];
  if (typeof target !== "string" || !target.startsWith(TARGET)) {
    throw notServed("The query protocol of SQS (use a client of 2024 or newer, which speaks JSON)");
  }
  const name = target.slice(TARGET.length);
  const operation = Object.hasOwn(OPERATIONS, name) ? OPERATIONS[name] : undefined;
  if (!operation) throw notServed(name);
  return operation;
}

async function readInput(request: AwsRequest): Promise<Input> {
  const text = (await readBody(request.body, MAX_BODY)).toString("utf8");
  try {
    const value: unknown = text === "" ? {} : JSON.parse(text);
    if (typeof value === "object" && value !== null) return value as Input;
  } catch {
    // Said below.
  }
  throw new AwsError(400, "SerializationException", "The request's body is no JSON object");
}
