import { spawn } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  ensureLocal,
  localEnvironment,
  localStatus,
  resetLocal,
  startLocal,
  stopLocal,
} from "../../src/local/control.ts";
import { acquireLock, type Lock, lockHolder } from "../../src/local/state-lock.ts";
import { processStart } from "../../src/local/state-process.ts";
import { distDir } from "../helpers/local.ts";
import { send } from "../helpers/local-signed.ts";

let home: string;
let dir: string;
let options: { env: Record<string, string>; distDir: string; attached: boolean };

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "scar-control-"));
  dir = join(home, "state");
  options = {
    env: { PATH: process.env["PATH"] ?? "", SCAR_LOCAL_DIR: dir, SCAR_LOCAL_PORT: "0" },
    distDir,
    attached: true,
  };
});
afterEach(async () => {
  await stopLocal(options);
  rmSync(home, { recursive: true, force: true });
});

const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);

describe("starting", () => {
  it("makes a private folder and writes who serves it", async () => {
    const server = await startLocal(options);
    expect(JSON.parse(readFileSync(join(dir, "server.json"), "utf8"))).toEqual(server);
    expect(server).toMatchObject({ endpoint: `http://127.0.0.1:${server.port}`, region: "us-east-1" });
    expect(modeOf(dir)).toBe("700");
    for (const file of ["server.json", "keys.json", "state.json", "server.log"])
      expect(modeOf(join(dir, file))).toBe("600");
    expect(readFileSync(join(dir, "server.log"), "utf8")).not.toContain(server.secretAccessKey);
    expect(readFileSync(`/proc/${server.pid}/cmdline`, "utf8")).not.toContain(server.secretAccessKey);
  });

  it("stays in the background when it is not attached, and is joined by later commands", async () => {
    const background = { ...options, attached: false };
    const server = await ensureLocal(background);
    expect(await ensureLocal(background)).toEqual(server);
    expect((await localStatus(background)).server).toEqual(server);
  });

  it("many at once give one server", async () => {
    const servers = await Promise.all(Array.from({ length: 5 }, () => ensureLocal({ ...options, attached: false })));
    expect(new Set(servers.map((server) => server.pid)).size).toBe(1);
    expect(lockHolder(dir)).toBe(servers[0]!.pid);
  });

  it("a folder in which a server was killed before it had written its mark is taken up", async () => {
    mkdirSync(dir);
    for (const name of ["server.log", "lock.1", "lock-1.tmp", "state.json.1.tmp"]) writeFileSync(join(dir, name), "");
    expect((await startLocal(options)).pid).toBe(lockHolder(dir));
  });

  it("a server that was killed is replaced; its key and port stay", async () => {
    const first = await startLocal(options);
    process.kill(first.pid, "SIGKILL");
    while (lockHolder(dir) !== undefined) await sleep(5);
    expect((await localStatus(options)).server).toBeUndefined();
    const { SCAR_LOCAL_PORT: _, ...env } = options.env;
    const second = await ensureLocal({ ...options, env });
    expect(second.pid).not.toBe(first.pid);
    expect(second).toMatchObject({ port: first.port, secretAccessKey: first.secretAccessKey });
  });

  it("another program that listens on the old port is not taken for it, and learns nothing", async () => {
    const first = await startLocal(options);
    await stopLocal(options);
    let heard = "";
    const stranger = await listen((text) => {
      heard += text;
    }, first.port);
    try {
      // As after a crash: the file of a server that is no more.
      writeFileSync(join(dir, "server.json"), JSON.stringify(first));
      expect((await localStatus(options)).server).toBeUndefined();
      expect(heard).toContain("/_scar/status");
      expect(heard).not.toContain(first.secretAccessKey);
    } finally {
      stranger.close();
    }
  });

  it("without a state folder's name it is in the home folder", async () => {
    const env = { PATH: options.env["PATH"]!, HOME: home };
    expect((await localStatus({ env })).dir).toBe(join(home, ".scar/local"));
    await expect(localStatus({ env: {} })).rejects.toMatchObject({ code: "StateFolderUnknown", exitCode: 2 });
  });

  it("gives other tools what they need", async () => {
    const server = await startLocal(options);
    expect(localEnvironment(server)).toEqual({
      AWS_ENDPOINT_URL: server.endpoint,
      AWS_ACCESS_KEY_ID: server.accessKeyId,
      AWS_SECRET_ACCESS_KEY: server.secretAccessKey,
      AWS_REGION: "us-east-1",
      AWS_DEFAULT_REGION: "us-east-1",
    });
  });
});

/** A program on a loopback port that answers nothing useful. */
function listen(onText: (text: string) => void = () => {}, port = 0): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => {
      socket.on("error", () => {});
      socket.on("data", (bytes) => {
        onText(bytes.toString());
        socket.end("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}");
      });
    });
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => resolve(server));
  });
}

