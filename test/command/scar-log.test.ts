import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { MAX_LOG_SIZE } from "../../src/cli/log/log-file.ts";
import { type RunResult, runScar, temporaryFolder } from "../helpers/run.ts";

const ROLE = "arn:aws:iam::123456789012:role/mine";

let folder: string;
let log: string;
beforeEach(() => {
  folder = temporaryFolder();
  log = join(folder, "logs", "scar.log");
});

const scar = (line: readonly string[], env: Record<string, string> = {}): Promise<RunResult> =>
  runScar(line, { cwd: folder, env: { HOME: folder, SCAR_LOG_PATH: "logs", ...env } });
/** It begins its work, and fails before it calls AWS. */
const init = (...more: string[]): Promise<RunResult> => scar(["init", "-if", "x.tar", "-n", "f", "-r", ROLE, ...more]);
const text = (): string => readFileSync(log, "utf8");
const modeOf = (path: string): number => statSync(path).mode & 0o777;

describe("scar.log (deviation 48)", () => {
  it("has the command line, what the user is told and how it ended, one line each", async () => {
    const { code, stderr } = await init("-e", "COLOUR=red");
    const lines = text().trimEnd().split("\n");
    for (const line of lines)
      expect(line).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]{12}Z (INFO {3}|WARNING|ERROR {2}) \[\d+\] \S/);
    expect(lines[0]).toContain(`scar init --environment COLOUR=*** --iam-role ${ROLE} --image-file x.tar --name f`);
    const told = stderr.split("\n")[0]!.replace("scar: ", "");
    expect(lines.some((line) => line.includes("ERROR") && line.includes(told))).toBe(true);
    expect(lines.at(-1)).toContain(`ended with exit code ${code}`);
    expect([modeOf(log), modeOf(join(folder, "logs"))]).toEqual([0o600, 0o700]);
  });

  it("is ~/.scar/scar.log by default, beside what is there, and appended", async () => {
    log = join(folder, ".scar", "scar.log");
    mkdirSync(join(folder, ".scar"));
    writeFileSync(log, "SCAR's own\n");
    chmodSync(log, 0o644);
    await scar(["init", "-if", "x.tar", "-n", "f", "-r", ROLE], { SCAR_LOG_PATH: "" });
    expect(text()).toMatch(/^SCAR's own\n20/);
    expect(modeOf(log)).toBe(0o600);
  });

  it.each([
    ["--version"],
    ["-h"],
    ["init -h"],
    [""],
    ["nonsense"],
    ["init"],
    ["ls -m 3"],
    ["init -i x -n f -m 1"],
    ["init -f no.yaml"],
    ["local status"],
    ["--local ls --region mars"],
  ])("is not made by 'scar %s'", async (line) => {
    await scar(line.split(" ").filter(Boolean), { SCAR_LOCAL_DIR: "/dev/null" });
    expect(existsSync(log)).toBe(false);
  });

  it("has what changed scar.cfg, though the command then ends with wrong values", async () => {
    await scar(["init", "-if", "x.tar", "-n", "f"]);
    expect(text()).toContain("Config file '");
    expect(text()).toContain("NoRole: function 'f' has no IAM role");
  });

  it("has no secret: neither of the command line, nor of the environment", async () => {
    mkdirSync(join(folder, ".scar"));
    writeFileSync(
      join(folder, ".scar", "scar.cfg"),
      JSON.stringify({ scar: { config_version: "1.1.0" }, oscar: { mine: { auth_password: "of-scar-cfg" } } }),
    );
    await init("-e", "PASSWORD=of-e-flag", "-le", "plain=of-le-flag", "-d", "my of-e-flag words");
    await scar(["run", "-n", "f", "mysql", "-pof-the-command"], {
      AWS_ENDPOINT_URL: "http://u:of-the-url@127.0.0.1:9",
    });
    await init(
      "-d",
      "https://b.s3.amazonaws.com/k?X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F&X-Amz-Signature=0f0f0f0f0f",
    );
    expect(text()).toContain("X-Amz-Signature=***");
    expect(text()).toContain("-- (2 words)");
    for (const secret of [/of-(?!s3)/, /AKIA/, /0f0f/]) expect(text()).not.toMatch(secret);
  });

  it.each<[string, (path: string) => void]>([
    ["a folder", (path) => mkdirSync(path)],
    ["a link", (path) => symlinkSync("../elsewhere", path)],
    ["a named pipe", (path) => execFileSync("mkfifo", [path])],
  ])("where it is %s, the command works all the same, and nothing is written there", async (_what, make) => {
    const without = await init();
    log = join(folder, "others", "scar.log");
    mkdirSync(join(folder, "others"));
    writeFileSync(join(folder, "elsewhere"), "");
    make(log);
    const line = ["init", "-if", "x.tar", "-n", "f", "-r", ROLE];
    expect(await scar(line, { SCAR_LOG_PATH: "others" })).toEqual(without);
    expect(readFileSync(join(folder, "elsewhere"), "utf8")).toBe("");
  });

  it("no folder, no log: SCAR_LOG_PATH=/dev/null has none", async () => {
    const line = ["init", "-if", "x.tar", "-n", "f", "-r", ROLE];
    expect(await scar(line, { SCAR_LOG_PATH: "/dev/null" })).toEqual(await init());
  });

  it("gives its place to a new one when it has grown large", async () => {
    await init();
    truncateSync(log, MAX_LOG_SIZE + 1);
    writeFileSync(`${log}.1`, "the one before");
    await init();
    expect(statSync(log).size).toBeLessThan(10_000);
    expect(statSync(`${log}.1`).size).toBe(MAX_LOG_SIZE + 1);
    expect(readdirSync(join(folder, "logs")).sort()).toEqual(["scar.log", "scar.log.1"]);
  });

  it("many commands at once write whole lines", async () => {
    await Promise.all(Array.from({ length: 10 }, () => init()));
    const lines = text().trimEnd().split("\n");
    expect(lines.filter((line) => line.includes("INFO    [") && line.includes("scar init"))).toHaveLength(10);
    expect(lines.filter((line) => line.includes("ended with exit code"))).toHaveLength(10);
  });
});
