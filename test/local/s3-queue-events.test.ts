import { setTimeout as sleep } from "node:timers/promises";
import {
  CreateBucketCommand,
  DeleteObjectTaggingCommand,
  type Event,
  PutBucketNotificationConfigurationCommand,
  PutObjectAclCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startTestLocal, type TestLocal } from "../helpers/local.ts";
import { s3Client } from "../helpers/local-clients.ts";
import { createQueue, sqs } from "../helpers/sqs.ts";

let local: TestLocal;
let s3: S3Client;

beforeAll(async () => {
  local = await startTestLocal();
  s3 = s3Client(local.server);
});
afterAll(() => local?.stop());

type Queue = Awaited<ReturnType<typeof createQueue>>;

/** A bucket and a queue of its name that S3 may not write to yet. */
async function prepare(name: string): Promise<Queue> {
  await s3.send(new CreateBucketCommand({ Bucket: name }));
  return await createQueue(local.server, name);
}

const permit = (queue: Queue, bucket: string) =>
  sqs(local.server, "SetQueueAttributes", {
    QueueUrl: queue.url,
    Attributes: {
      Policy: JSON.stringify({
        Statement: [
          {
            Effect: "Allow",
            Principal: { Service: "s3.amazonaws.com" },
            Action: "sqs:SendMessage",
            Resource: queue.arn,
            Condition: { ArnLike: { "aws:SourceArn": `arn:aws:s3:::${bucket}` } },
          },
        ],
      }),
    },
  });

const configure = (Bucket: string, QueueArn: string, Events: Event[], prefix = "") =>
  s3.send(
    new PutBucketNotificationConfigurationCommand({
      Bucket,
      NotificationConfiguration: {
        QueueConfigurations: [
          { Id: "rule", QueueArn, Events, Filter: { Key: { FilterRules: [{ Name: "prefix", Value: prefix }] } } },
        ],
      },
    }),
  );

/** Takes this many messages out of the queue, as documents. Bounded by the test's own limit. */
// biome-ignore lint/suspicious/noExplicitAny: documents of events
async function take({ url: QueueUrl }: Queue, count: number): Promise<any[]> {
  const documents: unknown[] = [];
  while (documents.length < count) {
    const { Messages = [] } = await sqs(local.server, "ReceiveMessage", { QueueUrl, MaxNumberOfMessages: 10 });
    for (const { Body, ReceiptHandle } of Messages) {
      documents.push(JSON.parse(Body));
      await sqs(local.server, "DeleteMessage", { QueueUrl, ReceiptHandle });
    }
    if (Messages.length === 0) await sleep(20);
  }
  return documents;
}

it("a queue that lets S3 in gets a test event, then those of its prefix; one that does not is refused", async () => {
  const Bucket = "to-queue";
  const queue = await prepare(Bucket);
  await expect(configure(Bucket, queue.arn, ["s3:ObjectCreated:*"])).rejects.toMatchObject({
    name: "InvalidArgument",
    ArgumentName1: queue.arn,
    ArgumentValue1: expect.stringContaining("Permissions on the destination queue"),
  });
  await permit(queue, Bucket);
  await configure(Bucket, queue.arn, ["s3:ObjectCreated:*"], "in/");
  expect(await take(queue, 1)).toMatchObject([{ Service: "Amazon S3", Event: "s3:TestEvent", Bucket }]);
  await s3.send(new PutObjectCommand({ Bucket, Key: "out/a", Body: "x" }));
  await s3.send(new PutObjectCommand({ Bucket, Key: "in/a b", Body: "xy" }));
  const [{ Records }] = await take(queue, 1);
  expect(Records).toMatchObject([
    { eventName: "ObjectCreated:Put", s3: { configurationId: "rule", object: { key: "in/a+b", size: 2 } } },
  ]);
});

it("changes of tags and access are told to who listens to them, and to nobody else", async () => {
  const Bucket = "tag-events";
  const queue = await prepare(Bucket);
  await permit(queue, Bucket);
  await configure(Bucket, queue.arn, ["s3:ObjectTagging:*", "s3:ObjectAcl:Put"]);
  const object = { Bucket, Key: "k" };
  const { ETag } = await s3.send(new PutObjectCommand({ ...object, Body: "x", Tagging: "with=object" }));
  await s3.send(new PutObjectTaggingCommand({ ...object, Tagging: { TagSet: [{ Key: "a", Value: "1" }] } }));
  await s3.send(new DeleteObjectTaggingCommand(object));
  await s3.send(new PutObjectAclCommand({ ...object, ACL: "private" }));
  const [, ...events] = await take(queue, 4);
  const records = events.map(({ Records: [record] }) => record);
  expect(records.map(({ eventName }) => eventName).sort()).toEqual([
    "ObjectAcl:Put",
    "ObjectTagging:Delete",
    "ObjectTagging:Put",
  ]);
  for (const record of records) {
    expect(record.eventVersion).toBe("2.3");
    expect(record.s3.object).toEqual({ key: "k", eTag: ETag!.slice(1, -1) });
  }
});

it("events name any key so that form decoding gives it back", async () => {
  const Bucket = "any-key-events";
  const queue = await prepare(Bucket);
  await permit(queue, Bucket);
  await configure(Bucket, queue.arn, ["s3:ObjectCreated:*"]);
  await take(queue, 1);
  const key = fc.string({ unit: "grapheme", minLength: 1, maxLength: 10 }).filter((text) => !text.includes("\0"));
  await fc.assert(
    fc.asyncProperty(key, async (Key) => {
      await s3.send(new PutObjectCommand({ Bucket, Key, Body: "x" }));
      const [{ Records }] = await take(queue, 1);
      expect(decodeURIComponent(Records[0].s3.object.key.replaceAll("+", " "))).toBe(Key);
    }),
    { numRuns: 30 },
  );
});

it("the events of acknowledged writes outlive the server; a queue that is gone is no obstacle", async () => {
  const Bucket = "outlived-queue";
  const queue = await prepare(Bucket);
  await permit(queue, Bucket);
  await configure(Bucket, queue.arn, ["s3:ObjectCreated:*"]);
  await take(queue, 1);
  const keys = Array.from({ length: 20 }, (_, i) => `k${i}`);
  await Promise.all(keys.map((Key) => s3.send(new PutObjectCommand({ Bucket, Key, Body: "x" }))));
  await local.restart("killed");
  const events = await take(queue, keys.length);
  expect(new Set(events.map(({ Records }) => Records[0].s3.object.key))).toEqual(new Set(keys));
  await sqs(local.server, "DeleteQueue", { QueueUrl: queue.url });
  await s3.send(new PutObjectCommand({ Bucket, Key: "after", Body: "x" }));
});
