import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { BEHAVIOUR_VARIABLE } from "../../src/local/behaviour.ts";
import { ensureLocal, type LocalServer, localEnvironment, startLocal, stopLocal } from "../../src/local/control.ts";
import { loadPersistentState, savePersistentState } from "../../src/local/state.ts";
import { lockHolder } from "../../src/local/state-lock.ts";

/** The bundles that vitest's global setup built. */
export const distDir = process.env["SCAR_BUILD_DIR"] ?? fileURLToPath(new URL("../../dist", import.meta.url));

export interface TestLocal {
  readonly server: LocalServer;
  /** State folder. */
  readonly dir: string;
  /** For child processes and for `control.ts`: endpoint, keys, region and SCAR_LOCAL_DIR. */
  readonly env: Record<string, string>;
  /** Ends the server and deletes its state. */
  stop(): Promise<void>;
  /** Ends the server gently, or by SIGKILL, and starts another on the same state. */
  restart(how?: "gently" | "killed"): Promise<LocalServer>;
}

async function kill(dir: string): Promise<void> {
  const pid = lockHolder(dir);
  if (pid === undefined) return;
  process.kill(pid, "SIGKILL");
  while (lockHolder(dir) === pid) await sleep(5);
}

export interface TestLocalOptions {
  /** How it is to misbehave, as `SCAR_LOCAL_BEHAVIOUR` says it: `throttle=0.2,latency=20`. Default: not at all. */
  readonly behaviour?: string;
  /** Default: the local AWS's own, zeros. */
  readonly accountId?: string;
}

/** The real server process, on a free port with a state folder of its own. It ends with the test's process, however that ends. */
export async function startTestLocal({ behaviour, accountId }: TestLocalOptions = {}): Promise<TestLocal> {
  const dir = await mkdtemp(join(tmpdir(), "scar-local-"));
  if (accountId !== undefined) savePersistentState(dir, { ...loadPersistentState(dir), accountId });
  const stateEnv = {
    PATH: process.env["PATH"] ?? "",
    HOME: dir,
    SCAR_LOCAL_DIR: dir,
    ...(behaviour !== undefined && { [BEHAVIOUR_VARIABLE]: behaviour }),
  };
  const options = { env: stateEnv, distDir, attached: true };
  const server = await startLocal({ ...options, port: 0 });
  return {
    server,
    dir,
    env: { ...stateEnv, ...localEnvironment(server) },
    async stop() {
      await stopLocal(options);
      await rm(dir, { recursive: true, force: true });
    },
    async restart(how = "gently") {
      if (how === "gently") await stopLocal(options);
      else await kill(dir);
      return await ensureLocal({ ...options, port: server.port });
    },
  };
}
