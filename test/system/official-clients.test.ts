/** The local AWS, seen by clients that nobody here wrote: awscli and boto3 do what a user of AWS does, on a function that scar deployed. */
import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { describeSystem, NEEDS, PEER, ROOT } from "../helpers/system-needs.ts";
import { describeRun, type Finished, until } from "../helpers/system-process.ts";
import { saveSmallImage, sha256 } from "../helpers/system-rootfs.ts";
import { ScarUser } from "../helpers/system-scar.ts";

const DEFINITION = `
functions:
  aws:
    - lambda:
        name: copy
        memory: 256
        timeout: 60
        init_script: copy.sh
        container:
          image_file: small.tar
        input:
          - storage_provider: s3
            path: copies/in
        output:
          - storage_provider: s3
            path: copies/out
`;

const SCRIPT = `echo "copy was here"
if [ -f "$INPUT_FILE_PATH" ]; then cp "$INPUT_FILE_PATH" "$TMP_OUTPUT_DIR/"; fi
`;

describeSystem("official AWS clients on the local AWS", [NEEDS.peer, NEEDS.ldd], () => {
  const alice = new ScarUser();
  let env: Record<string, string | undefined> = {};

  beforeAll(async () => {
    await saveSmallImage(alice.folder, { programs: ["cp", "echo"] });
    alice.write("copy.sh", SCRIPT);
    alice.write("copy.yaml", DEFINITION);
    const started = await alice.scar(["local", "start"]);
    expect(started.status, describeRun("scar", ["local", "start"], started)).toBe(0);
    await alice.local(["init", "-f", "copy.yaml"]);
    env = await shellEnvironment();
  });
  afterAll(() => alice.close());

  /** What a shell has after `eval "$(scar local env)"`. */
  async function shellEnvironment(): Promise<Record<string, string>> {
    const printed = await alice.scar(["local", "env"]);
    expect(printed.status).toBe(0);
    const result = await alice.run("/bin/sh", ["-c", `eval "$1"; export -p >/dev/null; env -0`, "sh", printed.stdout]);
    return Object.fromEntries(
      result.stdout
        .split("\0")
        .filter((line) => line !== "")
        .map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]),
    );
  }

  async function aws(...args: readonly string[]): Promise<string> {
    const result = await awsResult(...args);
    if (result.status !== 0) throw new Error(describeRun("aws", args, result));
    return result.stdout;
  }

  const awsResult = (...args: readonly string[]): Promise<Finished> => alice.run(join(PEER, "bin/aws"), args, { env });

  it("awscli: sts get-caller-identity", async () => {
    const identity = JSON.parse(await aws("sts", "get-caller-identity")) as Record<string, string>;
    expect(identity["Account"]).toMatch(/^\d{12}$/);
    expect(identity["Arn"]).toContain(`:${identity["Account"]}:`);
  });

  it("awscli: s3 mb, cp of a small and of a multipart file, ls, rm, rb", async () => {
    for (const [name, bytes] of [
      ["small.bin", 1024],
      ["large.bin", 20 * 1024 * 1024],
    ] as const) {
      writeFileSync(alice.path(name), randomBytes(bytes));
    }
    await aws("s3", "mb", "s3://from-awscli");
    for (const name of ["small.bin", "large.bin"]) {
      await aws("s3", "cp", "--only-show-errors", name, `s3://from-awscli/a folder/${name}`);
      await aws("s3", "cp", "--only-show-errors", `s3://from-awscli/a folder/${name}`, `back-${name}`);
      expect(await sha256(alice.path(`back-${name}`))).toBe(await sha256(alice.path(name)));
    }
    const listing = await aws("s3", "ls", "--recursive", "s3://from-awscli");
    expect(listing).toMatch(/ 1024 a folder\/small\.bin$/m);
    expect(listing).toMatch(/ 20971520 a folder\/large\.bin$/m);
    expect(await aws("s3", "ls")).toContain("from-awscli");
    expect(await alice.keys("from-awscli")).toEqual(["a folder/large.bin", "a folder/small.bin"]);
    await aws("s3", "rm", "--recursive", "--only-show-errors", "s3://from-awscli");
    await aws("s3", "rb", "s3://from-awscli");
    expect(await aws("s3", "ls")).not.toContain("from-awscli");
  });

  it("awscli: lambda list-functions and get-function-configuration", async () => {
    expect(await aws("lambda", "list-functions", "--query", "Functions[].FunctionName", "--output", "text")).toBe(
      "copy\n",
    );
    const query = "[MemorySize,Timeout,State]";
    const args = ["--function-name", "copy", "--query", query, "--output", "json"];
    expect(JSON.parse(await aws("lambda", "get-function-configuration", ...args))).toEqual([256, 60, "Active"]);
  });

  it("awscli: lambda invoke with the tail of the log", async () => {
    const args = ["--function-name", "copy", "--log-type", "Tail", "--payload", "{}", "answer.json"];
    const answer = JSON.parse(await aws("lambda", "invoke", ...args)) as Record<string, string | number>;
    expect(answer["StatusCode"]).toBe(200);
    expect(answer).not.toHaveProperty("FunctionError");
    const tail = Buffer.from(String(answer["LogResult"]), "base64").toString();
    expect(tail).toMatch(/^START RequestId: [0-9a-f-]{36}/m);
    expect(tail).toMatch(/^REPORT RequestId: [0-9a-f-]{36}/m);
    const payload = JSON.parse(readFileSync(alice.path("answer.json"), "utf8")) as { statusCode: number; body: string };
    expect(payload.statusCode).toBe(200);
    expect(Buffer.from(payload.body, "base64").toString()).toContain("copy was here");
  });

  it("awscli: s3 cp triggers the function, and logs filter-log-events shows it", async () => {
    await aws("s3", "cp", "--only-show-errors", "small.bin", "s3://copies/in/small one.bin");
    await until("the output", 60, async () =>
      (await aws("s3", "ls", "s3://copies/out/")).includes("small one.bin") ? true : undefined,
    );
    await aws("s3", "cp", "--only-show-errors", "s3://copies/out/small one.bin", "out.bin");
    expect(await sha256(alice.path("out.bin"))).toBe(await sha256(alice.path("small.bin")));
    const filter = ["--log-group-name", "/aws/lambda/copy", "--query", "events[].message", "--output", "json"];
    const messages = await until("the log of both invocations", 30, async () => {
      const found = JSON.parse(await aws("logs", "filter-log-events", ...filter)) as string[];
      return found.filter((message) => message.startsWith("REPORT ")).length >= 2 ? found : undefined;
    });
    expect(messages.filter((message) => message.startsWith("START "))).toHaveLength(2);
    expect(messages.join("")).toContain("copy was here");
  });

  it("awscli: AWS's own errors", async () => {
    const absent = await awsResult("lambda", "invoke", "--function-name", "absent", "answer.json");
    expect(absent.stderr).toContain("(ResourceNotFoundException)");
    const bucket = await awsResult("s3", "ls", "s3://no-such-bucket-here");
    expect(bucket.stderr).toContain("(NoSuchBucket)");
  });

  it("awscli: a wrong key is refused", async () => {
    const wrong = { ...env, AWS_SECRET_ACCESS_KEY: "wrong" };
    const refused = await alice.run(join(PEER, "bin/aws"), ["s3", "ls"], { env: wrong });
    expect(refused.status).not.toBe(0);
    expect(refused.stderr).toContain("(SignatureDoesNotMatch)");
  });

  it("scar get keeps keys of others' making below its folder", async () => {
    await aws("s3", "mb", "s3://hostile");
    await aws("s3api", "put-object", "--bucket", "hostile", "--key", "fine.txt", "--body", "small.bin");
    await aws("s3api", "put-object", "--bucket", "hostile", "--key", "a/../../escaped.txt", "--body", "small.bin");
    const result = await alice.scar(["--local", "get", "-b", "hostile", "-p", alice.mkdir("deep", "fetched")]);
    expect(result.status).toBe(1);
    expect(result.stderr).toContain("a/../../escaped.txt");
    expect(existsSync(alice.path("deep", "escaped.txt"))).toBe(false);
    expect(existsSync(alice.path("escaped.txt"))).toBe(false);
  });

  it("boto3: objects, the function, and a put that triggers it", async () => {
    const args = [join(ROOT, "test/system/boto3_check.py"), "copy", "copies"];
    const result = await alice.run(join(PEER, "bin/python"), args, { env });
    expect(result.status, describeRun("python", args, result)).toBe(0);
    const { response } = JSON.parse(result.stdout) as { response: { body: string } };
    expect(Buffer.from(response.body, "base64").toString()).toContain("boto3");
  });
});
