/** Send, receive, hide and delete messages. */
import { createHash } from "node:crypto";
import { AwsError } from "../../service.ts";
import { numberOf } from "../attributes.ts";
import { attributesDigest, attributesSize, readMessageAttributes, selected } from "../message-attributes.ts";
import type { Queue, Received } from "../queue.ts";
import { type Context, type Input, type Operation, optionalInteger, queueOf, text, texts } from "./context.ts";

/** Characters that SQS takes: those of XML 1.0. */
const FORBIDDEN = /[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/;

export const sendMessage: Operation = (input, context) => sendOne(queueOf(input, context), input, context);

/** One message of SendMessage or of a batch. */
export function sendOne(queue: Queue, input: Input, { identity }: Context): object {
  const body = text(input, "MessageBody");
  const attributes = readMessageAttributes(input["MessageAttributes"]);
  if (FORBIDDEN.test(body)) {
    throw new AwsError(
      400,
      "InvalidMessageContents",
      "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF",
    );
  }
  const most = numberOf(queue.record.attributes, "MaximumMessageSize");
  if (Buffer.byteLength(body) + attributesSize(attributes) > most) {
    const message = `One or more parameters are invalid. Reason: Message must be shorter than ${most} bytes.`;
    throw new AwsError(400, "InvalidParameterValue", message);
  }
  const delay = optionalInteger(input, "DelaySeconds", 0, 900);
  const system = readMessageAttributes(input["MessageSystemAttributes"]);
  const traceHeader = system["AWSTraceHeader"]?.StringValue;
  const content = {
    body,
    attributes,
    senderId: identity.userId,
    sentAt: Date.now(),
    ...(traceHeader !== undefined && { traceHeader }),
  };
  const digest = attributesDigest(attributes);
  return {
    MessageId: queue.send(content, delay === undefined ? undefined : delay * 1000),
    MD5OfMessageBody: md5(body),
    ...(digest !== undefined && { MD5OfMessageAttributes: digest }),
    ...(traceHeader !== undefined && { MD5OfMessageSystemAttributes: attributesDigest(system) }),
  };
}

export const receiveMessage: Operation = async (input, context) => {
  const queue = queueOf(input, context);
  const visibility = optionalInteger(input, "VisibilityTimeout", 0, 43_200);
  const wait =
    optionalInteger(input, "WaitTimeSeconds", 0, 20) ??
    numberOf(queue.record.attributes, "ReceiveMessageWaitTimeSeconds");
  const received = await queue.receive({
    most: optionalInteger(input, "MaxNumberOfMessages", 1, 10) ?? 1,
    ...(visibility !== undefined && { visibilityMs: visibility * 1000 }),
    waitMs: wait * 1000,
    signal: context.aborted(),
  });
  // AWS leaves the list away when it is empty.
  return received.length > 0 ? { Messages: received.map((one) => described(one, input)) } : {};
};

function described({ message, content, receiptHandle }: Received, input: Input): object {
  const asked = new Set([...texts(input, "AttributeNames"), ...texts(input, "MessageSystemAttributeNames")]);
  const system = Object.entries({
    SenderId: content.senderId,
    SentTimestamp: String(content.sentAt),
    ApproximateReceiveCount: String(message.receives),
    ApproximateFirstReceiveTimestamp: String(message.firstReceivedAt),
    ...(content.traceHeader !== undefined && { AWSTraceHeader: content.traceHeader }),
  }).filter(([name]) => asked.has("All") || asked.has(name));
  const attributes = selected(content.attributes, texts(input, "MessageAttributeNames"));
  const digest = attributesDigest(attributes);
  return {
    MessageId: message.id,
    ReceiptHandle: receiptHandle,
    MD5OfBody: md5(content.body),
    Body: content.body,
    ...(system.length > 0 && { Attributes: Object.fromEntries(system) }),
    ...(digest !== undefined && { MessageAttributes: attributes, MD5OfMessageAttributes: digest }),
  };
}

export const deleteMessage: Operation = (input, context) => deleteOne(queueOf(input, context), input);

export function deleteOne(queue: Queue, input: Input): undefined {
  queue.delete(text(input, "ReceiptHandle"));
}

export const changeMessageVisibility: Operation = (input, context) => changeOne(queueOf(input, context), input);

export function changeOne(queue: Queue, input: Input): undefined {
  const seconds =
    optionalInteger(input, "VisibilityTimeout", 0, 43_200) ?? numberOf(queue.record.attributes, "VisibilityTimeout");
  queue.changeVisibility(text(input, "ReceiptHandle"), seconds * 1000);
}

const md5 = (body: string): string => createHash("md5").update(body).digest("hex");
