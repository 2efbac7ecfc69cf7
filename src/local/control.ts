/** The CLI's side of the local AWS: start, find, stop and reset its background process. Loaded lazily by `cli`. */
import { existsSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { removeTree } from "../container/remove-tree.ts";
import { EXIT, messageOf, ScarError } from "../errors.ts";
import { launch } from "./launch.ts";
import { answers } from "./probe.ts";
import { isStateFolder, openStateFolder, readServerFile, removeServerFile, stateDirOf } from "./state.ts";
import { lockHolder } from "./state-lock.ts";
import { processStart } from "./state-process.ts";

/** Content of `server.json` in the state folder (mode 0600). */
export interface LocalServer {
  readonly pid: number;
  /** `http://127.0.0.1:PORT` */
  readonly endpoint: string;
  readonly port: number;
  readonly region: string;
  readonly accountId: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** The scar release that runs it. */
  readonly version: string;
  /** ISO time. */
  readonly startedAt: string;
}

export interface LocalOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly distDir: string;
  /** Port asked for by the user (flag or SCAR_LOCAL_PORT): must be free. Missing: the state folder's last port, else the default, else any free one. */
  readonly port?: number;
  /** The server ends with this process, however that ends; for tests. Default: false, it stays in the background. */
  readonly attached?: boolean;
}

export interface LocalStatus {
  /** State folder. */
  readonly dir: string;
  /** Undefined when none runs. */
  readonly server: LocalServer | undefined;
}

/** How long a server may take to end by itself; functions under way are cut by it. */
const STOP_MS = 20_000;
/** How long to wait for a server that another command is starting. */
const JOIN_MS = 30_000;
const POLL_MS = 25;

/** The running server of the state folder, started, and told to `onStarted`, when there is none. Its version may be another than the caller's. */
export async function ensureLocal(
  options: LocalOptions,
  onStarted?: (server: LocalServer) => void,
): Promise<LocalServer> {
  const { server: running } = await localStatus(options);
  if (running) return running;
  const server = await startLocal(options);
  onStarted?.(server);
  return server;
}

/**
 * Starts a server in the background, or joins the one that another command started in the meantime.
 * Throws ScarError `PortInUse`, `StateFolderNotWritable`, `StateFolderNotOurs`, `LocalServerFailed`.
 */
export async function startLocal(options: LocalOptions): Promise<LocalServer> {
  const dir = stateDirOf(options.env);
  const port = options.port ?? portOf(options.env);
  openStateFolder(dir);
  for (;;) {
    const message = await launch({
      env: options.env,
      distDir: options.distDir,
      dir,
      attached: options.attached ?? false,
      ...(port !== undefined && { port }),
    });
    switch (message.type) {
      case "ready":
        return message.server;
      case "held": {
        const server = await joinHolder(dir, message.pid);
        if (server) return server;
        // It was on its way out: the folder is free now.
        break;
      }
      case "failed":
        throw new ScarError(message.code, message.message, {
          exitCode: message.exitCode,
          ...(message.hint !== undefined && { hint: message.hint }),
        });
    }
  }
}

/** The server that holds the folder, once it answers; undefined when it ended. */
async function joinHolder(dir: string, pid: number): Promise<LocalServer | undefined> {
  for (const end = Date.now() + JOIN_MS; Date.now() < end; await sleep(POLL_MS)) {
    const server = readServerFile(dir);
    if (server && server.pid === pid && (await answers(server))) return server;
    if (lockHolder(dir) !== pid) return undefined;
  }
  throw new ScarError("LocalServerFailed", `the local AWS of process ${pid}, which holds ${dir}, does not answer`, {
    hint: "run `scar local stop`, then try again",
  });
}

/** Looks, and changes nothing. */
export async function localStatus(options: Pick<LocalOptions, "env">): Promise<LocalStatus> {
  const dir = stateDirOf(options.env);
  const server = isStateFolder(dir) ? readServerFile(dir) : undefined;
  return { dir, server: server && (await answers(server)) ? server : undefined };
}

/** Ends the server of the state folder and waits until it is gone; false when none ran. */
export async function stopLocal(options: Pick<LocalOptions, "env">): Promise<boolean> {
  const dir = stateDirOf(options.env);
  if (!isStateFolder(dir)) return false;
  const pid = lockHolder(dir);
  if (pid === undefined) {
    removeServerFile(dir);
    return false;
  }
  const started = processStart(pid);
  signal(pid, "SIGTERM");
  for (const end = Date.now() + STOP_MS; Date.now() < end; await sleep(POLL_MS)) {
    if (processStart(pid) !== started) return true;
  }
  signal(pid, "SIGKILL");
  removeServerFile(dir);
  return true;
}

/** It may have ended by itself meanwhile. */
function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** Stops the server and deletes all its state; false when there was none. Only a folder that scar made is deleted. */
export async function resetLocal(options: Pick<LocalOptions, "env">): Promise<boolean> {
  const dir = stateDirOf(options.env);
  if (!existsSync(dir)) return false;
  if (!isStateFolder(dir)) {
    throw new ScarError("StateFolderNotOurs", `${dir} is not a state folder of scar: nothing was deleted`, {
      hint: "check SCAR_LOCAL_DIR",
    });
  }
  await stopLocal(options);
  await removeTree(dir).catch((error: unknown) => {
    throw new ScarError("StateFolderNotRemoved", `${dir} cannot be removed: ${messageOf(error)}`, {
      hint: "remove it by hand, as root if functions left files of other users in it",
      cause: error,
    });
  });
  return true;
}

/** What other AWS tools need to use the server (`eval "$(scar local env)"`). */
export function localEnvironment(server: LocalServer): Record<string, string> {
  return {
    AWS_ENDPOINT_URL: server.endpoint,
    AWS_ACCESS_KEY_ID: server.accessKeyId,
    AWS_SECRET_ACCESS_KEY: server.secretAccessKey,
    AWS_REGION: server.region,
    AWS_DEFAULT_REGION: server.region,
  };
}

function portOf(env: LocalOptions["env"]): number | undefined {
  const text = env["SCAR_LOCAL_PORT"];
  if (!text) return undefined;
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535) {
    throw new ScarError("InvalidPort", `SCAR_LOCAL_PORT: '${text}' is not a port`, {
      hint: "use a number from 1 to 65535, or 0 for any free port",
      exitCode: EXIT.usage,
    });
  }
  return Number(text);
}
