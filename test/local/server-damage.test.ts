import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  GetLogEventsCommand,
  PutLogEventsCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { PublishLayerVersionCommand } from "@aws-sdk/client-lambda";
import { CreateBucketCommand, ListObjectsV2Command, PutObjectCommand } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type LocalServer, startLocal, stopLocal } from "../../src/local/control.ts";
import { createNodeFunction, lambdaClient, zipOf } from "../helpers/lambda.ts";
import { distDir } from "../helpers/local.ts";
import { clientConfig, s3Client } from "../helpers/local-clients.ts";

/** What a bad disk or an editor does to a file of the state folder: it is named, and nothing of the rest is touched. */
describe("a damaged state folder", () => {
  const dir = mkdtempSync(join(tmpdir(), "scar-damage-"));
  const options = { env: { PATH: process.env["PATH"] ?? "", SCAR_LOCAL_DIR: dir }, distDir, attached: true, port: 0 };
  const start = (): Promise<LocalServer> => startLocal(options);
  const group = { logGroupName: "kept" };
  const stream = { ...group, logStreamName: "s" };
  const streamFile = "logs/kept/streams/s.jsonl";

  beforeAll(async () => {
    const server = await start();
    const s3 = s3Client(server);
    await s3.send(new CreateBucketCommand({ Bucket: "kept" }));
    for (const Key of ["a", "b", "c"]) await s3.send(new PutObjectCommand({ Bucket: "kept", Key, Body: Key }));
    const lambda = lambdaClient(server);
    const Content = { ZipFile: await zipOf({ file: "text" }) };
    await lambda.send(new PublishLayerVersionCommand({ LayerName: "kept", Content }));
    await createNodeFunction(lambda, "kept", "export const handler = async () => 1;");
    const logs = new CloudWatchLogsClient(clientConfig(server));
    await logs.send(new CreateLogGroupCommand(group));
    await logs.send(new CreateLogStreamCommand(stream));
    for (const message of ["first", "second", "third"]) {
      await logs.send(new PutLogEventsCommand({ ...stream, logEvents: [{ timestamp: Date.now(), message }] }));
    }
    await stopLocal(options);
  });
  afterAll(async () => {
    await stopLocal(options);
    rmSync(dir, { recursive: true, force: true });
  });

  /** All files of the folder but the server's own, with their content. */
  function snapshot(): Map<string, string> {
    const files = readdirSync(dir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    const paths = files
      .map((entry) => join(entry.parentPath, entry.name))
      .filter((path) => !/server\.|lock/.test(path));
    return new Map(paths.map((path) => [path, readFileSync(path, "latin1")]));
  }

  /** Starts with the file changed; the file as it was is put back. */
  async function refusal(file: string, damage: (path: string) => void): Promise<unknown> {
    const path = join(dir, file);
    const before = readFileSync(path);
    damage(path);
    const damaged = snapshot();
    try {
      const error = await start().then(
        () => undefined,
        (reason: unknown) => reason,
      );
      expect(snapshot()).toEqual(damaged);
      return error;
    } finally {
      await stopLocal(options);
      writeFileSync(path, before);
    }
  }

  const halved = (path: string): void => truncateSync(path, Math.floor(readFileSync(path).length / 2));
  const emptied = (path: string): void => truncateSync(path, 0);
  const overwritten = (path: string): void => {
    const lines = readFileSync(path, "utf8").split("\n");
    writeFileSync(path, [lines[0], "\0\0\0\0", ...lines.slice(2)].join("\n"));
  };

  it.each([
    ["state.json", halved],
    ["keys.json", emptied],
    ["s3/buckets/kept/bucket.json", halved],
    ["s3/buckets/kept/bucket.json", rmSync],
    ["s3/buckets/kept/journal.ndjson", overwritten],
    ["lambda/functions/kept/function.json", halved],
    ["lambda/functions/kept/function.json", emptied],
    ["lambda/layers/kept/versions.json", halved],
    ["lambda/layers/kept/1/layer.json", halved],
    ["logs/kept/group.json", halved],
  ] as const)("%s, %o: the start is refused, naming it, and everything stays", async (file, damage) => {
    expect(await refusal(file, damage)).toMatchObject({
      code: "StateFileDamaged",
      message: expect.stringContaining(join(dir, file)),
      hint: expect.stringContaining("scar local reset"),
    });
  });

  it("a journal and a log that end in half a line lose that line alone", async () => {
    appendFileSync(join(dir, "s3/buckets/kept/journal.ndjson"), '{"op":"delete","key":"a"');
    appendFileSync(join(dir, streamFile), "[1,2,");
    const server = await start();
    const { Contents } = await s3Client(server).send(new ListObjectsV2Command({ Bucket: "kept" }));
    expect(Contents?.map(({ Key }) => Key)).toEqual(["a", "b", "c"]);
    const logs = new CloudWatchLogsClient(clientConfig(server));
    const { events } = await logs.send(new GetLogEventsCommand(stream));
    expect(events?.map(({ message }) => message)).toEqual(["first", "second", "third"]);
    await stopLocal(options);
  });

  it("a log with a line that is none: the request fails and names the file, others are served", async () => {
    const before = readFileSync(join(dir, streamFile));
    const lines = before.toString().split("\n");
    writeFileSync(join(dir, streamFile), [lines[0], lines[1], "\0\0", ...lines.slice(3)].join("\n"));
    const server = await start();
    const logs = new CloudWatchLogsClient(clientConfig(server));
    await expect(logs.send(new GetLogEventsCommand(stream))).rejects.toMatchObject({
      message: expect.stringContaining(join(dir, streamFile)),
      $metadata: { httpStatusCode: 500 },
    });
    await s3Client(server).send(new ListObjectsV2Command({ Bucket: "kept" }));
    await stopLocal(options);
    writeFileSync(join(dir, streamFile), before);
  });
});
