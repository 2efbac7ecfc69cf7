/** `${env:NAME}` in an FDL, as whole commands. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { runScar, temporaryFolder } from "../helpers/run.ts";

/** `${env:NAME}`, which is no placeholder of this program. */
const ref = (name: string): string => `$\{env:${name}}`;

const FDL = `functions:
  aws:
  - lambda:
      name: ${ref("NAME")}
      region: ${ref("REGION")}
      description: made by ${ref("WHO")} of ${ref("TEAM")}
      container:
        image: ${ref("REGISTRY")}/tool:1
        registry_auth: {username: reader, password: '${ref("PASSWORD")}'}
        environment: {Variables: {LEFT: '$${ref("LEFT")}', API: '${ref("API")}'}}
    iam: {role: '${ref("ROLE")}'}
storage_providers:
  minio: {mine: {endpoint: '${ref("MINIO")}', access_key: a, secret_key: '${ref("MINIO_KEY")}'}}
`;

async function scar(argv: readonly string[], env: Readonly<Record<string, string>>, fdl = FDL) {
  const cwd = temporaryFolder();
  writeFileSync(join(cwd, "f.yaml"), fdl);
  return runScar([...argv, "-f", "f.yaml"], { cwd, env });
}

/** The lines of stderr that name a place in the file. */
const places = (stderr: string): string[] =>
  stderr
    .split("\n")
    .filter((line) => line.includes("f.yaml:"))
    .map((line) => line.trim());

describe("variables that are not set", () => {
  it("are each a problem with its place, for init", async () => {
    const { code, stderr } = await scar(["init"], { NAME: "n", REGION: "eu-west-1", TEAM: "", MINIO: "http://m" });
    expect(code).toBe(2);
    expect(places(stderr)).toEqual([
      "f.yaml:6:20: functions.aws[0].lambda.description: the environment variable WHO is not set",
      "f.yaml:6:20: functions.aws[0].lambda.description: the environment variable TEAM is empty",
      "f.yaml:8:16: functions.aws[0].lambda.container.image: the environment variable REGISTRY is not set",
      "f.yaml:9:53: functions.aws[0].lambda.container.registry_auth.password: the environment variable PASSWORD is not set",
      "f.yaml:10:62: functions.aws[0].lambda.container.environment.Variables.API: the environment variable API is not set",
      "f.yaml:11:17: functions.aws[0].iam.role: the environment variable ROLE is not set",
      "f.yaml:13:71: storage_providers.minio.mine.secret_key: the environment variable MINIO_KEY is not set",
    ]);
  });

  it.each([["rm"], ["run"], ["log"]])("%s asks only for what it reads", async (command) => {
    const { code, stderr } = await scar([command], {});
    expect(code).toBe(2);
    expect(places(stderr)).toEqual([
      "f.yaml:4:13: functions.aws[0].lambda.name: the environment variable NAME is not set",
      "f.yaml:5:15: functions.aws[0].lambda.region: the environment variable REGION is not set",
    ]);
  });

  it("rm gets as far as AWS without the others", async () => {
    const { code, stderr } = await scar(["--endpoint-url", "http://127.0.0.1:9", "rm"], {
      NAME: "n",
      REGION: "eu-west-1",
    });
    expect(code).toBe(1);
    expect(places(stderr)).toEqual([]);
    expect(stderr).toMatch(/no AWS credentials|127\.0\.0\.1:9/);
  });
});

