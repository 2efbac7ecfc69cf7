/** Programs that nobody here wrote, from `.ci/install-system`: an S3 server to compare with, and S3 clients. */
import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { type AddressInfo, connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LocalServer } from "../../src/local/control.ts";
import { GO_PROGRAMS } from "./system-needs.ts";
import { end, until } from "./system-process.ts";

/** What any S3 client needs to know of a server. */
export type S3Server = Pick<LocalServer, "endpoint" | "port" | "region" | "accessKeyId" | "secretAccessKey" | "pid">;

export interface Versitygw extends S3Server {
  /** Holds the buckets, as folders. */
  readonly data: string;
  /** Ends it and deletes its files. */
  stop(): Promise<void>;
}

/** versitygw with its POSIX backend, on a free port, its objects in a folder of its own. */
export async function startVersitygw(program = join(GO_PROGRAMS, "versitygw")): Promise<Versitygw> {
  const folder = mkdtempSync(join(tmpdir(), "scar-versitygw-"));
  mkdirSync(join(folder, "data"));
  const port = await freePort();
  const keys = { accessKeyId: "AKIAVERSITY", secretAccessKey: randomBytes(20).toString("hex") };
  const child: ChildProcess = spawn(
    program,
    ["--port", `127.0.0.1:${port}`, "--region", "us-east-1", "--quiet", "--keep-alive", "posix", join(folder, "data")],
    {
      cwd: folder,
      env: { HOME: folder, ROOT_ACCESS_KEY: keys.accessKeyId, ROOT_SECRET_KEY: keys.secretAccessKey },
      stdio: ["ignore", "ignore", "inherit"],
    },
  );
  const pid = child.pid!;
  const stop = async () => {
    await end(pid);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await until(
      "versitygw",
      20,
      () => (child.exitCode === null ? accepts(port) : Promise.reject(new Error("ended"))),
      20,
    );
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    ...keys,
    endpoint: `http://127.0.0.1:${port}`,
    port,
    region: "us-east-1",
    pid,
    data: join(folder, "data"),
    stop,
  };
}

/** A port that nothing listens on now. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** True when something listens there; undefined when not yet. */
function accepts(port: number): Promise<true | undefined> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => {
      socket.destroy();
      resolve(true);
    });
    socket.on("error", () => resolve(undefined));
  });
}
