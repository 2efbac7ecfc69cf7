/**
 * The server process of the local AWS, started in the background by control.ts:
 * `server.mjs --state DIR --dist DIR [--port N] [--attached]`. Its output is the server's log.
 */
import { parseArgs } from "node:util";
import { EXIT, ScarError } from "../errors.ts";
import { BEHAVIOUR_VARIABLE, readBehaviour } from "./behaviour.ts";
import { readCapacity } from "./capacity.ts";
import type { StartMessage } from "./protocol.ts";
import { readSandboxSettings } from "./sandbox/settings.ts";
import { type RunningServer, startServer } from "./server.ts";
import { startFailure } from "./state.ts";

const { values } = parseArgs({
  options: {
    state: { type: "string" },
    dist: { type: "string" },
    port: { type: "string" },
    attached: { type: "boolean", default: false },
  },
});

const log = (text: string): void => {
  try {
    process.stdout.write(`${new Date().toISOString()} ${text}\n`);
  } catch {
    // The disk that the log is on is full: what is served must not end for that.
  }
};

/** Tells the starter, if there is one; it may be gone already. */
const tell = (message: StartMessage): Promise<void> =>
  new Promise((resolve) => {
    if (process.connected) process.send?.(message, () => resolve());
    else resolve();
  });

let running: RunningServer | undefined;
let stopping = false;

async function stop(why: string): Promise<void> {
  if (stopping) return;
  stopping = true;
  log(`stopping: ${why}`);
  await running?.close();
  log("stopped");
  process.exit(EXIT.ok);
}

// One request's fault must not take the others' server away; what was acknowledged is on disk.
process.on("unhandledRejection", (error) => log(`fault: ${error instanceof Error ? error.stack : String(error)}`));
process.on("SIGTERM", () => void stop("SIGTERM"));
process.on("SIGINT", () => void stop("SIGINT"));
if (values.attached) process.once("disconnect", () => void stop("the process that started it is gone"));

try {
  if (!values.state || !values.dist) throw new ScarError("Usage", "--state and --dist are required");
  const concurrency = readCapacity(process.env["SCAR_LOCAL_CONCURRENCY"]);
  const started = await startServer({
    dir: values.state,
    distDir: values.dist,
    behaviour: readBehaviour(process.env[BEHAVIOUR_VARIABLE]),
    sandbox: readSandboxSettings(process.env),
    log,
    onStateLost: () => void stop("its state folder was deleted"),
    ...(values.port !== undefined && { port: Number(values.port) }),
    ...(concurrency !== undefined && { concurrency }),
  });
  if (typeof started === "number") {
    await tell({ type: "held", pid: started });
    process.exit(EXIT.failed);
  }
  running = started;
  await tell({ type: "ready", server: started.server });
} catch (error) {
  log(error instanceof Error ? (error.stack ?? error.message) : String(error));
  const known = error instanceof ScarError ? error : startFailure(values.state, error);
  const { code, message, hint, exitCode } = known;
  await tell({ type: "failed", code, message, exitCode, ...(hint !== undefined && { hint }) });
  process.exit(EXIT.failed);
}
