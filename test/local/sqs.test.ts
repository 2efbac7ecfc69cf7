import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestLocal, type TestLocal } from "../helpers/local.ts";
import { createQueue, sqs, sqsRequest } from "../helpers/sqs.ts";

let local: TestLocal;
beforeAll(async () => {
  local = await startTestLocal();
});
afterAll(() => local?.stop());

const call = (operation: string, input: object = {}) => sqs(local.server, operation, input);
const md5 = (text: string): string => createHash("md5").update(text).digest("hex");

/** Code of the JSON protocol and that of the query protocol. */
async function refusal(operation: string, input: object): Promise<{ status: number; code: string; query: unknown }> {
  const { status, text, headers } = await sqsRequest(local.server, operation, input);
  return { status, code: JSON.parse(text).__type ?? "", query: headers["x-amzn-query-error"] };
}

describe("queues", () => {
  it("are made, found, listed in pages, described, changed, tagged and deleted", async () => {
    const { QueueUrl } = await call("CreateQueue", {
      QueueName: "first",
      Attributes: { VisibilityTimeout: "7" },
      tags: { a: "b" },
    });
    expect(QueueUrl).toBe(`${local.server.endpoint}/${local.server.accountId}/first`);
    await call("CreateQueue", { QueueName: "first" });
    await call("CreateQueue", { QueueName: "first-more" });
    expect(await call("GetQueueUrl", { QueueName: "first" })).toEqual({ QueueUrl });
    const page = await call("ListQueues", { QueueNamePrefix: "first", MaxResults: 1 });
    expect(page.QueueUrls).toEqual([QueueUrl]);
    const rest = await call("ListQueues", { QueueNamePrefix: "first", MaxResults: 1, NextToken: page.NextToken });
    expect(rest).toEqual({ QueueUrls: [`${QueueUrl}-more`] });

    await call("SetQueueAttributes", { QueueUrl, Attributes: { DelaySeconds: "1" } });
    const { Attributes } = await call("GetQueueAttributes", { QueueUrl, AttributeNames: ["All"] });
    expect(Attributes).toMatchObject({
      QueueArn: `arn:aws:sqs:${local.server.region}:${local.server.accountId}:first`,
      VisibilityTimeout: "7",
      DelaySeconds: "1",
      MessageRetentionPeriod: "345600",
      ApproximateNumberOfMessages: "0",
    });
    await call("TagQueue", { QueueUrl, Tags: { c: "d" } });
    await call("UntagQueue", { QueueUrl, TagKeys: ["a"] });
    expect(await call("ListQueueTags", { QueueUrl })).toEqual({ Tags: { c: "d" } });

    await call("DeleteQueue", { QueueUrl });
    await call("DeleteQueue", { QueueUrl: `${QueueUrl}-more` });
    expect(await call("ListQueues", { QueueNamePrefix: "first" })).toEqual({});
  });

  it.each([
    ["GetQueueUrl", { QueueName: "nowhere" }, "QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue;Sender"],
    ["CreateQueue", { QueueName: "no spaces" }, "InvalidParameterValue", "InvalidParameterValue;Sender"],
    ["CreateQueue", {}, "MissingParameter", "MissingParameter;Sender"],
    [
      "CreateQueue",
      { QueueName: "q", Attributes: { Colour: "red" } },
      "InvalidAttributeName",
      "InvalidAttributeName;Sender",
    ],
    [
      "CreateQueue",
      { QueueName: "q", Attributes: { DelaySeconds: "901" } },
      "InvalidAttributeValue",
      "InvalidAttributeValue;Sender",
    ],
  ])("%s of %j is refused with AWS's codes", async (operation, input, code, query) => {
    expect(await refusal(operation, input)).toEqual({ status: 400, code: `com.amazonaws.sqs#${code}`, query });
  });

  it("refuses by name what is not served", async () => {
    for (const [operation, input] of [
      ["CreateQueue", { QueueName: "ordered.fifo" }],
      ["CreateQueue", { QueueName: "q", Attributes: { RedrivePolicy: "{}" } }],
      ["StartMessageMoveTask", {}],
    ] as const) {
      const { status, code } = await refusal(operation, input);
      expect([status, code]).toEqual([501, "com.amazonaws.sqs#NotImplemented"]);
    }
  });

  it("refuses a queue of the same name with other attributes", async () => {
    await call("CreateQueue", { QueueName: "same", Attributes: { DelaySeconds: "2" } });
    const other = await refusal("CreateQueue", { QueueName: "same", Attributes: { DelaySeconds: "3" } });
    expect(other.query).toBe("QueueAlreadyExists;Sender");
  });
});

