/** Deployed by `init`, invoked by the local AWS: what the caller, S3 and the log are told. */
import { Readable } from "node:stream";
import { CloudWatchLogsClient, paginateFilterLogEvents } from "@aws-sdk/client-cloudwatch-logs";
import { InvokeCommand, type LambdaClient } from "@aws-sdk/client-lambda";
import {
  GetBucketNotificationConfigurationCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { Project } from "../command/init-project.ts";
import { lambdaClient } from "../helpers/lambda.ts";
import { startTestLocal, type TestLocal } from "../helpers/local.ts";
import { clientConfig, s3Client } from "../helpers/local-clients.ts";
import { objectRecord, runScript } from "./environment.ts";

let local: TestLocal;
let project: Project;
let lambda: LambdaClient;
let s3: S3Client;
let logs: CloudWatchLogsClient;

beforeAll(async () => {
  // Lambda's minutes between attempts are milliseconds.
  local = await startTestLocal({ behaviour: "time-scale=0.001" });
  project = await Project.create(local);
  lambda = lambdaClient(local.server);
  s3 = s3Client(local.server);
  logs = new CloudWatchLogsClient(clientConfig(local.server));
});
afterAll(async () => {
  for (const client of [lambda, s3, logs]) client?.destroy();
  await local?.stop();
});

async function keys(bucket: string): Promise<string[]> {
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: bucket }));
  return Contents.map(({ Key }) => Key!).filter((key) => !key.endsWith("/"));
}

async function logOf(name: string): Promise<string> {
  let text = "";
  for await (const { events = [] } of paginateFilterLogEvents(
    { client: logs },
    { logGroupName: `/aws/lambda/${name}` },
  )) {
    text += events.map(({ message }) => message).join("");
  }
  return text;
}

const put = (Bucket: string, Key: string) => s3.send(new PutObjectCommand({ Bucket, Key, Body: Key }));

describe("inputs and outputs with lists", () => {
  const input = [
    { storage_provider: "s3", path: "lists/in", prefix: ["img", "pic"], suffix: [".png", ".jpg"] },
    { storage_provider: "s3", path: "lists/other" },
  ];
  const output = [
    { storage_provider: "s3", path: "results/counts", suffix: [".count"] },
    { storage_provider: "s3", path: "results/pictures", prefix: ["pic"] },
  ];

  it("start the function for the files that they name alone, and sort its outputs", async () => {
    await project.ok("init", "-f", project.fdl("lists.yaml", { name: "lists", input, output }));
    const { LambdaFunctionConfigurations } = await s3.send(
      new GetBucketNotificationConfigurationCommand({ Bucket: "lists" }),
    );
    const rules = LambdaFunctionConfigurations!.map(({ Filter }) => Filter!.Key!.FilterRules!.map((r) => r.Value));
    expect(rules.sort()).toEqual(
      [["in/img", ".png"], ["in/img", ".jpg"], ["in/pic", ".png"], ["in/pic", ".jpg"], ["other/"]].sort(),
    );
    for (const name of ["in/img.png", "in/img.txt", "in/no.png", "in/sub/img.png", "in/pic 1+é.jpg", "other/a"]) {
      await put("lists", name);
    }
    const wanted = ["counts/a.count", "counts/img.png.count", "counts/pic 1+é.jpg.count", "pictures/pic 1+é.jpg.count"];
    await vi.waitFor(async () => expect(await keys("results")).toEqual(wanted), { timeout: 30_000, interval: 100 });
    expect((await logOf("lists")).match(/^START /gm)).toHaveLength(3);
  });

  it("leave another function its own files of the same folder, and no file of theirs", async () => {
    const other = (suffix: string) => [{ storage_provider: "s3", path: "lists/in", suffix: [suffix] }];
    const clash = await project.scar(["init", "-f", project.fdl("clash.yaml", { name: "clash", input: other("g") })]);
    expect(clash.code).not.toBe(0);
    expect(clash.stderr).toMatch(
      /bucket 'lists' already notifies .*:function:lists of files in 'in\/img\*\.(png|jpg)'/,
    );
    expect(await project.ok("ls")).not.toContain("clash");
    await project.ok("init", "-f", project.fdl("texts.yaml", { name: "texts", input: other(".txt") }));
  });

  it("say which files `run` fans out over", async () => {
    const sent = await project.ok("run", "-f", "lists.yaml", "-a");
    expect(sent.match(/img\.png|pic 1\+é\.jpg|other\/a/g)).toHaveLength(3);
    expect(sent).not.toMatch(/no\.png|img\.txt/);
  });
});