describe("values", () => {
  const WHOLE = {
    NAME: "n",
    REGION: "eu-west-1",
    WHO: "me",
    TEAM: "us",
    REGISTRY: "r.example.com",
    PASSWORD: "hidden",
    API: "hidden",
    ROLE: "arn:aws:iam::123456789012:role/r",
    MINIO: "http://m",
    MINIO_KEY: "hidden",
  };

  it("that are wrong are named by their variable, never shown", async () => {
    const { code, stderr } = await scar(["init"], { ...WHOLE, NAME: "hidden name", REGION: "hidden", ROLE: "hidden" });
    expect(code).toBe(2);
    expect(stderr).not.toContain("hidden");
    expect(places(stderr)).toEqual([
      `f.yaml:4:13: functions.aws[0].lambda.name: must be 1 to 64 letters, digits, '-' and '_', not the value of '${ref("NAME")}'`,
      `f.yaml:5:15: functions.aws[0].lambda.region: must be an AWS region like eu-west-1, not the value of '${ref("REGION")}'`,
      `f.yaml:11:17: functions.aws[0].iam.role: must be an ARN like arn:aws:iam::123456789012:role/NAME, not the value of '${ref("ROLE")}'`,
    ]);
  });

  it("are texts, and are not looked at again", async () => {
    const fdl = `functions:\n  aws:\n  - lambda: {name: f, memory: '${ref("MB")}', description: '${ref("D")}', container: {image: a}}\n`;
    const { stderr } = await scar(["init"], { MB: "512", D: ref("E") }, fdl);
    expect(places(stderr)).toEqual([
      `f.yaml:3:31: functions.aws[0].lambda.memory: must be a whole number from 128 to 10240, not the value of '${ref("MB")}' (what a variable gives is text)`,
    ]);
  });

  it("of two functions with one name", async () => {
    const two = (name: string) => `  - lambda: {name: '${name}', container: {image: a}}\n`;
    const fdl = `functions:\n  aws:\n${two("hidden")}${two(ref("NAME"))}`;
    const { stderr } = await scar(["init"], { NAME: "hidden" }, fdl);
    expect(places(stderr)).toEqual([
      `f.yaml:4:20: functions.aws[1].lambda.name: '${ref("NAME")}' is the name of functions.aws[0] too`,
    ]);
  });

  it("of a provider that is not there", async () => {
    const fdl = `functions:\n  aws:\n  - lambda: {name: f, input: [{storage_provider: '${ref("P")}', path: a-b}]}\n`;
    const { stderr } = await scar(["init"], { P: "minio.hidden" }, fdl);
    expect(places(stderr)).toEqual([
      `f.yaml:3:50: functions.aws[0].lambda.input[0].storage_provider: '${ref("P")}': storage_providers.minio has no such id`,
    ]);
  });
});

describe("what only looks like a reference", () => {
  const open = ref("").slice(0, -1);
  const name = `the NAME in ${ref("NAME")} has letters, digits and '_', and begins with no digit; $${open} is the text itself`;
  const end = `'${open}' has no end: write ${ref("NAME")}, or $${open} for the text itself`;

  it.each([
    [ref("A-B"), name],
    [ref(""), name],
    [`${open}A`, end],
  ])("%s is a mistake, for every command", async (text, message) => {
    const fdl = `functions:\n  aws:\n  - lambda: {name: f, description: '${text}'}\n`;
    const { code, stderr } = await scar(["log"], { A: "x" }, fdl);
    expect(code).toBe(2);
    expect(places(stderr)).toEqual([`f.yaml:3:36: functions.aws[0].lambda.description: ${message}`]);
  });
});

describe("scar.cfg", () => {
  const config = JSON.stringify({
    aws: { lambda: { container: { registry_auth: { username: "u", password: ref("PASSWORD") } } } },
  });

  async function withConfig(argv: readonly string[]) {
    const cwd = temporaryFolder();
    mkdirSync(join(cwd, "home"));
    writeFileSync(join(cwd, "home", "scar.cfg"), config);
    const file = join(cwd, "home", "scar.cfg");
    return { file, ...(await runScar(argv, { cwd, env: { SCAR_CONFIG_FOLDER: join(cwd, "home") } })) };
  }

  it("may have its login from there", async () => {
    const { code, stderr, file } = await withConfig(["init", "-n", "f", "-i", "a/b"]);
    expect(code).toBe(2);
    expect(stderr).toContain(
      `${file}: aws.lambda.container.registry_auth.password: the environment variable PASSWORD is not set`,
    );
  });

  it("which rm does not need", async () => {
    const { stderr } = await withConfig(["--endpoint-url", "http://127.0.0.1:9", "rm", "-n", "f"]);
    expect(stderr).not.toContain("PASSWORD");
  });
});
