/** What only processes of their own can show: commands that are killed, and many that start at once. */
import { type ChildProcess, spawn } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { configText } from "../../src/config/file.ts";
import { distDir } from "../helpers/local.ts";
import { temporaryFolder } from "../helpers/run.ts";

const ROLE = "arn:aws:iam::123456789012:role/mine";
const OLD = JSON.stringify({ aws: { iam: { role: ROLE }, lambda: { time: 7 } } });
const NEW = configText({ aws: { iam: { role: ROLE }, lambda: { timeout: 7 } } });

/** A command that reads scar.cfg, and fails before it calls AWS. */
function start(folder: string): ChildProcess {
  const line = ["init", "-if", "x.tar", "-n", "f"];
  const env = { PATH: process.env["PATH"], HOME: folder, SCAR_CONFIG_FOLDER: folder, SCAR_LOG_PATH: "/dev/null" };
  return spawn(process.execPath, [join(distDir, "main.js"), ...line], { cwd: folder, env, stdio: "ignore" });
}

const ended = (child: ChildProcess): Promise<number | null> =>
  new Promise((resolve) => child.on("close", (code) => resolve(code)));

it("an older file survives any number of commands, killed or not", { timeout: 120_000 }, async () => {
  const folder = temporaryFolder();
  const file = join(folder, "scar.cfg");
  for (let round = 0; round < 12; round++) {
    writeFileSync(file, OLD);
    const children = [start(folder), start(folder)];
    const killing = setTimeout(() => children[0]!.kill("SIGKILL"), 60 + round * 12);
    const [, code] = await Promise.all(children.map(ended));
    clearTimeout(killing);
    expect(code).toBeGreaterThan(0);
    expect(readFileSync(file, "utf8")).toBe(NEW);
    // However often: it is the same old file, and saved once.
    const saves = readdirSync(folder).filter((name) => name.startsWith("scar.cfg_old") && !name.endsWith(".tmp"));
    expect(saves).toEqual(["scar.cfg_old"]);
    expect(readFileSync(join(folder, "scar.cfg_old"), "utf8")).toBe(OLD);
  }
});
