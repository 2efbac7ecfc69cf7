import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import { configText } from "../../src/config/file.ts";
import { type RunResult, runScar, temporaryFolder } from "../helpers/run.ts";

const ROLE = "arn:aws:iam::123456789012:role/mine";
const INIT = ["init", "-if", "x.tar", "-n", "f"];

let folder: string;
let file: string;
beforeEach(() => {
  folder = temporaryFolder();
  file = join(folder, "scar.cfg");
});

const old = (value: unknown): void => writeFileSync(file, typeof value === "string" ? value : JSON.stringify(value));
const now = (): Record<string, unknown> => JSON.parse(readFileSync(file, "utf8"));
const modeOf = (path: string): number => statSync(path).mode & 0o777;

/** A command that reads scar.cfg and is interrupted before it calls AWS. */
const ls = (...more: string[]): Promise<RunResult> => scar(["ls", ...more]);
const scar = (argv: string[], env = {}): Promise<RunResult> =>
  runScar(argv, { cwd: folder, env: { SCAR_CONFIG_FOLDER: folder, ...env }, signal: AbortSignal.abort() });
/** One that ends before it would call AWS, for its scar.cfg is wrong. */
const refused = (): Promise<RunResult> => runScar(["ls"], { cwd: folder, env: { SCAR_CONFIG_FOLDER: folder } });
const init = (...more: string[]): Promise<RunResult> =>
  runScar([...INIT, ...more], { cwd: folder, env: { SCAR_CONFIG_FOLDER: folder } });

const TODAY = JSON.parse(configText());
const fixture = (name: string): string =>
  readFileSync(new URL(`../fixtures/scar-cfg/${name}.json`, import.meta.url), "utf8");

describe("the first run (traces a01, a02; deviation 21)", () => {
  it("of what needs the role makes the whole default file, names it and asks for the role", async () => {
    const { code, stdout, stderr } = await init();
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(`Config file '${file}' created.\n`);
    expect(stderr).toContain(`aws.iam.role in ${file}`);
    expect(now()).toEqual(TODAY);
    expect(modeOf(file)).toBe(0o600);
    expect(JSON.stringify(TODAY)).not.toContain("null");
  });

  it.each([["--version"], ["-h"], [""], ["nonsense"], ["ls"], ["run -n x"], ["ls --local -h"], ["init -n x -i"]])(
    "of 'scar %s' makes none",
    async (line) => {
      await scar(line.split(" ").filter(Boolean));
      expect(readdirSync(folder)).toEqual([]);
    },
  );

  it("many at once make one whole file", async () => {
    const results = await Promise.all(Array.from({ length: 8 }, () => init()));
    expect(results.map(({ code }) => code)).toEqual(Array(8).fill(2));
    expect(now()).toEqual(TODAY);
    expect(readdirSync(folder)).toEqual(["scar.cfg"]);
  });
});