describe("failures", () => {
  beforeAll(async () => {
    const container = { image_file: "image.tar", timeout_threshold: 1 };
    await project.ok("init", "-f", project.fdl("fails.yaml", { name: "fails", timeout: 4, container }));
    await project.ok("init", "-f", project.fdl("full.yaml", { name: "full", timeout: 60, container }));
    const hasty = { image_file: "image.tar", timeout_threshold: 0 };
    await project.ok("init", "-f", project.fdl("cut.yaml", { name: "cut", timeout: 3, container: hasty }));
    await s3.send(new PutObjectCommand({ Bucket: "lists", Key: "unheard", Body: "x" }));
    const block = Buffer.alloc(1024 * 1024);
    const Body = Readable.from(Array.from({ length: 600 }, () => block));
    const ContentLength = 600 * block.length;
    await s3.send(new PutObjectCommand({ Bucket: "lists", Key: "huge", Body, ContentLength }));
  });

  async function invoke(name: string, event: object) {
    const answer = await lambda.send(new InvokeCommand({ FunctionName: name, Payload: JSON.stringify(event) }));
    const text = Buffer.from(answer.Payload!).toString();
    return { FunctionError: answer.FunctionError, text, value: JSON.parse(text) };
  }
  const stored = { Records: [objectRecord("lists", "unheard")] };
  const decoded = (body: string): string => Buffer.from(body, "base64").toString();

  it.each([
    ["an exit code", "echo last words; exit 3", /exit code 3\nlast output:\nlast words/],
    [
      "a signal",
      "echo last words; kill -SEGV $$",
      /(exit code 139 \(SIGSEGV\)|ended by SIGSEGV)\nlast output:\nlast words/,
    ],
    ["its deadline", "echo last words; sleep 60", /killed at its deadline.*\nlast output:\nlast words/],
  ])("by %s fail an event's invocation, and answer a direct one with 500", async (_, script, message) => {
    const failed = await invoke("fails", { ...stored, ...runScript(script) });
    expect(failed.FunctionError).toBe("Unhandled");
    expect(failed.value.errorMessage).toMatch(message);
    const answered = await invoke("fails", runScript(script));
    expect(answered.FunctionError).toBeUndefined();
    expect(answered.value).toMatchObject({ statusCode: 500, isBase64Encoded: true });
    expect(JSON.parse(decoded(answered.value.body)).exception).toMatch(message);
    expect((await logOf("fails")).match(/^last words$/gm)!.length).toBeGreaterThanOrEqual(2);
  });

  it("of a file's event are seen by Lambda, which tries twice more", async () => {
    project.write("fail.sh", 'echo "no use for $STORAGE_OBJECT_KEY"; exit 3\n');
    const input = [{ storage_provider: "s3", path: "broken" }];
    await project.ok("init", "-f", project.fdl("again.yaml", { name: "again", init_script: "fail.sh", input }));
    await put("broken", "a+b é");
    const attempts = async () => (await logOf("again")).match(/^no use for a\+b é$/gm)?.length;
    await vi.waitFor(async () => expect(await attempts()).toBe(3), { timeout: 30_000, interval: 100 });
    const ids = (await logOf("again")).match(/(?<=^START RequestId: )\S+/gm);
    expect(new Set(ids).size).toBe(1);
  });

  it("of an object that is not there name it", async () => {
    const { FunctionError, value } = await invoke("fails", { Records: [objectRecord("lists", "in/gone é")] });
    expect(FunctionError).toBe("Unhandled");
    expect(value).toMatchObject({ errorType: "StorageFailed" });
    expect(value.errorMessage).toMatch(/download of s3:\/\/lists\/in\/gone é failed: NoSuchKey/);
  });

  it.each([
    ["the script's", () => invoke("full", { ...stored, ...runScript('head -c 600M /dev/zero > "$TMP_OUTPUT_DIR/x"') })],
    ["the input's", () => invoke("full", { Records: [objectRecord("lists", "huge")] })],
  ])("of a full /tmp, %s, say what to raise, and the next run has room again", async (_, overfill) => {
    const { FunctionError, value } = await overfill();
    expect(FunctionError).toBe("Unhandled");
    expect(value.errorMessage).toMatch(/No space left on device|ENOSPC/i);
    expect(value.errorMessage).toMatch(/\/tmp is full: raise lambda\.ephemeral_storage/);
    const after = await invoke("full", runScript('head -c 300M /dev/zero > "$TMP_OUTPUT_DIR/x" && echo fits'));
    expect(decoded(after.value.body)).toBe("fits\n");
  });

  it("of an environment that Lambda cut leave the next one whole", async () => {
    const leaving = runScript('(sleep 100 &); touch "$TMP_OUTPUT_DIR/x"; sleep 100');
    const cut = await invoke("cut", { ...stored, ...leaving });
    expect(cut).toMatchObject({ FunctionError: "Unhandled" });
    const after = await invoke("cut", runScript('ls -A "$TMP_INPUT_DIR" "$TMP_OUTPUT_DIR" | grep -v :; echo well'));
    expect(decoded(after.value.body).trim()).toBe("well");
  });

  it("of an answer that would be too large do not happen: it is cut, and the log is whole", async () => {
    const script = "echo first; head -c 9000000 /dev/zero | tr '\\0' x; echo; echo last";
    const { FunctionError, value } = await invoke("fails", runScript(script));
    expect(FunctionError).toBeUndefined();
    expect(decoded(value.body)).toMatch(/^first\nx+\n\[scar: \d+ bytes of output left out here.*\]\nx+\nlast\n$/);
    // A line longer than CloudWatch's events is several, and nothing of it is lost.
    const log = await logOf("fails");
    const count = log.length - log.replaceAll("x", "").length;
    expect(count).toBeGreaterThanOrEqual(9_000_000);
    expect(count).toBeLessThan(9_001_000);
  });
});