describe("messages", () => {
  it("carry attributes, with the digests that clients check", async () => {
    const { url: QueueUrl } = await createQueue(local.server, "carried");
    const MessageAttributes = {
      RequestID: { DataType: "String", StringValue: "r-1" },
      ErrorCode: { DataType: "Number", StringValue: "200" },
      bytes: { DataType: "Binary", BinaryValue: "AAEC" },
    };
    const sent = await call("SendMessage", { QueueUrl, MessageBody: "grüße", MessageAttributes });
    expect(sent.MD5OfMessageBody).toBe(md5("grüße"));
    const { Messages } = await call("ReceiveMessage", {
      QueueUrl,
      MessageAttributeNames: ["All"],
      AttributeNames: ["All"],
    });
    expect(Messages).toHaveLength(1);
    expect(Messages[0]).toMatchObject({
      MessageId: sent.MessageId,
      Body: "grüße",
      MD5OfBody: md5("grüße"),
      MessageAttributes,
      MD5OfMessageAttributes: sent.MD5OfMessageAttributes,
      Attributes: { ApproximateReceiveCount: "1" },
    });
  });

  it("are hidden while in flight, come again, and are gone when deleted with the latest handle", async () => {
    const { url: QueueUrl } = await createQueue(local.server, "hidden");
    await call("SendMessage", { QueueUrl, MessageBody: "x" });
    const [first] = (await call("ReceiveMessage", { QueueUrl })).Messages;
    expect(await call("ReceiveMessage", { QueueUrl })).toEqual({});
    await call("ChangeMessageVisibility", { QueueUrl, ReceiptHandle: first.ReceiptHandle, VisibilityTimeout: 0 });
    const [second] = (await call("ReceiveMessage", { QueueUrl, AttributeNames: ["ApproximateReceiveCount"] })).Messages;
    expect([second.MessageId, second.Attributes]).toEqual([first.MessageId, { ApproximateReceiveCount: "2" }]);
    // The handle of an earlier receiver deletes nothing.
    await call("DeleteMessage", { QueueUrl, ReceiptHandle: first.ReceiptHandle });
    const counts = async () =>
      (await call("GetQueueAttributes", { QueueUrl, AttributeNames: ["All"] })).Attributes
        .ApproximateNumberOfMessagesNotVisible;
    expect(await counts()).toBe("1");
    await call("DeleteMessage", { QueueUrl, ReceiptHandle: second.ReceiptHandle });
    expect(await counts()).toBe("0");
    expect(await refusal("DeleteMessage", { QueueUrl, ReceiptHandle: "nonsense" })).toMatchObject({
      code: "com.amazonaws.sqs#ReceiptHandleIsInvalid",
    });
  });

  it("wake the one who waits for them: when they are sent, and when they become visible again", async () => {
    const { url: QueueUrl } = await createQueue(local.server, "awaited");
    const waiting = call("ReceiveMessage", { QueueUrl, WaitTimeSeconds: 20, VisibilityTimeout: 1 });
    await call("SendMessage", { QueueUrl, MessageBody: "now" });
    expect((await waiting).Messages[0].Body).toBe("now");
    const again = await call("ReceiveMessage", { QueueUrl, WaitTimeSeconds: 20 });
    expect(again.Messages[0].Body).toBe("now");
    const delayed = call("ReceiveMessage", { QueueUrl, WaitTimeSeconds: 20 });
    await call("SendMessage", { QueueUrl, MessageBody: "later", DelaySeconds: 1 });
    expect((await delayed).Messages[0].Body).toBe("later");
  });

  it("go in batches, each entry with an answer of its own", async () => {
    const { url: QueueUrl } = await createQueue(local.server, "batched");
    const sent = await call("SendMessageBatch", {
      QueueUrl,
      Entries: [
        { Id: "a", MessageBody: "1" },
        { Id: "b", MessageBody: "2", DelaySeconds: 9999 },
        { Id: "c", MessageBody: "3" },
      ],
    });
    expect(sent.Successful.map(({ Id }: { Id: string }) => Id)).toEqual(["a", "c"]);
    expect(sent.Failed).toMatchObject([{ Id: "b", SenderFault: true, Code: "InvalidParameterValue" }]);
    const { Messages } = await call("ReceiveMessage", { QueueUrl, MaxNumberOfMessages: 10 });
    expect(Messages.map(({ Body }: { Body: string }) => Body)).toEqual(["1", "3"]);
    const Entries = Messages.map(({ ReceiptHandle }: { ReceiptHandle: string }, n: number) => ({
      Id: `m${n}`,
      ReceiptHandle,
    }));
    expect((await call("DeleteMessageBatch", { QueueUrl, Entries })).Successful).toHaveLength(2);
    expect(await refusal("SendMessageBatch", { QueueUrl, Entries: [] })).toMatchObject({
      query: "AWS.SimpleQueueService.EmptyBatchRequest;Sender",
    });
  });

  it("leave nobody waiting in a queue that is deleted", async () => {
    const { url: QueueUrl } = await createQueue(local.server, "short-lived");
    const waiting = call("ReceiveMessage", { QueueUrl, WaitTimeSeconds: 20 });
    // Until the request is there: a queue of no messages tells nobody who waits.
    await new Promise((resolve) => setTimeout(resolve, 300));
    await call("DeleteQueue", { QueueUrl });
    expect(await waiting).toEqual({});
  }, 15_000);

  it("are not sent when their attributes are refused", async () => {
    const { url: QueueUrl } = await createQueue(local.server, "strict");
    for (const attributes of [
      { MessageAttributes: { a: null } },
      { MessageSystemAttributes: { AWSTraceHeader: { StringValue: "Root=1" } } },
    ]) {
      const refused = await refusal("SendMessage", { QueueUrl, MessageBody: "x", ...attributes });
      expect(refused).toMatchObject({ status: 400, code: "com.amazonaws.sqs#InvalidParameterValue" });
    }
    const nameless = await refusal("SendMessageBatch", { QueueUrl, Entries: [null, { MessageBody: "x" }] });
    expect(nameless).toMatchObject({ status: 400, code: "com.amazonaws.sqs#InvalidBatchEntryId" });
    expect(await call("ReceiveMessage", { QueueUrl })).toEqual({});
  });

  it("are gone when the queue is purged", async () => {
    const { url: QueueUrl } = await createQueue(local.server, "purged");
    await call("SendMessage", { QueueUrl, MessageBody: "x" });
    await call("PurgeQueue", { QueueUrl });
    expect(await call("ReceiveMessage", { QueueUrl })).toEqual({});
  });

  it("refuses what is too long, and characters that are none", async () => {
    const { url: QueueUrl } = await createQueue(local.server, "bounded");
    await call("SetQueueAttributes", { QueueUrl, Attributes: { MaximumMessageSize: "1024" } });
    expect(await refusal("SendMessage", { QueueUrl, MessageBody: "x".repeat(1025) })).toMatchObject({
      code: "com.amazonaws.sqs#InvalidParameterValue",
    });
    expect(await refusal("SendMessage", { QueueUrl, MessageBody: "\u0001" })).toMatchObject({
      code: "com.amazonaws.sqs#InvalidMessageContents",
    });
  });

  it("survive a killed server: those that wait and those in flight", async () => {
    const { url: QueueUrl } = await createQueue(local.server, "kept");
    await call("SendMessage", { QueueUrl, MessageBody: "in flight" });
    const [held] = (await call("ReceiveMessage", { QueueUrl, VisibilityTimeout: 600 })).Messages;
    await call("SendMessage", { QueueUrl, MessageBody: "waiting" });
    await local.restart("killed");
    const { Messages } = await call("ReceiveMessage", { QueueUrl, MaxNumberOfMessages: 10 });
    expect(Messages.map(({ Body }: { Body: string }) => Body)).toEqual(["waiting"]);
    await call("ChangeMessageVisibility", { QueueUrl, ReceiptHandle: held.ReceiptHandle, VisibilityTimeout: 0 });
    expect((await call("ReceiveMessage", { QueueUrl })).Messages[0].Body).toBe("in flight");
  });
});
