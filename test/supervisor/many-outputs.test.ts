/** Trees of thousands of outputs, and a storage that misbehaves. */
import { CreateBucketCommand, PutObjectCommand, paginateListObjectsV2, S3Client } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestLocal, type TestLocal } from "../helpers/local.ts";
import { clientConfig } from "../helpers/local-clients.ts";
import { awsVariables, ExecutionEnvironment, exceptionOf, objectRecord, outputOf } from "./environment.ts";

/** As many files as asked for, each with its number in it, in folders of a hundred. */
const script = (count: number): string => `
cd "$TMP_OUTPUT_DIR"
i=0
while [ $i -lt ${count} ]; do
  folder=$((i / 100))
  [ -d $folder ] || mkdir $folder
  echo $i > $folder/$i
  i=$((i + 1))
done
[ -z "$INPUT_FILE_PATH" ] || cp "$INPUT_FILE_PATH" input
`;

async function storageOf(local: TestLocal): Promise<S3Client> {
  // The test's own requests must get through, however the storage behaves.
  const s3 = new S3Client({ ...clientConfig(local.server), maxAttempts: 50 });
  await s3.send(new CreateBucketCommand({ Bucket: "store" }));
  return s3;
}

async function sizes(s3: S3Client): Promise<Map<string, number>> {
  const found = new Map<string, number>();
  for await (const { Contents = [] } of paginateListObjectsV2({ client: s3 }, { Bucket: "store", Prefix: "out/" })) {
    for (const { Key, Size } of Contents) found.set(Key!, Size!);
  }
  return found;
}

function start(local: TestLocal, count: number): Promise<ExecutionEnvironment> {
  const output = [{ storage_provider: "s3", path: "store/out" }];
  return ExecutionEnvironment.start({ script: script(count), config: { output }, env: awsVariables(local) });
}

describe("thousands of outputs", () => {
  let local: TestLocal;
  let s3: S3Client;
  beforeAll(async () => {
    local = await startTestLocal();
    s3 = await storageOf(local);
  });
  afterAll(async () => {
    s3?.destroy();
    await local?.stop();
  });

  it("all arrive, through little memory", async () => {
    const environment = await start(local, 6000);
    try {
      const answer = await environment.invoke({}, { remainingMs: 300_000 });
      expect(outputOf(answer)).toBe("");
      const found = await sizes(s3);
      expect(found.size).toBe(6000 + 1);
      expect(found.get("out/59/5999")).toBe(5);
      expect(environment.log.match(/INFO - uploaded /g)).toHaveLength(6001);
      expect(answer.peakRssKb).toBeLessThan(200 * 1024);
    } finally {
      environment.stop();
    }
  }, 300_000);
});

describe("a storage that fails four requests of ten", () => {
  let local: TestLocal;
  let s3: S3Client;
  beforeAll(async () => {
    local = await startTestLocal({ behaviour: "error=0.2,throttle=0.2,latency=20" });
    s3 = await storageOf(local);
    const Body = Buffer.alloc(40 * 1024 * 1024, "0123456789abcdef");
    await s3.send(new PutObjectCommand({ Bucket: "store", Key: "in/large", Body }));
  }, 120_000);
  afterAll(async () => {
    s3?.destroy();
    await local?.stop();
  });

  it("gets and gives everything all the same, once", async () => {
    const environment = await start(local, 300);
    try {
      const event = { Records: [objectRecord("store", "in/large")] };
      const answer = await environment.invoke(event, { remainingMs: 300_000 });
      expect(outputOf(answer)).toBe("");
      const found = await sizes(s3);
      expect(found.size).toBe(301);
      expect(found.get("out/input")).toBe(40 * 1024 * 1024);
      expect(environment.log.match(/INFO - uploaded /g)).toHaveLength(301);
      expect(environment.log).not.toMatch(/warning|error/i);
    } finally {
      environment.stop();
    }
  }, 300_000);
});

describe("a storage that is too slow for the time that is left", () => {
  let local: TestLocal;
  let s3: S3Client;
  let environment: ExecutionEnvironment;
  beforeAll(async () => {
    local = await startTestLocal({ behaviour: "latency=1200" });
    s3 = await storageOf(local);
    environment = await start(local, 100);
  }, 120_000);
  afterAll(async () => {
    environment?.stop();
    s3?.destroy();
    await local?.stop();
  });

  it("is told before Lambda ends the invocation, with what is there and what is missing", async () => {
    const answer = await environment.invoke({}, { remainingMs: 5000 });
    expect(answer.tookMs).toBeLessThan(5000);
    const message = exceptionOf(answer);
    expect(message).toMatch(
      /upload of s3:\/\/store\/out\/\S+ failed: its time is over.* \(raise the function's timeout/,
    );
    const [, missing] = /(\d+) outputs were not begun/.exec(message) ?? [];
    const [, written] = /; (\d+) were uploaded/.exec(message) ?? [];
    expect(Number(missing)).toBeGreaterThan(0);
    expect((await sizes(s3)).size).toBeGreaterThanOrEqual(Number(written));
  });

  it("fails the input too before its time", async () => {
    const event = { Records: [objectRecord("store", "in/none")] };
    const { error, tookMs } = await environment.invoke(event, { remainingMs: 2000 });
    expect(error).toMatchObject({ name: "TransferTimedOut" });
    expect(error!.message).toMatch(/download of s3:\/\/store\/in\/none failed: its time is over, after [01]\.\d s/);
    expect(tookMs).toBeLessThan(2000);
  });
});
