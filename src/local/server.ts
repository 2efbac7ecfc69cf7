/** One run of the local AWS: takes the state folder, binds a port, loads the services, announces itself; and ends all that. */
import { messageOf, ScarError } from "../errors.ts";
import { VERSION } from "../version.ts";
import type { Behaviour } from "./behaviour.ts";
import type { LocalServer } from "./control.ts";
import { createCredentials } from "./http/credentials.ts";
import { createLocalHttp, type LocalHttp } from "./http/server.ts";
import { userIdentity } from "./iam/identity.ts";
import { STATUS_PATH, type StatusDocument, statusProof } from "./protocol.ts";
import type { SandboxSettings } from "./sandbox/settings.ts";
import type { LocalService, LocalSettings } from "./service.ts";
import { createServices } from "./services.ts";
import {
  loadKeys,
  loadPersistentState,
  openStateFolder,
  removeServerFile,
  savePersistentState,
  writeServerFile,
} from "./state.ts";
import { acquireLock } from "./state-lock.ts";

const DEFAULT_PORT = 14_566;
/** What requests under way get to finish when the server is stopped. */
const GRACE_MS = 3_000;
const WATCH_MS = 2_000;

export interface ServerOptions {
  readonly dir: string;
  readonly distDir: string;
  readonly port?: number;
  /** Most environments of functions at once. */
  readonly concurrency?: number;
  readonly behaviour: Behaviour;
  readonly sandbox: SandboxSettings;
  readonly log: (text: string) => void;
  /** Called when the state folder was deleted: there is nothing left to serve. */
  readonly onStateLost: () => void;
}

export interface RunningServer {
  readonly server: LocalServer;
  close(): Promise<void>;
}

/** Resolves when the server is listening and its state is loaded; the other's process id when the folder is held. */
export async function startServer(options: ServerOptions): Promise<RunningServer | number> {
  const { dir, distDir, log } = options;
  openStateFolder(dir);
  const lock = acquireLock(dir);
  if (typeof lock === "number") return lock;
  try {
    removeServerFile(dir);
    const state = loadPersistentState(dir);
    const keys = loadKeys(dir);
    const identity = userIdentity(state.accountId, keys.accessKeyId);
    const credentials = createCredentials(keys, identity);
    let serve: (services: readonly LocalService[]) => void = () => {};
    const loaded = new Promise<readonly LocalService[]>((resolve) => {
      serve = resolve;
    });
    const http = createLocalHttp({
      credentials,
      behaviour: options.behaviour,
      services: loaded,
      control: (path, query) => (path === STATUS_PATH ? statusAnswer(keys.secretAccessKey, query) : undefined),
      onFault: (error, request) => log(`fault in ${request}: ${error instanceof Error ? error.stack : String(error)}`),
    });
    const port = await bind(http, options.port, state.port);
    const settings: LocalSettings = {
      ...keys,
      dir,
      distDir,
      port,
      host: "127.0.0.1",
      region: state.region,
      accountId: state.accountId,
      behaviour: options.behaviour,
      sandbox: options.sandbox,
    };
    const services = await createServices({
      settings,
      credentials,
      log,
      ...(options.concurrency !== undefined && { concurrency: options.concurrency }),
    });
    serve(services);
    savePersistentState(dir, { ...state, port });
    const server: LocalServer = {
      ...keys,
      pid: process.pid,
      endpoint: `http://127.0.0.1:${port}`,
      port,
      region: state.region,
      accountId: state.accountId,
      version: VERSION,
      startedAt: new Date().toISOString(),
    };
    writeServerFile(dir, server);
    log(
      `scar ${VERSION}, node ${process.version}: serving ${server.endpoint}, state in ${dir}, process ${process.pid}`,
    );
    const watch = setInterval(() => {
      if (!lock.held()) options.onStateLost();
    }, WATCH_MS).unref();
    return {
      server,
      async close() {
        clearInterval(watch);
        // First: who looks from now on starts a server of its own, which then waits for the lock's end.
        if (lock.held()) removeServerFile(dir);
        await http.close(GRACE_MS);
        for (const service of services) {
          // One that cannot be closed keeps none of the others open.
          await service.close().catch((error: unknown) => log(`fault at the end: ${messageOf(error)}`));
        }
        lock.release();
      },
    };
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** The port asked for or none; else the last one, the default, any. */
async function bind(http: LocalHttp, asked: number | undefined, last: number | undefined): Promise<number> {
  const candidates = asked !== undefined ? [asked] : [last ?? DEFAULT_PORT, DEFAULT_PORT, 0];
  for (const port of candidates) {
    try {
      return await http.listen(port);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "EACCES") {
        throw new ScarError("PortRefused", `port ${port} may not be used (EACCES)`, {
          hint: "use a port above 1023: --port N or SCAR_LOCAL_PORT=N",
        });
      }
      if (code !== "EADDRINUSE") throw error;
    }
  }
  throw new ScarError("PortInUse", `port ${asked} is in use by another program`, {
    hint: "ask for another with --port N or SCAR_LOCAL_PORT=N, or for none to take any free one",
  });
}

function statusAnswer(secretAccessKey: string, query: URLSearchParams) {
  const document: StatusDocument = {
    pid: process.pid,
    version: VERSION,
    proof: statusProof(secretAccessKey, (query.get("nonce") ?? "").slice(0, 128)),
  };
  return { status: 200, headers: { "content-type": "application/json" }, body: JSON.stringify(document) };
}
