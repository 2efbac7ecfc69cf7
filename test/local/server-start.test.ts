import { type ChildProcess, execFile, spawn } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { build } from "esbuild";
import { afterEach, beforeEach, expect, it } from "vitest";
import { ensureLocal, startLocal, stopLocal } from "../../src/local/control.ts";
import type { StartMessage } from "../../src/local/protocol.ts";
import { lockHolder } from "../../src/local/state-lock.ts";
import { distDir } from "../helpers/local.ts";

const STARTERS = 8;

let dir: string;
let options: { env: Record<string, string>; distDir: string; attached: boolean };

beforeEach(() => {
  dir = join(mkdtempSync(join(tmpdir(), "scar-start-")), "state");
  const env = { PATH: process.env["PATH"] ?? "", SCAR_LOCAL_DIR: dir, SCAR_LOCAL_PORT: "0" };
  options = { env, distDir, attached: true };
});
afterEach(async () => {
  await stopLocal(options);
  rmSync(join(dir, ".."), { recursive: true, force: true });
});

interface Started {
  readonly child: ChildProcess;
  readonly message: StartMessage;
}

/** The server program itself, without any look at who is there already. */
function launchServer(): Promise<Started> {
  const args = [join(distDir, "local/server.mjs"), "--state", dir, "--dist", distDir, "--port", "0", "--attached"];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "ignore", "ignore", "ipc"], env: options.env });
  return new Promise((resolve, reject) => {
    child.once("message", (message) => resolve({ child, message: message as StartMessage }));
    child.once("exit", (code) => reject(new Error(`exit code ${code}`)));
  });
}

/** Takes the lock and gives it back, again and again; ends without giving it back. What it holds must be its alone. */
const CONTENDER = `
import { closeSync, openSync, unlinkSync } from "node:fs";
import { acquireLock } from "./state-lock.ts";
const [dir, alone] = process.argv.slice(2);
let held = 0;
for (const end = Date.now() + 1500; Date.now() < end; ) {
  const lock = acquireLock(dir);
  if (typeof lock === "number") continue;
  closeSync(openSync(alone, "wx"));
  if (!lock.held()) throw new Error("taken away");
  unlinkSync(alone);
  held++;
  lock.release();
}
while (typeof acquireLock(dir) === "number");
console.log(held);
`;

it("a lock that eight processes take again and again is never held by two, nor kept by the dead", async () => {
  mkdirSync(dir);
  const program = join(dir, "../contender.mjs");
  const resolveDir = fileURLToPath(new URL("../../src/local", import.meta.url));
  const stdin = { contents: CONTENDER, resolveDir, loader: "ts" as const };
  await build({ stdin, bundle: true, platform: "node", format: "esm", outfile: program, logLevel: "error" });
  const contend = async (): Promise<number> => {
    const args = [program, dir, join(dir, "../alone")];
    const { stdout } = await promisify(execFile)(process.execPath, args);
    return Number(stdout);
  };
  const held = await Promise.all(Array.from({ length: STARTERS }, contend));
  expect(held.reduce((a, b) => a + b)).toBeGreaterThan(0);
  expect(lockHolder(dir)).toBeUndefined();
});

it("of eight servers that start at once in the folder of one that was killed, one serves and seven name it", async () => {
  mkdirSync(dir);
  for (let round = 0; round < 4; round++) {
    const started = await Promise.all(Array.from({ length: STARTERS }, launchServer));
    const ready = started.filter(({ message }) => message.type === "ready");
    expect(ready).toHaveLength(1);
    const { pid } = ready[0]!.child;
    const held = started.filter((one) => one !== ready[0]).map(({ message }) => message);
    expect(held).toEqual(Array.from({ length: STARTERS - 1 }, () => ({ type: "held", pid })));
    expect(readdirSync(dir).filter((name) => name.startsWith("lock"))).toHaveLength(1);
    process.kill(pid!, "SIGKILL");
    while (lockHolder(dir) !== undefined) await sleep(5);
  }
});

it("eight commands that need a server while one is being stopped get one server", async () => {
  const first = await startLocal({ ...options, attached: false });
  const [, ...servers] = await Promise.all([
    stopLocal(options),
    ...Array.from({ length: STARTERS }, () => ensureLocal({ ...options, attached: false })),
  ]);
  // Who looked before it was told to stop may have got the first.
  const later = servers.filter((server) => server.pid !== first.pid).map((server) => server.pid);
  expect(new Set(later).size).toBeLessThanOrEqual(1);
  const last = await ensureLocal({ ...options, attached: false });
  expect(last.pid).toBe(lockHolder(dir));
  if (later.length > 0) expect(later[0]).toBe(last.pid);
});

it.skipIf(process.getuid?.() === 0)("a folder that may not be written is named", async () => {
  mkdirSync(dir);
  chmodSync(dir, 0o500);
  const parent = join(dir, "..");
  chmodSync(parent, 0o500);
  const inside = { ...options, env: { ...options.env, SCAR_LOCAL_DIR: join(parent, "other") } };
  try {
    await expect(startLocal(inside)).rejects.toMatchObject({ code: "StateFolderNotWritable" });
  } finally {
    chmodSync(parent, 0o700);
  }
});