describe("without a home", () => {
  const env = { HOME: "", USERPROFILE: "" };

  it("scar.cfg is missed only where one would be made", async () => {
    const reads = await runScar(["ls"], { cwd: folder, env, signal: AbortSignal.abort() });
    expect(reads).toEqual({ code: 130, stdout: "", stderr: "scar: interrupted\n" });
    const { code, stderr } = await runScar(INIT, { cwd: folder, env });
    expect(code).toBe(2);
    expect(stderr).toContain("neither SCAR_CONFIG_FOLDER nor HOME is set: scar.cfg has no place");
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe("SCAR_CONFIG_FOLDER (trace a03)", () => {
  it("is made, and may be relative to where the command runs", async () => {
    await runScar(INIT, { cwd: folder, env: { SCAR_CONFIG_FOLDER: "deep/cfg" } });
    expect(existsSync(join(folder, "deep/cfg/scar.cfg"))).toBe(true);
    expect(modeOf(join(folder, "deep/cfg"))).toBe(0o700);
  });
});

describe("an older file (deviation 45)", () => {
  it("is brought to today's version, what the user had set is kept, and the command goes on", async () => {
    old({ scar: { config_version: "1.0.9" }, aws: { iam: { role: ROLE }, lambda: { memory: 1024, timeout: 300 } } });
    const text = readFileSync(file, "utf8");
    chmodSync(file, 0o644);
    const { code, stdout, stderr } = await ls();
    expect({ code, stdout }).toEqual({ code: 130, stdout: "" });
    expect(stderr).toBe(
      `Config file '${file}' (version 1.0.9) brought to version 1.1.0; the old one is saved in '${file}_old'.\n` +
        "  kept: aws.iam.role, aws.lambda.memory; all else follows today's defaults\nscar: interrupted\n",
    );
    expect(now()).toEqual({
      ...TODAY,
      aws: { ...TODAY.aws, iam: { role: ROLE }, lambda: { ...TODAY.aws.lambda, memory: 1024 } },
    });
    expect(readFileSync(`${file}_old`, "utf8")).toBe(text);
    expect([modeOf(file), modeOf(`${file}_old`)]).toEqual([0o600, 0o600]);
    expect((await ls()).stderr).toBe("scar: interrupted\n");
    expect(readdirSync(folder).sort()).toEqual(["scar.cfg", "scar.cfg_old"]);
  });

  it.each([["2.2.0"], ["3.0.0"], ["3.2.1"], ["1.0.6"], ["4.0.0"], ["1.0.9"]])(
    "SCAR's default of %s becomes today's",
    async (name) => {
      old(fixture(name));
      const { stderr } = await ls();
      expect(stderr).toContain("nothing in it was changed");
      expect(stderr).not.toContain("not kept");
      expect(now()).toEqual(TODAY);
    },
  );

  it.each([["4.1.0"], ["4.3.1"]])("SCAR's default of %s is of today's version and stays", async (name) => {
    old(fixture(name));
    expect((await ls()).stderr).toBe("scar: interrupted\n");
    const { stderr } = await init("-r", ROLE);
    expect(stderr).not.toContain("scar.cfg");
    expect(readFileSync(file, "utf8")).toBe(fixture(name));
  });

  it("without a version, or without a scar section (trace a03#2, #6), is an older one", async () => {
    old({ scar: {}, aws: { iam: { role: ROLE } } });
    expect((await ls()).stderr).toContain("(no version) brought to version 1.1.0");
    expect(now()).toEqual({ ...TODAY, aws: { ...TODAY.aws, iam: { role: ROLE } } });
    old({ aws: {} });
    expect((await ls()).stderr).toContain(`saved in '${file}_old.1'`);
    expect(now()).toEqual(TODAY);
  });

  it("of a newer version is read as it is (trace a03#4)", async () => {
    old({ scar: { config_version: "1.10" }, aws: {} });
    expect((await ls()).stderr).toBe("scar: interrupted\n");
    expect(readdirSync(folder)).toEqual(["scar.cfg"]);
  });

  it("the INI file of the first releases too", async () => {
    old(`[scar]\nlambda_memory = 256\nlambda_time = 200\nlambda_role = ${ROLE}\nlambda_colour = red\n`);
    const { stderr } = await ls();
    expect(stderr).toContain("(the INI file of SCAR's first releases) brought to version 1.1.0");
    expect(stderr).toContain("aws.lambda.timeout (lambda_time)");
    expect(stderr).toContain("not kept: lambda_colour: its name is unknown");
    expect(now()).toMatchObject({ aws: { iam: { role: ROLE }, lambda: { memory: 256, timeout: 200 } } });
  });

  it("says what it does not keep, and never a value", async () => {
    old({ aws: { lambda: { time: 5, runtime: "python3.8" } }, oscar: { mine: { auth_password: "hunter2hunter2" } } });
    const { stderr } = await ls();
    expect(stderr).toContain("not kept: aws.lambda.runtime: ");
    expect(stderr).toContain("oscar.mine.auth_password");
    expect(stderr).not.toContain("hunter2");
    expect(now()).toMatchObject({ oscar: { mine: { auth_password: "hunter2hunter2" } } });
  });

  it("with a wrong value stays, and the value is named as it stands there", async () => {
    const text = '{\n "aws": {"region": "Mars",\n  "lambda": {"time": "long", "memory": 1}\n }}';
    old(text);
    const { code, stderr } = await refused();
    expect(code).toBe(2);
    expect(stderr).toContain(`${file}:2:20: aws.region: must be an AWS region`);
    expect(stderr).toContain(`${file}:3:22: aws.lambda.time: must be a whole number`);
    expect(stderr).toContain(`${file}:3:40: aws.lambda.memory: must be a whole number`);
    expect(readFileSync(file, "utf8")).toBe(text);
    expect(readdirSync(folder)).toEqual(["scar.cfg"]);
  });

  it("the INI file's too", async () => {
    old("[scar]\nlambda_memory = much\n");
    expect((await refused()).stderr).toContain(`${file}:2:17: lambda_memory: must be a whole number`);
  });

  it("its values count for the command that brings it to today's version", async () => {
    old({ aws: { lambda: { time: 8, timeout_threshold: 8 } } });
    const { stderr } = await init("-r", ROLE);
    expect(stderr).toContain("8 s kept back leave nothing of the function's 8 s");
  });

  it("is read with --local, which writes nothing", async () => {
    old({ aws: { lambda: { time: 8, timeout_threshold: 8 } } });
    const { code, stderr } = await init("--local");
    expect(code).toBe(2);
    expect(stderr).toContain("8 s kept back leave nothing of the function's 8 s");
    expect(stderr).not.toContain("Config file");
    expect(readdirSync(folder)).toEqual(["scar.cfg"]);
  });

  it("is read where it cannot be written, with a notice", async () => {
    // The name of its save is longer than the system's longest path: this holds for root too.
    let deep = folder;
    while (deep.length < 3800) deep = join(deep, "d".repeat(200));
    deep = join(deep, "d".repeat(4095 - "/scar.cfg".length - deep.length - 2));
    mkdirSync(deep, { recursive: true });
    const text = '{"aws": {"lambda": {"time": 8, "timeout_threshold": 8}}}';
    writeFileSync(join(deep, "scar.cfg"), text);
    const { code, stderr } = await runScar([...INIT, "-r", ROLE], { cwd: folder, env: { SCAR_CONFIG_FOLDER: deep } });
    expect(code).toBe(2);
    expect(stderr).toContain("cannot be brought to version 1.1.0 on the disk (ENAMETOOLONG");
    expect(stderr).toContain("8 s kept back leave nothing of the function's 8 s");
    expect(readFileSync(join(deep, "scar.cfg"), "utf8")).toBe(text);
  });

  it("many commands at once leave one new file and one save", async () => {
    old({ aws: { iam: { role: ROLE }, lambda: { time: 7 } } });
    const text = readFileSync(file, "utf8");
    const results = await Promise.all(Array.from({ length: 8 }, () => ls()));
    expect(results.map(({ code }) => code)).toEqual(Array(8).fill(130));
    expect(readdirSync(folder).sort()).toEqual(["scar.cfg", "scar.cfg_old"]);
    expect(readFileSync(`${file}_old`, "utf8")).toBe(text);
    expect(now()).toMatchObject({ aws: { iam: { role: ROLE }, lambda: { timeout: 7 } } });
  });
});

describe("what no function takes (deviation 46)", () => {
  const changed = {
    scar: { config_version: "1.1.0" },
    aws: {
      iam: { role: ROLE },
      lambda: { supervisor: { version: "1.5.8" }, invocation_type: "Event" },
      s3: { region: "eu-west-1", event: { Records: [] } },
      api_gateway: { endpoint: "https://x", stage_name: "prod" },
      batch: { memory: 2048, compute_resources: { instance_types: ["m3.medium"] } },
    },
    oscar: { mine: { endpoint: "https://o" } },
  };

  it("is said when deploying, once, with the reason", async () => {
    old(changed);
    const { stderr } = await init();
    for (const line of [
      "supervisor version 1.5.8 of scar.cfg is replaced by this release's own (-sv and an FDL may name another)",
      "aws.s3.event of scar.cfg is not used: S3's events are made by scar",
      "aws.api_gateway.endpoint of scar.cfg is not used: it is computed from region, account and names",
      "aws.lambda.invocation_type of scar.cfg is not used: aws.lambda.asynchronous, or -a, decides",
      "aws.s3.region of scar.cfg: not used: every service takes region and profile of aws.lambda",
      "aws.api_gateway.stage_name, aws.batch.memory, oscar.mine.endpoint of scar.cfg: not supported yet",
    ]) {
      expect(stderr.split("\n").filter((one) => one === line)).toHaveLength(1);
    }
    expect(stderr).not.toContain("instance_types");
  });

  it("and not otherwise", async () => {
    old(changed);
    expect((await ls()).stderr).toBe("scar: interrupted\n");
  });
});

describe("a file that others can read (deviation 47)", () => {
  const secret = { scar: { config_version: "1.1.0" }, oscar: { mine: { auth_password: "hunter2hunter2" } } };

  it("and holds a secret is warned of, and left to the user", async () => {
    old(secret);
    chmodSync(file, 0o640);
    const { stderr } = await ls();
    expect(stderr).toContain(`warning: ${file} holds a secret (oscar.mine.auth_password) and others can read it`);
    expect(stderr).not.toContain("hunter2");
    expect(modeOf(file)).toBe(0o640);
  });

  it("or holds none, is not", async () => {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the user writes it so
    old({ ...secret, oscar: { mine: { auth_password: "${env:PASSWORD}", auth_user: "me" } } });
    chmodSync(file, 0o644);
    expect((await ls()).stderr).not.toContain("warning");
    old(secret);
    chmodSync(file, 0o600);
    expect((await ls()).stderr).not.toContain("warning");
  });
});

describe("a wrong file", () => {
  it.each([
    ["{not json", "scar.cfg:1:2: not JSON: a key in double quotes is expected, not 'n'"],
    ["", "scar.cfg:1:1: not JSON: the file is empty"],
    ["[scar]\nwhat\n", "scar.cfg:2:1: 'key = value' is expected in the section [scar]"],
    [
      '{"scar": {"config_version": "new"}}',
      "scar.cfg:1:29: scar.config_version: must be a version like 1.1.0, not 'new'",
    ],
    ['{"scar": {"config_version": 1.1}}', "scar.cfg:1:29: scar.config_version: must be text, not 1.1"],
    ['{"aws": {"iam": {}, "iam": {}}}', "scar.cfg:1:21: aws.iam: stands twice in the same object"],
    ['{"aws": []}', "scar.cfg:1:9: aws: must be a mapping, not a list"],
    ['{"scar": 1}', "scar.cfg:1:10: scar: must be a mapping, not 1"],
  ])("%j (trace a03#7, #8)", async (text, message) => {
    old(text);
    const { code, stdout, stderr } = await refused();
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(message);
    expect(readFileSync(file, "utf8")).toBe(text);
    expect(readdirSync(folder)).toEqual(["scar.cfg"]);
  });

  it("too large, not text, or no file", async () => {
    old(`{"a": "${"x".repeat(10 * 1024 * 1024)}"}`);
    expect((await refused()).stderr).toContain("bytes are too many for a configuration (at most 1048576)");
    writeFileSync(file, Buffer.from("\ufeff{}", "utf16le"));
    expect((await refused()).stderr).toContain("it is no UTF-8 text");
    const { code, stderr } = await scar(["ls"], { SCAR_CONFIG_FOLDER: "/dev/null/x" });
    expect({ code, stderr }).toEqual({ code: 130, stderr: "scar: interrupted\n" });
  });

  it("whatever is in it: no crash, no stack, exit code 0, 1 or 2", async () => {
    const texts = ["4.3.1", "4.0.0", "3.2.1", "2.2.0"].map(fixture);
    const damaged = fc
      .tuple(
        fc.constantFrom(...texts),
        fc.array(fc.tuple(fc.nat(4000), fc.string({ maxLength: 8 }), fc.nat(20)), { maxLength: 4 }),
      )
      .map(([text, edits]) => edits.reduce((at, [i, put, cut]) => at.slice(0, i) + put + at.slice(i + cut), text));
    const replaced = fc.tuple(fc.constantFrom(...texts), fc.nat(200), fc.jsonValue()).map(([text, n, value]) => {
      let i = 0;
      return JSON.stringify(JSON.parse(text, (_key, one: unknown) => (i++ === n ? value : one)));
    });
    const any = fc.oneof(
      damaged,
      replaced,
      fc.json(),
      fc.string({ unit: "binary" }),
      fc.string().map((s) => `[scar]\n${s}`),
    );
    await fc.assert(
      fc.asyncProperty(any, async (text) => {
        old(text);
        const { code, stdout, stderr } = await init("-r", ROLE);
        expect([1, 2]).toContain(code);
        expect(stdout).toBe("");
        expect(stderr).not.toMatch(/internal error|\n\s+at /);
      }),
      { numRuns: 150 },
    );
  });
});
