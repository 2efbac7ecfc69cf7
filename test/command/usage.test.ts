import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { COMMANDS, optionsOf } from "../../src/cli/command-table.ts";
import { VERSION } from "../../src/version.ts";
import { runScar, temporaryFolder } from "../helpers/run.ts";

const ROLE = "arn:aws:iam::123456789012:role/lambda-s3-execution-role";

describe("what needs nothing", () => {
  it.each([["--version"], ["--local --version"], ["--vers"]])("scar %s", async (line) => {
    expect(await runScar(line.split(" "))).toEqual({ code: 0, stdout: `SCAR ${VERSION}\n`, stderr: "" });
  });

  it.each([["--help"], ["-h"], ["--he"], ["--local -h"], ["-h ls"]])("scar %s shows every command", async (line) => {
    const { code, stdout, stderr } = await runScar(line.split(" "));
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    for (const { name, summary } of COMMANDS) {
      expect(stdout).toContain(`  ${name} `);
      expect(stdout.replace(/\s+/g, " ")).toContain(summary);
    }
  });

  it.each(COMMANDS.map((command) => ({ name: command.name, command })))(
    "scar $name --help shows every option and an example",
    async ({ name, command }) => {
      const { code, stdout, stderr } = await runScar([name, "--nope", "--help"]);
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      for (const { short, long } of optionsOf(command)) {
        expect(stdout).toContain(`  ${short === undefined ? long : `${short}, ${long}`}`);
      }
      expect(stdout).toContain(`\n  ${command.examples[0]}\n`);
      expect(Math.max(...stdout.split("\n").map((line) => line.length))).toBeLessThanOrEqual(120);
    },
  );

  it("scar help is --help", async () => {
    expect(await runScar(["help"])).toEqual(await runScar(["--help"]));
    expect(await runScar(["help", "run"])).toEqual(await runScar(["run", "--help"]));
    expect(await runScar(["help", "nope"])).toMatchObject({ code: 2, stdout: "" });
    expect(await runScar(["help", "run", "more"])).toMatchObject({ code: 2, stdout: "" });
  });

  it("no command is wrong usage, and shows the help", async () => {
    const { code, stdout, stderr } = await runScar([]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain("Commands:");
  });

  it("creates no file, whatever is asked wrongly", async () => {
    const home = temporaryFolder();
    for (const line of [
      "--help",
      "--version",
      "init",
      "init -h",
      "nope",
      "run -n f -m 5",
      "init -i x -m 1",
      "init -f no.yaml",
    ]) {
      await runScar(line.split(" "), { env: { HOME: home } });
    }
    expect(readdirSync(home)).toEqual([]);
  });
});

describe("wrong usage", () => {
  it("ends with 2, the usage line first, nothing on stdout", async () => {
    expect(await runScar(["init", "-n", "x"])).toEqual({
      code: 2,
      stdout: "",
      stderr: [
        "usage: scar init (-i IMAGE | -if FILE | -f FILE) [options]",
        "scar init: error: one of the arguments -i/--image -if/--image-file -f/--conf-file is required",
        "  hint: 'scar init --help' explains the options",
        "",
      ].join("\n"),
    });
  });

  it.each([
    ["update"],
    ["ls extra"],
    ["log -n f -es b"],
    ["put -b b"],
    ["init -i x -m many"],
    ["local"],
    ["local halt"],
  ])("scar %s", async (line) => {
    const { code, stdout, stderr } = await runScar(line.split(" "));
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(/^usage: scar/);
  });

  it("is one JSON line with -j, wherever it stands", async () => {
    for (const line of ["ls -j --nope", "-j nope", "run -j", "rm --json"]) {
      const { code, stdout, stderr } = await runScar(line.split(" "));
      expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
      expect(JSON.parse(stderr)).toMatchObject({ Error: { Code: "Usage" } });
      expect(stderr.split("\n")).toHaveLength(2);
    }
  });
});

describe("an old form", () => {
  it("is told on stderr, once and before anything else", async () => {
    const { code, stdout, stderr } = await runScar(["init", "-n", "f", "-es", "photos", "repo/image"]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    const lines = stderr.split("\n");
    expect(lines.slice(0, 2)).toEqual([
      "deprecated: -es photos: write -ib photos/input -ob photos/output",
      "deprecated: scar init IMAGE: write scar init -i IMAGE",
    ]);
    expect(stderr).toContain("scar: function 'f' has no IAM role");
  });
});

describe("what is not served yet is refused by name, before anything is written", () => {
  const init = "init -if image.tar -n f";
  it.each([
    [`${init} -em batch`, "-em/--execution-mode: batch"],
    [`${init} -bm 1024`, "-bm/--batch-memory"],
    [`${init} -pf other -bm 1024`, "-bm/--batch-memory"],
    [`${init} -bc 2`, "-bc/--batch-vcpus"],
    [`${init} -g`, "-g/--enable-gpu"],
    [`${init} -rt image`, "-rt/--runtime: image"],
  ])("scar %s", async (line, name) => {
    const cwd = temporaryFolder();
    const { code, stdout, stderr } = await runScar(line.split(" "), { cwd, env: { SCAR_LOCAL: "1" } });
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toContain(`scar: ${name}: not supported yet\n`);
    expect(readdirSync(cwd)).toEqual([]);
  });

  it.each([
    ["api_gateway: {stage_name: prod}", "functions.aws[0].api_gateway.stage_name: prod (f.yaml:4:31)"],
    [
      "api_gateway: {name: web, method: {authorizationType: CUSTOM}}",
      "functions.aws[0].api_gateway.method.authorizationType: CUSTOM (f.yaml:4:58)",
    ],
    ["batch: {vcpus: 2}", "functions.aws[0].batch (f.yaml:4:12)"],
    ["ecr: {delete_image: false}", "functions.aws[0].ecr (f.yaml:4:10)"],
  ])("%s in a file", async (field, name) => {
    const cwd = temporaryFolder();
    writeFileSync(
      join(cwd, "f.yaml"),
      `functions:\n  aws:\n  - lambda: {name: f, container: {image_file: i.tar}}\n    ${field}\n`,
    );
    const { code, stderr } = await runScar(["init", "-f", "f.yaml"], { cwd });
    expect(code).toBe(1);
    expect(stderr).toMatch(new RegExp(`^scar: ${name.replaceAll(/[[\]().]/g, "\\$&")}`));
  });

  it("in scar.cfg too", async () => {
    const cwd = temporaryFolder();
    writeFileSync(join(cwd, "scar.cfg"), '{"aws": {"lambda": {"execution_mode": "lambda-batch"}}}');
    const { code, stderr } = await runScar(init.split(" "), { cwd, env: { SCAR_CONFIG_FOLDER: cwd } });
    expect(code).toBe(1);
    expect(stderr).toContain(
      `scar: aws.lambda.execution_mode: lambda-batch in ${join(cwd, "scar.cfg")}: not supported yet`,
    );
  });
});

describe("a file that is wrong", () => {
  const fdl = async (text: string, ...more: string[]) => {
    const cwd = temporaryFolder();
    writeFileSync(join(cwd, "f.yaml"), text);
    return runScar(["init", "-f", "f.yaml", ...more], { cwd });
  };

  it("shows every problem with its place, and what is unknown as a warning", async () => {
    const { code, stdout, stderr } = await fdl(`functions:
  aws:
  - lambda:
      name: a b
      memory: 64
      memroy: 1
      container: {image_file: x.tar}
  - lambda:
      name: two
      timeout: '5'
`);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(
      stderr,
    ).toBe(`warning: f.yaml:6:7: functions.aws[0].lambda.memroy: unknown field, ignored; did you mean 'memory'?
scar: invalid configuration, 3 problems:
  f.yaml:4:13: functions.aws[0].lambda.name: must be 1 to 64 letters, digits, '-' and '_', not 'a b'
  f.yaml:5:15: functions.aws[0].lambda.memory: must be a whole number from 128 to 10240, not 64
  f.yaml:10:16: functions.aws[1].lambda.timeout: must be a whole number from 1 to 900, not '5' (write it without quotes)
`);
  });

  it("names the flag or the place, whichever gave the value", async () => {
    const text = "functions: {aws: [{lambda: {name: f, timeout: 20, container: {image_file: x}}}]}";
    expect((await fdl(text, "-tt", "20")).stderr).toContain("-tt/--timeout-threshold: 20 s kept back");
    const both = await fdl("functions: {aws: [{lambda: {name: f, memory: 1}}]}", "-t", "0");
    expect(both.stderr).toContain("-t/--timeout: must be");
    expect(both.stderr).toContain("f.yaml:1:46: functions.aws[0].lambda.memory: must be");
  });

  it.each([
    ["", "f.yaml: the file is empty"],
    ["functions:\n\taws: 1", "f.yaml:2:1: tab characters"],
    ["functions: {}", "functions.aws: is missing: the file defines no function"],
    ["functions: {oscar: null}", "functions.aws: is missing: the file defines no function"],
    ["functions: {aws: []}", "functions.aws: is missing: the file defines no function"],
    ["functions: {aws: {lambda: {name: f}}}", "functions.aws: must be a list, not a mapping"],
    ["functions: {aws: [text]}", "functions.aws[0]: must be a mapping, not 'text'"],
    ["functions: {aws: [{lambda: {container: {image_file: x}}}]}", "functions.aws[0].lambda.name: is missing"],
    ["functions: {aws: [{lambda: {name: f}}]}", "functions.aws[0].lambda.container: image or image_file is missing"],
    [
      "functions: {aws: [{lambda: {name: f, container: {image_file: x}}}, {lambda: {name: f, container: {image_file: x}}}]}",
      "functions.aws[1].lambda.name: 'f' is the name of functions.aws[0] too",
    ],
  ])("%j", async (text, message) => {
    const { code, stderr } = await fdl(text);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
  });

  it("or is not there", async () => {
    expect(await runScar(["run", "-f", "no.yaml"])).toMatchObject({
      code: 2,
      stderr: "scar: Unable to find the yaml file 'no.yaml'\n",
    });
    expect(await runScar(["run", "-f", "."])).toMatchObject({ code: 2 });
  });

  it("one -n cannot name two functions", async () => {
    const two =
      "functions: {aws: [{lambda: {name: a, container: {image_file: x}}}, {lambda: {name: b, container: {image_file: x}}}]}";
    expect((await fdl(two, "-n", "c")).stderr).toContain("-n/--name: names one function, and f.yaml has 2");
  });

  it("a name is asked for by its flag", async () => {
    expect((await runScar(["init", "-if", "x.tar"])).stderr).toContain("  -n/--name: is missing\n");
  });
});

describe("the first run", () => {
  const init = ["init", "-if", "x.tar", "-n", "f"];

  it("makes scar.cfg where a role is needed, and says so", async () => {
    const cwd = temporaryFolder();
    const file = join(cwd, "cfg", "scar.cfg");
    const env = { SCAR_CONFIG_FOLDER: join(cwd, "cfg") };
    const first = await runScar(init, { cwd, env });
    expect(first).toMatchObject({ code: 2, stdout: "" });
    expect(first.stderr).toContain(`Config file '${file}' created.\nscar: function 'f' has no IAM role\n`);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const second = await runScar(init, { cwd, env });
    expect(second.stderr).not.toContain("created");
    expect(second.code).toBe(2);
  });

  it.each([[["-r", ROLE]], [["--local"]]])("needs none with %j", async (more) => {
    const cwd = temporaryFolder();
    const { stderr } = await runScar([...init, ...more], {
      cwd,
      env: { SCAR_CONFIG_FOLDER: join(cwd, "cfg"), SCAR_LOCAL_DIR: "/dev/null" },
    });
    expect(stderr).not.toContain("role");
    expect(existsSync(join(cwd, "cfg"))).toBe(false);
  });

  it("a scar.cfg that is wrong is named by key and line", async () => {
    const cwd = temporaryFolder();
    writeFileSync(join(cwd, "scar.cfg"), '{"aws": {\n "lambda": {"memory": "x"}}}');
    const { code, stderr } = await runScar(["ls"], { cwd, env: { SCAR_CONFIG_FOLDER: cwd } });
    expect(code).toBe(2);
    expect(stderr).toContain(`${join(cwd, "scar.cfg")}:2:23: aws.lambda.memory: must be a whole number`);
    expect(readFileSync(join(cwd, "scar.cfg"), "utf8")).toContain('"x"');
  });
});

it("an interrupted command ends with 130", async () => {
  const env = { AWS_ENDPOINT_URL: "http://127.0.0.1:9", AWS_ACCESS_KEY_ID: "a", AWS_SECRET_ACCESS_KEY: "b" };
  expect(await runScar(["ls"], { env, signal: AbortSignal.abort() })).toMatchObject({ code: 130, stdout: "" });
});

describe("help", () => {
  it.each([["init", "-bm, --batch-memory"]])("scar %s says that %s is still to come", async (command, flag) => {
    const { code, stdout } = await runScar([command, "--help"]);
    expect(code).toBe(0);
    const text = stdout.slice(stdout.indexOf(flag)).replace(/\s+/g, " ");
    expect(text.slice(0, 140)).toContain("not supported yet)");
  });

  it("says no such thing of what is served", async () => {
    for (const argv of [["--help"], ["put", "--help"], ["invoke", "--help"]]) {
      expect((await runScar(argv)).stdout).not.toContain("not supported yet");
    }
  });
});
