import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestLocal, type TestLocal } from "../helpers/local.ts";
import { s3Client } from "../helpers/local-clients.ts";
import { type Answer, awsVariables, ExecutionEnvironment, objectRecord, outputOf, runScript } from "./environment.ts";

let local: TestLocal;
let s3: S3Client;
let environment: ExecutionEnvironment;

const script = `
set -e
echo "got $STORAGE_OBJECT_KEY at $EVENT_TIME as $INPUT_FILE_PATH, once $SCAR_INPUT_FILE"
name=$(basename "$INPUT_FILE_PATH")
mkdir -p "$TMP_OUTPUT_DIR/tree/deep"
tr a-z A-Z < "$INPUT_FILE_PATH" > "$TMP_OUTPUT_DIR/$name"
wc -c < "$INPUT_FILE_PATH" > "$TMP_OUTPUT_DIR/tree/deep/count of $name"
: > "$TMP_OUTPUT_DIR/tree/empty"
`;

beforeAll(async () => {
  local = await startTestLocal();
  s3 = s3Client(local.server);
  for (const Bucket of ["sources", "results", "other"]) await s3.send(new CreateBucketCommand({ Bucket }));
  environment = await start({ script });
});
afterAll(async () => {
  environment?.stop();
  s3?.destroy();
  await local?.stop();
});

const outputs = [{ storage_provider: "s3", path: "results/done" }];

function start(options: { script: string; config?: object }): Promise<ExecutionEnvironment> {
  return ExecutionEnvironment.start({
    script: options.script,
    config: { output: outputs, ...options.config },
    env: awsVariables(local),
  });
}

const put = (Key: string, Body: string | Buffer) => s3.send(new PutObjectCommand({ Bucket: "sources", Key, Body }));

const record = (key: string, more: object = {}) => objectRecord("sources", key, more);

async function objects(bucket: string, prefix: string): Promise<Record<string, string>> {
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix }));
  const found: Record<string, string> = {};
  for (const { Key } of Contents) {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key }));
    found[Key!] = await Body!.transformToString();
  }
  return found;
}

const failureOf = ({ error, response }: Answer): string => {
  if (!error) throw new Error(`not a failure: ${JSON.stringify(response)}`);
  return error.message;
};

describe("an object in a bucket", () => {
  it("goes in, and the tree that the script made comes out", async () => {
    await put("in/hello.txt", "hello");
    const answer = await environment.invoke({ Records: [record("in/hello.txt", { size: 5 })] });
    const file = `/tmp/${answer.requestId}/input/hello.txt`;
    expect(outputOf(answer)).toBe(`got in/hello.txt at 2026-11-21T12:00:00.000Z as ${file}, once ${file}\n`);
    expect(await objects("results", "done/")).toEqual({
      "done/hello.txt": "HELLO",
      "done/tree/deep/count of hello.txt": "5\n",
      "done/tree/empty": "",
    });
  });

  it.each([
    "in/a b+c%41 & ñ 日本.txt",
    "in/../../../escape.txt",
    "in/..",
    'in/\'quoted "name" $HOME `id`.txt',
    "in/line\nbreak",
    "in/-n",
    `in/${"ñ".repeat(509)}/xy`,
    "in/50%+1=&?#;,",
    "in/\u0001\t\u007f",
    "in/full/",
  ])("may have any key: %j", async (key) => {
    await put(key, "content");
    const answer = await environment.invoke({ Records: [record(key, { size: 7 })] });
    expect(outputOf(answer)).toContain(`got ${key} at`);
    const last = key.replace(/\/$/, "").split("/").pop()!;
    const name = last === ".." ? "input" : last;
    expect(await objects("results", `done/${name}`)).toEqual({ [`done/${name}`]: "CONTENT" });
  });

  it("may have a name that no file can have: its file's is cut, and keeps its extension", async () => {
    const key = `in/${"long".repeat(80)}.txt`;
    await put(key, "content");
    const event = { Records: [record(key)], ...runScript('basename "$INPUT_FILE_PATH"; cat "$INPUT_FILE_PATH"') };
    expect(outputOf(await environment.invoke(event))).toBe(`${key.slice(3, 254)}.txt\ncontent`);
  });

  it("is each processed when one event has several", async () => {
    await put("in/one", "1");
    await put("in/three", "3");
    const several = { Records: [record("in/one"), record("in/missing"), record("in/three")] };
    const message = failureOf(await environment.invoke(several));
    expect(message).toMatch(/in\/missing.*NoSuchKey/s);
    expect(Object.keys(await objects("results", "done/one"))).toEqual(["done/one"]);
    expect(Object.keys(await objects("results", "done/three"))).toEqual(["done/three"]);
  });

  it("that is missing is a failure with S3's reason", async () => {
    expect(failureOf(await environment.invoke({ Records: [record("in/gone")] }))).toMatch(
      /download of s3:\/\/sources\/in\/gone failed: NoSuchKey/,
    );
  });

  it("that marks a folder is passed over", async () => {
    const answer = await environment.invoke({ Records: [record("in/", { size: 0 })] });
    expect(outputOf(answer)).toBe("");
    expect(environment.log).toContain("s3://sources/in/ is a folder marker");
  });

  it("is processed by the event's own script too, delegated or not", async () => {
    await put("in/mine", "mine");
    const event = { Records: [record("in/mine")] };
    const script = runScript('cat "$INPUT_FILE_PATH"');
    expect(outputOf(await environment.invoke({ ...event, ...script }))).toBe("mine");
    const delegated = { event: { ...event, ...script }, storage_provider: "s3" };
    expect(outputOf(await environment.invoke(delegated))).toBe("mine");
  });
});

