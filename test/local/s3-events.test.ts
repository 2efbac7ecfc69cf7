import { setTimeout as sleep } from "node:timers/promises";
import { CloudWatchLogsClient, paginateFilterLogEvents } from "@aws-sdk/client-cloudwatch-logs";
import { AddPermissionCommand, DeleteFunctionCommand } from "@aws-sdk/client-lambda";
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  type Event,
  type FilterRuleName,
  PutBucketNotificationConfigurationCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createNodeFunction, lambdaClient } from "../helpers/lambda.ts";
import { startTestLocal, type TestLocal } from "../helpers/local.ts";
import { clientConfig, s3Client } from "../helpers/local-clients.ts";

/** Logs each record on a line of its own. */
const LISTENER = `export const handler = async ({ Records }) => {
  for (const record of Records) console.log("RECORD " + JSON.stringify(record));
};`;

let local: TestLocal;
let s3: S3Client;

beforeAll(async () => {
  local = await startTestLocal();
  s3 = s3Client(local.server);
});
afterAll(() => local?.stop());

/** A bucket whose events go to a function of the same name. */
async function listen(name: string, Events: Event[], rules: Record<FilterRuleName, string>): Promise<void> {
  const arn = await createNodeFunction(lambdaClient(local.server), name, LISTENER);
  await s3.send(new CreateBucketCommand({ Bucket: name }));
  const FilterRules = Object.entries(rules).map(([Name, Value]) => ({ Name: Name as FilterRuleName, Value }));
  const configure = () =>
    s3.send(
      new PutBucketNotificationConfigurationCommand({
        Bucket: name,
        NotificationConfiguration: {
          LambdaFunctionConfigurations: [
            { Id: "the-rule", LambdaFunctionArn: arn, Events, Filter: { Key: { FilterRules } } },
          ],
        },
      }),
    );
  await expect(configure()).rejects.toMatchObject({ name: "InvalidArgument" });
  await lambdaClient(local.server).send(
    new AddPermissionCommand({
      FunctionName: name,
      StatementId: "s3",
      Action: "lambda:InvokeFunction",
      Principal: "s3.amazonaws.com",
      SourceArn: `arn:aws:s3:::${name}`,
      SourceAccount: local.server.accountId,
    }),
  );
  await configure();
}

interface Received {
  readonly eventName: string;
  readonly s3: { readonly object: { readonly key: string } };
}

/** The records that the function has logged, once it has logged this many different ones. Bounded by the test's own limit. */
async function received(name: string, count: number): Promise<Received[]> {
  const client = new CloudWatchLogsClient(clientConfig(local.server));
  for (;;) {
    const lines = new Set<string>();
    try {
      const query = { logGroupName: `/aws/lambda/${name}`, filterPattern: "RECORD" };
      for await (const page of paginateFilterLogEvents({ client }, query)) {
        for (const { message } of page.events ?? []) lines.add(message!.slice(message!.indexOf("RECORD ") + 7));
      }
    } catch (error) {
      // The function has not run yet.
      if ((error as Error).name !== "ResourceNotFoundException") throw error;
    }
    if (lines.size >= count) return [...lines].map((line) => JSON.parse(line) as Received);
    await sleep(50);
  }
}

it("every way to write and to remove reaches the function, filtered by prefix and suffix", async () => {
  const Bucket = "ways";
  await listen(Bucket, ["s3:ObjectCreated:*", "s3:ObjectRemoved:*"], { prefix: "in/", suffix: ".txt" });
  const put = (Key: string) => s3.send(new PutObjectCommand({ Bucket, Key, Body: "x" }));
  await put("out/a.txt");
  await put("in/a.png");
  await put("in/a b+ü.txt");
  await s3.send(new CopyObjectCommand({ Bucket, Key: "in/copy.txt", CopySource: `${Bucket}/in/a.png` }));
  const upload = { Bucket, Key: "in/parts.txt" };
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand(upload));
  const { ETag } = await s3.send(new UploadPartCommand({ ...upload, UploadId, PartNumber: 1, Body: "x" }));
  const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] };
  await s3.send(new CompleteMultipartUploadCommand({ ...upload, UploadId, MultipartUpload }));
  await s3.send(new DeleteObjectCommand({ Bucket, Key: "in/copy.txt" }));
  const Objects = [{ Key: "in/parts.txt" }, { Key: "in/a.png" }];
  await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));

  const records = await received(Bucket, 5);

  expect(records.map((record) => `${record.eventName} ${record.s3.object.key}`).sort()).toEqual([
    "ObjectCreated:CompleteMultipartUpload in/parts.txt",
    "ObjectCreated:Copy in/copy.txt",
    "ObjectCreated:Put in/a+b%2B%C3%BC.txt",
    "ObjectRemoved:Delete in/copy.txt",
    "ObjectRemoved:Delete in/parts.txt",
  ]);
  expect(records.find((record) => record.eventName === "ObjectCreated:Put")).toMatchObject({
    eventVersion: "2.1",
    s3: { configurationId: "the-rule", bucket: { name: Bucket, arn: `arn:aws:s3:::${Bucket}` }, object: { size: 1 } },
  });
});

it("the event of every acknowledged write outlives the server", async () => {
  const Bucket = "outlived";
  await listen(Bucket, ["s3:ObjectCreated:*"], { prefix: "", suffix: "" });
  const keys = Array.from({ length: 20 }, (_, i) => `k${i}`);
  await Promise.all(keys.map((Key) => s3.send(new PutObjectCommand({ Bucket, Key, Body: "x" }))));
  await local.restart("killed");
  const seen = (await received(Bucket, keys.length)).map((record) => record.s3.object.key);
  expect([...new Set(seen)].sort()).toEqual([...keys].sort());
});

it("a function that was deleted is no obstacle to writes", async () => {
  const Bucket = "orphaned";
  await listen(Bucket, ["s3:ObjectCreated:*"], { prefix: "", suffix: "" });
  await lambdaClient(local.server).send(new DeleteFunctionCommand({ FunctionName: Bucket }));
  await expect(s3.send(new PutObjectCommand({ Bucket, Key: "k", Body: "x" }))).resolves.toBeDefined();
});
