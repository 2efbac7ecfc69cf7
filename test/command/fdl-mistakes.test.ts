/** Every class of mistake in an FDL, as a whole command: exit code 2, one clear line each, nothing created. */
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { EXTRA } from "../../src/cli/own-options.ts";
import { runScar, temporaryFolder } from "../helpers/run.ts";

const IMAGE = "container: {image: ubuntu}";

/** A function with these lines below `lambda`. */
const lambda = (...lines: string[]): string =>
  [
    "functions:",
    "  aws:",
    "  - lambda:",
    "      name: f",
    `      ${IMAGE}`,
    ...lines.map((line) => `      ${line}`),
    "",
  ].join("\n");

/** Runs `scar init -f f.yaml` and gives the lines of stderr that say what is wrong. */
async function mistakes(content: string | Buffer, ...flags: string[]): Promise<string[]> {
  const cwd = temporaryFolder();
  const home = temporaryFolder();
  writeFileSync(join(cwd, "f.yaml"), content);
  const { code, stdout, stderr } = await runScar(["init", "-f", "f.yaml", ...flags], { cwd, env: { HOME: home } });
  expect({ code, stdout }, stderr).toEqual({ code: 2, stdout: "" });
  expect([...readdirSync(home), ...readdirSync(cwd)]).toEqual(["f.yaml"]);
  expect(stderr).not.toMatch(/\n {4}at |internal error/);
  return stderr
    .split("\n")
    .filter((line) => /^\s*(scar: )?(error: )?f\.yaml|f\.yaml[:']/.test(line))
    .map((line) => line.trim());
}

describe("what is no YAML", () => {
  const explosion = Array.from(
    { length: 9 },
    (_, i) => `a${i + 1}: &a${i + 1} [${Array(9).fill(`*a${i}`).join(", ")}]`,
  );
  it.each<[string, string | Buffer, RegExp]>([
    ["wrong indentation", "functions:\n  aws:\n   - lambda:\n  - x\n", /f\.yaml:4:3: .*indentation/],
    ["a tab", "functions:\n\taws: []\n", /f\.yaml:2:1: tab characters: YAML is indented with spaces/],
    [
      "a key that stands twice",
      lambda("memory: 512", "memory: 1024"),
      /f\.yaml:7:7: duplicated mapping key: remove one of the two/,
    ],
    ["two documents", `${lambda()}---\n${lambda()}`, /f\.yaml:6:1: a second document begins: an FDL is one/],
    ["a bracket that is not closed", "functions:\n  aws: [\n", /f\.yaml:3:1: a '\[' or '\{' is not closed/],
    ["a missing colon", lambda("memory 512", "timeout: 5"), /f\.yaml:7:\d+: a ':' is missing after a key/],
    ["a missing space", lambda("memory:512", "timeout: 5"), /f\.yaml:7:\d+: a ':' is missing after a key/],
    ["a tag", 'functions: !!python/object/apply:os.system ["x"]\n', /f\.yaml:1:\d+: '!' begins a tag/],
    ["a key that is a list", "functions:\n  ? [a, b]\n  : 1\n", /f\.yaml:2:5: a key must be text/],
    ["an unknown anchor", lambda("memory: *big"), /f\.yaml:6:\d+: '\*' begins a reference to an anchor/],
    [
      "anchors that explode",
      `a0: &a0 x\n${explosion.join("\n")}\n`,
      /f\.yaml:\d+:\d+: its anchors expand to too many values/,
    ],
    ["a list at the top", "- a\n", /f\.yaml:1:1: a mapping with the key 'functions' is expected, not a list/],
    ["a text", "hello\n", /f\.yaml:1:1: .* is expected, not 'hello'/],
    ["an empty file", "", /f\.yaml: the file is empty: an FDL begins with 'functions:'/],
    ["10 MB", Buffer.alloc(10 * 1024 * 1024, "a: 1\n"), /f\.yaml: is larger than 1 MiB/],
    ["a binary file", Buffer.from("\x7fELF\0\0\x01\x02", "latin1"), /f\.yaml: is a binary file/],
    [
      "Latin-1",
      Buffer.from("functions: caf\xe9\n", "latin1"),
      /f\.yaml:1:15: is not UTF-8 \(byte 0xE9\): save it as UTF-8/,
    ],
    ["UTF-16", Buffer.from("\ufefffunctions: x\n", "utf16le"), /f\.yaml:1:1: is UTF-16: save it as UTF-8/],
    [
      "a control character",
      lambda("description: 'a\u0007b'"),
      /f\.yaml:6:22: has a control character \(\\u0007\): remove it/,
    ],
    ["nested without end", "[".repeat(100_000), /f\.yaml(:1:\d+)?: is nested too deeply/],
  ])("%s", async (_what, content, line) => {
    const found = await mistakes(content);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(line);
  });
});

describe("what is no file", () => {
  it.each([
    ["missing.yaml", "Unable to find the yaml file 'missing.yaml'"],
    ["here/missing.yaml", "Unable to find the yaml file 'here/missing.yaml'"],
    ["folder", "the yaml file 'folder' cannot be read: it is a folder; name the file in it"],
  ])("%s", async (name, message) => {
    const cwd = temporaryFolder();
    mkdirSync(join(cwd, "folder"));
    const { code, stderr } = await runScar(["init", "-f", name], { cwd });
    expect(code).toBe(2);
    expect(stderr).toContain(message);
  });
});

describe("wrong values, by their place and with what would be right", () => {
  it.each<[string, string, string]>([
    [
      "a number out of bounds",
      "memory: 64",
      "6:15: functions.aws[0].lambda.memory: must be a whole number from 128 to 10240, not 64",
    ],
    [
      "a number in quotes",
      "memory: '512'",
      "6:15: functions.aws[0].lambda.memory: must be a whole number from 128 to 10240, not '512' (write it without quotes)",
    ],
    [
      "a date",
      "memory: 2026-11-21",
      "6:15: functions.aws[0].lambda.memory: must be a whole number from 128 to 10240, not '2026-11-21'",
    ],
    [
      "a boolean in quotes",
      "asynchronous: 'true'",
      "6:21: functions.aws[0].lambda.asynchronous: must be true or false, not 'true' (write it without quotes)",
    ],
    [
      "a number for a text",
      "description: 5",
      "6:20: functions.aws[0].lambda.description: must be text, not 5 (put it in quotes)",
    ],
    [
      "one of a few",
      "execution_mode: cloud",
      "6:23: functions.aws[0].lambda.execution_mode: must be one of lambda, lambda-batch, batch, not 'cloud'",
    ],
    [
      "a name",
      "layers: [fonts]",
      "6:16: functions.aws[0].lambda.layers[0]: must be the ARN of a layer's version, not 'fonts'",
    ],
    ["a text for a list", "layers: fonts", "6:15: functions.aws[0].lambda.layers: must be a list, not 'fonts'"],
    [
      "too many",
      "architectures: [x86_64, arm64]",
      "6:22: functions.aws[0].lambda.architectures: must have at most 1, not 2",
    ],
    [
      "a path",
      "input: [{storage_provider: s3, path: Photos/in}]",
      "6:44: functions.aws[0].lambda.input[0].path: 'Photos' is no bucket name (3 to 63 lower-case letters, digits, '-' and '.', beginning and ending with a letter or digit)",
    ],
    [
      "a provider that is not there",
      "input: [{storage_provider: minio.mine, path: a-b}]",
      "6:34: functions.aws[0].lambda.input[0].storage_provider: 'minio.mine': storage_providers.minio has no 'mine'",
    ],
    [
      "a provider without id",
      "input: [{storage_provider: minio, path: a-b}]",
      "6:34: functions.aws[0].lambda.input[0].storage_provider: 'minio' needs the id of a provider: minio.ID",
    ],
    [
      "a type of provider",
      "input: [{storage_provider: ftp.x, path: a-b}]",
      "6:34: functions.aws[0].lambda.input[0].storage_provider: must be s3, or TYPE.ID of a provider in storage_providers, not 'ftp.x'",
    ],
    ["a missing field", "input: [{storage_provider: s3}]", "6:15: functions.aws[0].lambda.input[0].path: is missing"],
    [
      "a mount",
      "vpc: {SubnetIds: [subnet-1], SecurityGroupIds: [sg-1]}\n      file_system: [{Arn: 'arn:aws:elasticfilesystem:eu-west-1:123456789012:access-point/fsap-1', LocalMountPath: /srv}]",
      "7:115: functions.aws[0].lambda.file_system[0].LocalMountPath: must be a folder right below /mnt, like /mnt/efs, not '/srv'",
    ],
    [
      "a mount without network",
      "file_system: [{Arn: 'arn:aws:elasticfilesystem:eu-west-1:123456789012:access-point/fsap-1', LocalMountPath: /mnt/a}]",
      "6:20: functions.aws[0].lambda.file_system: needs lambda.vpc: file systems are reached through its subnets",
    ],
    [
      "a retention",
      "x: 1\n    cloudwatch: {log_retention_policy_in_days: 31}",
      "7:48: functions.aws[0].cloudwatch.log_retention_policy_in_days: must be one of 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653, not 31",
    ],
    [
      "a role",
      "x: 1\n    iam: {role: me}",
      "7:17: functions.aws[0].iam.role: must be an ARN like arn:aws:iam::123456789012:role/NAME, not 'me'",
    ],
    [
      "vCPUs in the wrong order",
      "x: 1\n    batch: {compute_resources: {min_v_cpus: 4, max_v_cpus: 2}}",
      "7:45: functions.aws[0].batch.compute_resources.min_v_cpus: must be at most max_v_cpus, 2, not 4",
    ],
    [
      "a node that is not there",
      "x: 1\n    batch: {multi_node_parallel: {number_nodes: 3, main_node_index: 3}}",
      "7:69: functions.aws[0].batch.multi_node_parallel.main_node_index: must be below number_nodes, 3, not 3: nodes count from 0",
    ],
    [
      "no time left",
      "timeout: 10",
      "5:18: functions.aws[0].lambda.container.timeout_threshold: 10 s kept back leave nothing of the function's 10 s",
    ],
  ])("%s", async (_what, line, message) => {
    const found = await mistakes(lambda(line));
    expect(found.filter((one) => !one.includes("unknown field"))).toEqual([`f.yaml:${message}`]);
  });

  it("all of them at once, of functions, services and providers", async () => {
    const found = await mistakes(`functions:
  aws:
  - lambda: {name: a b, memory: 1}
  - iam: {}
  oscar:
  - one: {cpu: 1.0, output: [{storage_provider: minio.theer, path: a-b}]}
    two: {}
  - {my: {name: X}}
storage_providers:
  s3: {mine: {access_key: AKIAHIDDEN}}
  minio: {there: {endpoint: 5, access_key: x, secret_key: HIDDEN_TOO}, x: HIDDEN_THREE}
`);
    expect(found.map((line) => line.replace(/^f\.yaml:/, ""))).toEqual([
      "3:20: functions.aws[0].lambda.name: must be 1 to 64 letters, digits, '-' and '_', not 'a b'",
      "3:33: functions.aws[0].lambda.memory: must be a whole number from 128 to 10240, not 1",
      "4:5: functions.aws[1].lambda: is missing",
      "6:5: functions.oscar[0]: must have one key, the id of a cluster, with everything else below it, not 2 keys",
      "6:16: functions.oscar[0].one.cpu: must be text, not 1 (put it in quotes)",
      "8:17: functions.oscar[1].my.name: must be 1 to 63 small letters, digits and '-', beginning and ending with a letter or digit, not 'X'",
      "10:14: storage_providers.s3.mine.secret_key: is missing: the two keys go together",
      "11:29: storage_providers.minio.there.endpoint: must be text, not a number (put it in quotes)",
      "11:75: storage_providers.minio.x: must be a mapping, not text",
      "6:49: functions.oscar[0].one.output[0].storage_provider: 'minio.theer': storage_providers.minio has no 'theer'; did you mean 'minio.there'?",
    ]);
    expect(found.join("\n")).not.toMatch(/HIDDEN/);
  });
});

describe("unknown fields", () => {
  it("are warnings with the name that was meant", async () => {
    const found = await mistakes(lambda("memroy: 512", "image: x", "YES: 1", "timeout: 0"));
    expect(found).toEqual([
      "warning: f.yaml:6:7: functions.aws[0].lambda.memroy: unknown field, ignored; did you mean 'memory'?",
      "warning: f.yaml:7:7: functions.aws[0].lambda.image: unknown field, ignored; did you mean 'container.image'?",
      "warning: f.yaml:8:7: functions.aws[0].lambda.YES: unknown field, ignored",
      "f.yaml:9:16: functions.aws[0].lambda.timeout: must be a whole number from 1 to 900, not 0",
    ]);
  });

  it("of which those at the top with x- are the user's own", async () => {
    const text = `x-shared: &s {timeout: 0}\n${lambda("<<: *s")}`;
    expect(await mistakes(text)).toEqual([
      expect.stringMatching(/^f\.yaml:\d+:\d+: functions\.aws\[0\]\.lambda\.timeout: must be/),
    ]);
  });
});

/** The option is the command line's: this is skipped until it is there. */
const hasStrict = Object.values(EXTRA).some((option) => (option as { dest: string }).dest === "strict");

describe.runIf(hasStrict)("with --strict unknown fields are errors", () => {
  it("of the FDL, with all other problems", async () => {
    expect(await mistakes(lambda("memroy: 512", "timeout: 0"), "--strict")).toEqual([
      "f.yaml:7:16: functions.aws[0].lambda.timeout: must be a whole number from 1 to 900, not 0",
      "f.yaml:6:7: functions.aws[0].lambda.memroy: unknown field; did you mean 'memory'?",
    ]);
  });

  it("of scar.cfg", async () => {
    const cwd = temporaryFolder();
    writeFileSync(join(cwd, "scar.cfg"), '{"aws": {"lambda": {"memroy": 1}}}');
    writeFileSync(join(cwd, "f.yaml"), lambda());
    const { code, stderr } = await runScar(["rm", "-f", "f.yaml", "--strict"], {
      cwd,
      env: { SCAR_CONFIG_FOLDER: cwd },
    });
    expect(code).toBe(2);
    expect(stderr).toMatch(/scar\.cfg:1:\d+: aws\.lambda\.memroy: unknown field; did you mean 'memory'\?/);
  });

  it("and a file without them is as good as ever", async () => {
    const text = `x-own: 1\n${lambda("timeout: 0")}`;
    expect(await mistakes(text, "--strict")).toEqual(await mistakes(text));
  });
});