describe("outputs", () => {
  it("go where their prefix and suffix lists send them", async () => {
    const filtered = await start({
      script: 'cd "$TMP_OUTPUT_DIR"; for f in result-1.wav result-2.srt result-3.txt other.wav; do echo $f > $f; done',
      config: {
        output: [
          { storage_provider: "s3", path: "other/media/", prefix: ["result-"], suffix: ["wav", "srt"] },
          { storage_provider: "s3", path: "other", suffix: [".txt"] },
        ],
      },
    });
    try {
      outputOf(await filtered.invoke({}));
      expect(Object.keys(await objects("other", ""))).toEqual([
        "media/result-1.wav",
        "media/result-2.srt",
        "result-3.txt",
      ]);
    } finally {
      filtered.stop();
    }
  });

  it("stay where they are when the command fails", async () => {
    const failing = await start({ script: 'echo half > "$TMP_OUTPUT_DIR/half"; exit 3' });
    try {
      await failing.invoke({});
      expect(await objects("results", "done/half")).toEqual({});
    } finally {
      failing.stop();
    }
  });

  it("that cannot be stored are a failure, and the others are stored", async () => {
    const nowhere = await start({
      script: 'echo x > "$TMP_OUTPUT_DIR/kept"',
      config: { output: [{ storage_provider: "s3", path: "no-such-bucket/a" }, ...outputs] },
    });
    try {
      await put("in/x", "x");
      expect(failureOf(await nowhere.invoke({ Records: [record("in/x")] }))).toMatch(
        /upload of s3:\/\/no-such-bucket\/a\/kept failed: NoSuchBucket/,
      );
      expect(await objects("results", "done/kept")).toEqual({ "done/kept": "x\n" });
    } finally {
      nowhere.stop();
    }
  });

  it("may be unreadable for all, or have a name that no key can have", async () => {
    const odd = await start({
      script: `cd "$TMP_OUTPUT_DIR"; mkdir shut; echo 1 > shut/in; chmod 0 shut/in shut; echo 2 > "$(printf 'bad\\377')"; echo 3 > fine`,
    });
    try {
      const { response } = await odd.invoke({});
      expect(response!.statusCode).toBe(500);
      expect(odd.log).toMatch(/ERROR - output 'bad.*' is not uploaded: its name is not UTF-8/);
      expect(await objects("results", "done/shut/")).toEqual({ "done/shut/in": "1\n" });
      expect(await objects("results", "done/fine")).toEqual({ "done/fine": "3\n" });
    } finally {
      odd.stop();
    }
  });

  it("are never files of the host that a link names", async () => {
    const linking = await start({
      script: 'cd "$TMP_OUTPUT_DIR"; ln -s /etc/passwd linked; ln -s ../../ up; echo ok > real; ln -s real alias',
    });
    try {
      outputOf(await linking.invoke({}));
      expect(await objects("results", "done/linked")).toEqual({});
      expect(await objects("results", "done/alias")).toEqual({ "done/alias": "ok\n" });
      expect(linking.log).toContain("WARNING - output 'linked' is not uploaded");
    } finally {
      linking.stop();
    }
  });
});

it("file_stage_in: false hands over the event, not the object", async () => {
  const unstaged = await start({
    script: 'ls "$TMP_INPUT_DIR"; echo "$STORAGE_OBJECT_KEY [$INPUT_FILE_PATH] $EVENT"',
    config: { file_stage_in: false },
  });
  try {
    const event = { Records: [record("in/never stored")] };
    expect(outputOf(await unstaged.invoke(event))).toBe(`in/never stored [] ${JSON.stringify(event)}\n`);
  } finally {
    unstaged.stop();
  }
});

it("200 MiB go in and out through little memory", async () => {
  const size = 200 * 1024 * 1024;
  const copying = await start({ script: 'cat "$INPUT_FILE_PATH" > "$TMP_OUTPUT_DIR/copy"' });
  try {
    const block = Buffer.alloc(1024 * 1024, "0123456789abcdef");
    const body = Readable.from(Array.from({ length: 200 }, () => block));
    await s3.send(new PutObjectCommand({ Bucket: "sources", Key: "in/large", Body: body, ContentLength: size }));
    const answer = await copying.invoke({ Records: [record("in/large", { size })] });
    expect(outputOf(answer)).toBe("");
    const { Body, ContentLength } = await s3.send(new GetObjectCommand({ Bucket: "results", Key: "done/copy" }));
    expect(ContentLength).toBe(size);
    const expected = createHash("sha256");
    for (let i = 0; i < 200; i++) expected.update(block);
    const found = createHash("sha256");
    for await (const chunk of Body as Readable) found.update(chunk);
    expect(found.digest("hex")).toBe(expected.digest("hex"));
    expect(answer.peakRssKb).toBeLessThan(200 * 1024);
  } finally {
    copying.stop();
  }
});

it("nothing of them all is left in /tmp", () => {
  expect(environment.leftovers()).toEqual([]);
});
