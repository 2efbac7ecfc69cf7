import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import {
  CloudWatchLogsClient,
  DescribeLogGroupsCommand,
  FilterLogEventsCommand,
  GetLogEventsCommand,
  ListTagsForResourceCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import {
  GetFunctionCommand,
  GetLayerVersionCommand,
  GetPolicyCommand,
  type LambdaClient,
} from "@aws-sdk/client-lambda";
import {
  CompleteMultipartUploadCommand,
  DeleteObjectCommand,
  GetBucketLocationCommand,
  GetBucketNotificationConfigurationCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  ListPartsCommand,
  PutObjectCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type LocalServer, startLocal, stopLocal } from "../../src/local/control.ts";
import { call, lambdaClient, settled } from "../helpers/lambda.ts";
import { distDir } from "../helpers/local.ts";
import { clientConfig, s3Client } from "../helpers/local-clients.ts";

const FIXTURE = fileURLToPath(new URL("../fixtures/state-1/state.tar.gz", import.meta.url));
const ODD_KEYS = [
  "a folder/ñ+%41&=?#'\".txt",
  "//double//slash/",
  "emoji 😀",
  "..",
  "back\\slash",
  "tab\tand\nnewline",
];

/** A state folder of that release on this machine, as if its server had been killed a moment ago. */
function unpackState(): string {
  const dir = mkdtempSync(join(tmpdir(), "scar-upgrade-"));
  execFileSync("tar", ["-xzf", FIXTURE, "-C", dir]);
  // AWS drops events that are too old; these waited since the folder was packed.
  const queue = join(dir, "lambda/queue/slow");
  for (const name of readdirSync(queue)) {
    renameSync(join(queue, name), join(queue, name.replace(/^\d+/, String(Date.now()).padStart(15, "0"))));
  }
  return dir;
}

const optionsFor = (dir: string) => ({
  env: { PATH: process.env["PATH"] ?? "", HOME: dir, SCAR_LOCAL_DIR: dir },
  distDir,
  attached: true,
  port: 0,
});

describe("a state folder of format 1, whose server was killed", () => {
  const dir = unpackState();
  let server: LocalServer;
  let s3: S3Client;
  let lambda: LambdaClient;
  let logs: CloudWatchLogsClient;
  const Bucket = "old-data";

  beforeAll(async () => {
    server = await startLocal(optionsFor(dir));
    s3 = s3Client(server);
    lambda = lambdaClient(server);
    logs = new CloudWatchLogsClient(clientConfig(server));
  });
  afterAll(async () => {
    await stopLocal(optionsFor(dir));
    rmSync(dir, { recursive: true, force: true });
  });

  const contentOf = async (Key: string): Promise<string> =>
    (await s3.send(new GetObjectCommand({ Bucket, Key }))).Body!.transformToString();

  it("keeps its account and its key", () => {
    const keys = JSON.parse(readFileSync(join(dir, "keys.json"), "utf8")) as Record<string, string>;
    expect(server).toMatchObject({ ...keys, accountId: "000000000000", region: "us-east-1" });
    expect(keys["accessKeyId"]).toMatch(/^AKIALOCAL/);
  });

  it("is not for older releases any more", () => {
    expect(JSON.parse(readFileSync(join(dir, "state.json"), "utf8"))).toMatchObject({ format: 2 });
  });

  it("has its buckets, objects and their headers", async () => {
    const { Buckets } = await s3.send(new ListBucketsCommand({}));
    expect(Buckets?.map(({ Name }) => Name)).toEqual(["old-data", "old-empty"]);
    expect(await s3.send(new GetBucketLocationCommand({ Bucket }))).toMatchObject({ LocationConstraint: "eu-west-1" });
    const { Contents } = await s3.send(new ListObjectsV2Command({ Bucket }));
    const named = ["copy", "empty", "in/queued one.txt", "multipart", "plain.txt", "sha256"];
    expect(Contents?.map(({ Key }) => Key).sort()).toEqual([...named, ...ODD_KEYS].sort());
    for (const key of ODD_KEYS) expect(await contentOf(key)).toBe(`content of ${key}`);
    for (const key of ["plain.txt", "copy"]) expect(await contentOf(key)).toBe("plain text");
    expect(await contentOf("empty")).toBe("");
    expect(await s3.send(new HeadObjectCommand({ Bucket, Key: "plain.txt" }))).toMatchObject({
      ContentType: "text/plain",
      CacheControl: "no-cache",
      Metadata: { colour: "grey" },
      ETag: '"31bc5c2b8fd4f20cd747347b7504a385"',
    });
    expect(await s3.send(new HeadObjectCommand({ Bucket, Key: "sha256", ChecksumMode: "ENABLED" }))).toMatchObject({
      ChecksumSHA256: "5ho9eMZRM8cmDEPnGdl8RuFr1Qxk7ngAU2zxTGQHphc=",
    });
    const multipart = await s3.send(new GetObjectCommand({ Bucket, Key: "multipart" }));
    expect(multipart).toMatchObject({ ContentLength: 5 * 1024 * 1024 + 7, ContentType: "application/x-parts" });
    expect(multipart.ETag).toMatch(/-2"$/);
    expect((await multipart.Body!.transformToString()).endsWith("\0the end")).toBe(true);
  });

  it("completes the upload that was open", async () => {
    const { Uploads } = await s3.send(new ListMultipartUploadsCommand({ Bucket }));
    expect(Uploads?.map(({ Key }) => Key)).toEqual(["still open"]);
    const upload = { Bucket, Key: "still open", UploadId: Uploads![0]!.UploadId! };
    const { Parts } = await s3.send(new ListPartsCommand(upload));
    const MultipartUpload = { Parts: Parts!.map(({ PartNumber, ETag }) => ({ PartNumber, ETag })) };
    await s3.send(new CompleteMultipartUploadCommand({ ...upload, MultipartUpload }));
    expect((await contentOf("still open")).endsWith("\0the end")).toBe(true);
  });

  it("has its functions, layers, policies and tags, and they run", async () => {
    const { Configuration, Tags } = await lambda.send(new GetFunctionCommand({ FunctionName: "kept" }));
    expect(Tags).toEqual({ team: "a b" });
    expect(Configuration).toMatchObject({
      State: "Active",
      Description: "of format 1",
      MemorySize: 256,
      Timeout: 7,
      EphemeralStorage: { Size: 600 },
      Environment: { Variables: { COLOUR: "grey" } },
    });
    const LayerName = "old-layer";
    expect(await lambda.send(new GetLayerVersionCommand({ LayerName, VersionNumber: 1 }))).toMatchObject({
      Description: "of format 1",
      CompatibleRuntimes: ["nodejs24.x"],
    });
    const { Policy } = await lambda.send(new GetPolicyCommand({ FunctionName: "slow" }));
    expect(JSON.parse(Policy!).Statement).toMatchObject([{ Sid: "s3", Principal: { Service: "s3.amazonaws.com" } }]);
    const { value } = await call(lambda, "kept", { n: 1 });
    expect(value).toEqual({ event: { n: 1 }, layer: "layer text", variable: "grey" });
  });

  it("finishes the creation and the update that were under way", async () => {
    for (const [name, answer] of [
      ["pending", "up"],
      ["changing", "green"],
    ] as const) {
      await settled(lambda, name);
      expect((await call(lambda, name)).value).toBe(answer);
    }
  });

  it("runs the events that had been accepted, and sends those of its notifications on", async () => {
    const { LambdaFunctionConfigurations, QueueConfigurations } = await s3.send(
      new GetBucketNotificationConfigurationCommand({ Bucket }),
    );
    expect(LambdaFunctionConfigurations).toMatchObject([{ Id: "in", Events: ["s3:ObjectCreated:*"] }]);
    expect(QueueConfigurations).toMatchObject([{ QueueArn: "arn:aws:sqs:us-east-1:000000000000:old-queue" }]);
    await s3.send(new PutObjectCommand({ Bucket, Key: "in/new.txt", Body: "new" }));
    // Its events go to a queue that is not there.
    await s3.send(new DeleteObjectCommand({ Bucket, Key: "empty" }));
    const done = async (): Promise<string[]> => {
      const request = { logGroupName: "/aws/lambda/slow", filterPattern: '"done"' };
      const { events } = await logs.send(new FilterLogEventsCommand(request));
      return (events ?? []).map(({ message }) => /done (.*)\./.exec(message!)![1]!);
    };
    const wanted = ["0", "1", "in/new.txt", "in/queued+one.txt"];
    while (new Set(await done()).size < wanted.length) await sleep(50);
    expect([...new Set(await done())].sort()).toEqual(wanted);
  });

  it("has its log groups, tags, retention and events", async () => {
    const { logGroups } = await logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: "/old" }));
    expect(logGroups).toMatchObject([{ logGroupName: "/old/group", retentionInDays: 3653 }]);
    const resourceArn = logGroups![0]!.arn!.replace(/:\*$/, "");
    expect((await logs.send(new ListTagsForResourceCommand({ resourceArn }))).tags).toEqual({ team: "logs" });
    for (const [logStreamName, messages] of [
      ["sorted", ["two\twords", "ñ 😀"]],
      ["un/sorted [1]", ["came late", "two\twords", "ñ 😀"]],
    ] as const) {
      const request = { logGroupName: "/old/group", logStreamName, startFromHead: true };
      const { events } = await logs.send(new GetLogEventsCommand(request));
      expect(events?.map(({ message }) => message)).toEqual(messages);
    }
  });

  it("cleared away what the killed server had been running", () => {
    const record = "0a3704c9-ab94-4c81-8f95-540186ed597f";
    expect(readdirSync(join(dir, "lambda/environments"))).not.toContain(record);
  });
});