describe("what stands in the way is named, and nothing is left running", () => {
  it("a port that is in use", async () => {
    const stranger = await listen();
    const { port } = stranger.address() as { port: number };
    try {
      await expect(startLocal({ ...options, port })).rejects.toMatchObject({
        code: "PortInUse",
        message: expect.stringContaining(String(port)),
        hint: expect.stringContaining("SCAR_LOCAL_PORT"),
      });
      expect(lockHolder(dir)).toBeUndefined();
    } finally {
      stranger.close();
    }
  });

  it.each(["http", "70000", "-1"])("a port that is none: %s", (SCAR_LOCAL_PORT) =>
    expect(startLocal({ ...options, env: { ...options.env, SCAR_LOCAL_PORT } })).rejects.toMatchObject({
      code: "InvalidPort",
      exitCode: 2,
      message: expect.stringContaining(SCAR_LOCAL_PORT),
    }),
  );

  it("a state folder that cannot be made", async () => {
    writeFileSync(join(home, "file"), "");
    const inFile = join(home, "file", "state");
    await expect(startLocal({ ...options, env: { ...options.env, SCAR_LOCAL_DIR: inFile } })).rejects.toMatchObject({
      code: "StateFolderNotWritable",
      message: expect.stringContaining(inFile),
    });
  });

  it("a folder with files of others, which stay", async () => {
    mkdirSync(dir);
    writeFileSync(join(dir, "thesis.tex"), "years of work");
    await expect(startLocal(options)).rejects.toMatchObject({
      code: "StateFolderNotOurs",
      message: expect.stringContaining("thesis.tex"),
    });
    await expect(resetLocal(options)).rejects.toMatchObject({ code: "StateFolderNotOurs" });
    expect(readFileSync(join(dir, "thesis.tex"), "utf8")).toBe("years of work");
  });

  it("state of a newer release", async () => {
    await startLocal(options);
    await stopLocal(options);
    writeFileSync(join(dir, "state.json"), JSON.stringify({ format: 99, region: "us-east-1", accountId: "0" }));
    await expect(startLocal(options)).rejects.toMatchObject({ code: "StateFolderTooNew" });
  });

  it("a server that dies at once, with its last words", async () => {
    const broken = join(home, "dist");
    mkdirSync(join(broken, "local"), { recursive: true });
    writeFileSync(join(broken, "local", "server.mjs"), 'console.error("no luck today"); process.exit(7);');
    await expect(startLocal({ ...options, distDir: broken })).rejects.toMatchObject({
      code: "LocalServerFailed",
      message: expect.stringMatching(/exit code 7[\s\S]*no luck today/),
    });
    await expect(startLocal({ ...options, distDir: join(home, "nowhere") })).rejects.toMatchObject({
      code: "LocalServerMissing",
    });
  });
});

describe("stopping", () => {
  it("ends the server, takes its file away and keeps the state", async () => {
    const { pid, port } = await startLocal(options);
    expect(await stopLocal(options)).toBe(true);
    expect(processStart(pid)).toBeUndefined();
    expect(existsSync(join(dir, "server.json"))).toBe(false);
    expect(existsSync(join(dir, "keys.json"))).toBe(true);
    await expect(send({ port, path: "/_scar/status" })).rejects.toMatchObject({ code: "ECONNREFUSED" });
    expect(await stopLocal(options)).toBe(false);
  });

  it("reset deletes the folder, folders that nobody may write too", async () => {
    await startLocal(options);
    mkdirSync(join(dir, "locked", "inner"), { recursive: true });
    for (const folder of ["locked/inner", "locked"]) chmodSync(join(dir, folder), 0o500);
    expect(await resetLocal(options)).toBe(true);
    expect(existsSync(dir)).toBe(false);
    expect(lockHolder(home)).toBeUndefined();
    expect(await resetLocal(options)).toBe(false);
  });

  it("a server whose folder was deleted ends by itself, and leaves the next one alone", async () => {
    const { pid } = await startLocal({ ...options, attached: false });
    rmSync(dir, { recursive: true, force: true });
    const next = await startLocal(options);
    while (processStart(pid) !== undefined) await sleep(20);
    expect((await localStatus(options)).server).toEqual(next);
  });

  it("the attached server of a killed process ends by itself", async () => {
    const starter = `
      const { spawn } = require("node:child_process");
      const args = ${JSON.stringify([join(distDir, "local/server.mjs"), "--state", dir, "--dist", distDir, "--port", "0", "--attached"])};
      const child = spawn(process.execPath, args, { stdio: ["ignore", "ignore", "ignore", "ipc"], detached: true });
      child.on("message", (message) => console.log(message.type));
    `;
    const parent = spawn(process.execPath, ["-e", starter], { stdio: ["ignore", "pipe", "inherit"] });
    const word = await new Promise<string>((resolve) => parent.stdout.once("data", (bytes) => resolve(String(bytes))));
    expect(word.trim()).toBe("ready");
    expect(lockHolder(dir)).toBeDefined();
    parent.kill("SIGKILL");
    // Bounded by the test's own limit.
    while (lockHolder(dir) !== undefined) await sleep(10);
    expect(existsSync(join(dir, "server.json"))).toBe(false);
  });
});

describe("the lock", () => {
  it("is held once, given back, and not kept by the dead", () => {
    mkdirSync(dir);
    const lock = acquireLock(dir) as Lock;
    expect(lock.held()).toBe(true);
    expect(acquireLock(dir)).toBe(process.pid);
    lock.release();
    expect(lockHolder(dir)).toBeUndefined();
    // A process of this id, but of another time.
    writeFileSync(join(dir, "lock.41"), JSON.stringify({ pid: process.pid, start: "another boot 1" }));
    expect(lockHolder(dir)).toBeUndefined();
    const again = acquireLock(dir) as Lock;
    expect(existsSync(join(dir, "lock.41"))).toBe(false);
    expect(existsSync(join(dir, "lock.42"))).toBe(true);
    again.release();
  });
});
