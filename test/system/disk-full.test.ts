/** A disk that is full, and one that is read-only: requests fail as AWS's internal errors do, and nothing is damaged. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  GetLogEventsCommand,
  PutLogEventsCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { InvokeCommand } from "@aws-sdk/client-lambda";
import { CreateBucketCommand, GetObjectCommand, ListObjectsV2Command, PutObjectCommand } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type LocalServer, startLocal, stopLocal } from "../../src/local/control.ts";
import { call, createNodeFunction, lambdaClient } from "../helpers/lambda.ts";
import { distDir } from "../helpers/local.ts";
import { clientConfig, s3Client } from "../helpers/local-clients.ts";
import { describeSystem, NEEDS, program } from "../helpers/system-needs.ts";
import { check, isAlive } from "../helpers/system-process.ts";

describeSystem("a state folder on a small disk", [NEEDS.root, NEEDS.procfs], () => {
  const home = mkdtempSync(join(tmpdir(), "scar-disk-"));
  const disk = join(home, "disk");
  const filler = join(disk, "filler");
  const dir = join(disk, "state");
  const options = { env: { PATH: process.env["PATH"] ?? "", SCAR_LOCAL_DIR: dir }, distDir, attached: true, port: 0 };
  const stream = { logGroupName: "group", logStreamName: "stream" };
  let server: LocalServer;

  beforeAll(async () => {
    mkdirSync(disk);
    await check(program("mount"), ["-t", "tmpfs", "-o", "size=8m", "scar-test", disk]);
    server = await startLocal(options);
  });
  afterAll(async () => {
    await stopLocal(options);
    await check(program("umount"), ["--lazy", disk]);
    rmSync(home, { recursive: true, force: true });
  });

  const clients = () => ({
    s3: s3Client(server),
    lambda: lambdaClient(server),
    logs: new CloudWatchLogsClient(clientConfig(server)),
  });

  /** Takes all the space that is left. */
  function fill(): void {
    for (let size = 4 * 1024 * 1024; size >= 1; size = Math.floor(size / 2)) {
      try {
        for (;;) writeFileSync(filler, Buffer.alloc(size), { flag: "a" });
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
      }
    }
  }

  /** Status of the error that a request ends with. */
  const refused = (request: Promise<unknown>): Promise<number | string> =>
    request.then(
      () => "was not refused",
      (error: { $metadata?: { httpStatusCode?: number } }) => error.$metadata?.httpStatusCode ?? String(error),
    );

  async function keys(): Promise<string[]> {
    const { Contents = [] } = await clients().s3.send(new ListObjectsV2Command({ Bucket: "disk" }));
    return Contents.map(({ Key }) => Key!);
  }

  async function messages(): Promise<string[]> {
    const { events } = await clients().logs.send(new GetLogEventsCommand({ ...stream, startFromHead: true }));
    return events!.map(({ message }) => message!);
  }

  const event = (message: string) =>
    new PutLogEventsCommand({ ...stream, logEvents: [{ timestamp: Date.now(), message }] });
  const put = (Key: string, Body: string | Buffer) => new PutObjectCommand({ Bucket: "disk", Key, Body });

  it("fails with a status of 500 while it is full, keeps what it has, and goes on when there is space again", async () => {
    const { s3, lambda, logs } = clients();
    await s3.send(new CreateBucketCommand({ Bucket: "disk" }));
    await s3.send(put("before", "before"));
    await logs.send(new CreateLogGroupCommand({ logGroupName: "group" }));
    await logs.send(new CreateLogStreamCommand(stream));
    await logs.send(event("before"));
    await createNodeFunction(lambda, "echo", "export const handler = async (event) => event;");

    fill();
    const large = Buffer.alloc(300_000, "x");
    expect(await refused(s3.send(put("large", large)))).toBe(500);
    expect(await refused(s3.send(put("before", large)))).toBe(500);
    expect(await refused(s3.send(new CreateBucketCommand({ Bucket: "another" })))).toBe(500);
    expect(await refused(logs.send(event("y".repeat(100_000))))).toBe(500);
    const Payload = JSON.stringify({ text: "z".repeat(100_000) });
    const asynchronous = { FunctionName: "echo", InvocationType: "Event" as const, Payload };
    expect(await refused(lambda.send(new InvokeCommand(asynchronous)))).toBe(500);
    expect(isAlive(server.pid)).toBe(true);
    expect(await keys()).toEqual(["before"]);
    expect(await messages()).toEqual(["before"]);

    rmSync(filler);
    await s3.send(put("after", large));
    await s3.send(put("before", "again"));
    await logs.send(event("after"));
    expect((await call(lambda, "echo", { n: 1 })).value).toEqual({ n: 1 });

    await stopLocal(options);
    server = await startLocal(options);
    expect(await keys()).toEqual(["after", "before"]);
    const again = await clients().s3.send(new GetObjectCommand({ Bucket: "disk", Key: "before" }));
    expect(await again.Body!.transformToString()).toBe("again");
    expect(await messages()).toEqual(["before", "after"]);
    expect((await call(clients().lambda, "echo", { n: 2 })).value).toEqual({ n: 2 });
  });

  it("is not started when it is full, and says so", async () => {
    await stopLocal(options);
    fill();
    const error = await startLocal(options).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: "StateFolderFull", message: expect.stringContaining(dir) });
    rmSync(filler);
    server = await startLocal(options);
    expect(await keys()).toEqual(["after", "before"]);
  });

  it("is not started when it is read-only, and says so", async () => {
    await stopLocal(options);
    const before = readFileSync(join(dir, "state.json"));
    await check(program("mount"), ["-o", "remount,ro", disk]);
    const error = await startLocal(options).catch((reason: unknown) => reason);
    await check(program("mount"), ["-o", "remount,rw", disk]);
    expect(error).toMatchObject({ code: "StateFolderNotWritable", message: expect.stringContaining("EROFS") });
    expect(readFileSync(join(dir, "state.json"))).toEqual(before);
    server = await startLocal(options);
    expect(await keys()).toEqual(["after", "before"]);
  });
});
