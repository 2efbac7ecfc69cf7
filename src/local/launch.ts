/** Starts one server process and waits for its first word. */
import { spawn } from "node:child_process";
import { closeSync, existsSync, openSync, readFileSync, renameSync, statSync } from "node:fs";
import { join } from "node:path";
import { ScarError } from "../errors.ts";
import type { StartMessage } from "./protocol.ts";
import { logFileOf } from "./state.ts";

const DEADLINE_MS = 60_000;
const MAX_LOG_BYTES = 10 * 1024 * 1024;

export interface Launch {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly distDir: string;
  readonly dir: string;
  /** Must be free; 0: any. */
  readonly port?: number;
  /** The server ends with this process, however that ends; for tests. */
  readonly attached: boolean;
}

/** Resolves to the server's first message; a server that says nothing is ended and its last log lines are in the error. */
export function launch({ env, distDir, dir, port, attached }: Launch): Promise<StartMessage> {
  const program = join(distDir, "local", "server.mjs");
  if (!existsSync(program)) {
    throw new ScarError("LocalServerMissing", `there is no ${program}`, { hint: "build scar again: npm run build" });
  }
  const args = [program, "--state", dir, "--dist", distDir];
  if (port !== undefined) args.push("--port", String(port));
  if (attached) args.push("--attached");
  rotateLog(dir);
  const log = openSync(logFileOf(dir), "a", 0o600);
  const child = spawn(process.execPath, args, {
    cwd: "/",
    detached: true,
    env: withoutAws(env),
    stdio: ["ignore", log, log, "ipc"],
  });
  closeSync(log);
  return new Promise((resolve, reject) => {
    const fail = (what: string) => {
      child.kill("SIGKILL");
      reject(
        new ScarError("LocalServerFailed", `the local AWS did not start: ${what}${lastLines(dir)}`, {
          hint: `its log is ${logFileOf(dir)}`,
        }),
      );
    };
    const deadline = setTimeout(() => fail(`no answer within ${DEADLINE_MS / 1000} s`), DEADLINE_MS);
    child.once("error", (error) => {
      clearTimeout(deadline);
      fail(error.message);
    });
    // Not "exit", which may come before the message that says why.
    child.once("close", (code, signal) => {
      clearTimeout(deadline);
      fail(signal ? `ended by ${signal}` : `exit code ${code}`);
    });
    child.once("message", (message) => {
      clearTimeout(deadline);
      child.removeAllListeners("close");
      if (attached) child.channel?.unref();
      else child.disconnect();
      child.unref();
      resolve(message as StartMessage);
    });
  });
}

/** The user's AWS settings are not the local server's business: nothing in it could then reach the real AWS by mistake. */
function withoutAws(env: Launch["env"]): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith("AWS_")));
}

function rotateLog(dir: string): void {
  const path = logFileOf(dir);
  try {
    if (existsSync(path) && statSync(path).size > MAX_LOG_BYTES) renameSync(path, `${path}.1`);
  } catch (error) {
    // Another starter was quicker.
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
}

function lastLines(dir: string): string {
  const lines = readFileSync(logFileOf(dir), "utf8").trimEnd().split("\n").slice(-10);
  return lines.join("") === "" ? "" : `\n  ${lines.join("\n  ")}`;
}
