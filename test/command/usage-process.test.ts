import { spawn } from "node:child_process";
import { openSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { VERSION } from "../../src/version.ts";
import { temporaryFolder } from "../helpers/run.ts";

const main = fileURLToPath(new URL("../../dist/main.js", import.meta.url));

/** An AWS that never answers. */
let silent: Server;
let endpoint: string;
beforeAll(async () => {
  silent = createServer();
  await new Promise<void>((ready) => silent.listen(0, "127.0.0.1", ready));
  endpoint = `http://127.0.0.1:${(silent.address() as { port: number }).port}`;
});
afterAll(() => {
  silent.closeAllConnections();
  silent.close();
});

function start(argv: readonly string[], stdout: "pipe" | number = "pipe") {
  const home = temporaryFolder();
  const env = {
    PATH: process.env["PATH"],
    HOME: home,
    AWS_ENDPOINT_URL: endpoint,
    AWS_ACCESS_KEY_ID: "a",
    AWS_SECRET_ACCESS_KEY: "b",
  };
  const child = spawn(process.execPath, [main, ...argv], { cwd: home, env, stdio: ["ignore", stdout, "pipe"] });
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout?.on("data", (chunk: Buffer) => out.push(chunk));
  child.stderr?.on("data", (chunk: Buffer) => err.push(chunk));
  const ended = new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve) => {
    child.on("close", (code) =>
      resolve({ code, stdout: String(Buffer.concat(out)), stderr: String(Buffer.concat(err)) }),
    );
  });
  return { child, ended };
}

describe("the process", () => {
  it("prints its version", async () => {
    const { code, stdout, stderr } = await start(["--version"]).ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toBe(`SCAR ${VERSION}\n`);
    expect(VERSION).toMatch(/^\d+\.\d+\.\d+$/);
  });

  it.each(["SIGINT", "SIGTERM"] as const)("ends with 130 after %s, in a call that hangs", async (signal) => {
    const asked = new Promise((resolve) => silent.once("request", resolve));
    const { child, ended } = start(["ls"]);
    await asked;
    child.kill(signal);
    expect(await ended).toEqual({ code: 130, stdout: "", stderr: "scar: interrupted\n" });
  });

  it("is quiet when its reader goes away", async () => {
    const { child, ended } = start(["--help"]);
    child.stdout?.destroy();
    expect(await ended).toMatchObject({ code: 0, stderr: "" });
  });

  it.runIf(process.platform === "linux")("says when its results cannot be written", async () => {
    const { code, stderr } = await start(["--help"], openSync("/dev/full", "w")).ended;
    expect(code).toBe(1);
    expect(stderr).toMatch(/^scar: the results cannot be written: .*ENOSPC/);
    expect(stderr).not.toContain("    at ");
  });
});

it("a current folder that is gone is told, without a stack trace", async () => {
  const folder = temporaryFolder();
  const script = 'cd "$1" && rmdir "$1" && shift && exec "$@"';
  const child = spawn("/bin/sh", ["-c", script, "sh", folder, process.execPath, main, "ls"], { stdio: "pipe" });
  let stderr = "";
  child.stderr.on("data", (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const code = await new Promise((resolve) => child.on("close", resolve));
  expect([code, stderr]).toEqual([
    1,
    "scar: the current folder is not there any more\n  hint: change to another one (cd)\n",
  ]);
});
