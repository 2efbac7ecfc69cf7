/**
 * One execution environment: a sandbox with the function's runtime in it, its Runtime API and its log stream. It serves one
 * invocation at a time and is ended whole, with everything that the function left running.
 */
import type { ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chown, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { removeTree } from "../../../container/remove-tree.ts";
import type { SessionCredentials } from "../../http/credentials.ts";
import { killGroup, peakMemory } from "../../sandbox/processes.ts";
import { type Sandbox, SETUP_FAILED, SETUP_FAILED_PREFIX } from "../../sandbox/sandbox.ts";
import type { LocalSettings, LogSink } from "../../service.ts";
import { processStart } from "../../state-process.ts";
import { logGroup } from "../control/configuration.ts";
import { writeJson } from "../control/json-file.ts";
import type { FunctionRecord } from "../model.ts";
import { failure, type Invocation, type Outcome } from "./invocation.ts";
import { LogWriter } from "./log-writer.ts";
import { reportLine } from "./report.ts";
import { RuntimeApi } from "./runtime-api.ts";
import { variablesOf } from "./variables.ts";

/** Lambda's limit for the init phase, in ms; a function with a longer timeout has that. */
const INIT_MS = 10_000;

export interface EnvironmentPorts {
  readonly settings: LocalSettings;
  readonly sandbox: Sandbox;
  readonly logs: LogSink;
  readonly credentials: SessionCredentials;
  /** Folder of the environment; made by `start`, removed by `end`. */
  readonly folder: string;
  readonly task: string;
  readonly opt: string;
  /** Read-only files inside: path inside → path outside. */
  readonly files: Readonly<Record<string, string>>;
  /** Ready for the next invocation. */
  readonly onIdle: () => void;
  /** Not usable any more. Called once. */
  readonly onEnded: () => void;
}

/** The invocation being served. */
interface Current {
  readonly invocation: Invocation;
  readonly resolve: (outcome: Outcome) => void;
  /** `process.hrtime`, in ns, when the runtime got it; undefined while it starts. */
  startedAt?: bigint;
  answered: boolean;
}

/** Content of `process.json`: names the environment's processes for a server that comes after a crash. */
export interface ProcessRecord {
  readonly pid: number;
  readonly startTime: string;
}

export class Environment {
  readonly record: FunctionRecord;
  readonly #ports: EnvironmentPorts;
  readonly #log: LogWriter;
  readonly #logStream: string;
  readonly #api: RuntimeApi;
  readonly #launchedAt = process.hrtime.bigint();
  #child: ChildProcess | undefined;
  #closed: Promise<void> = Promise.resolve();
  #current: Current | undefined;
  #timer: NodeJS.Timeout | undefined;
  #initMs: number | undefined;
  #peakBytes = 0;
  #finishing: Promise<void> = Promise.resolve();
  #ending: Promise<void> | undefined;

  constructor(record: FunctionRecord, ports: EnvironmentPorts) {
    this.record = record;
    this.#ports = ports;
    const day = new Date().toISOString().slice(0, 10).replaceAll("-", "/");
    this.#logStream = `${day}/[$LATEST]${randomBytes(16).toString("hex")}`;
    this.#log = new LogWriter(ports.logs, logGroup(record.FunctionName), this.#logStream);
    this.#api = new RuntimeApi(
      { functionArn: record.FunctionArn, uid: ports.sandbox.hostUid },
      {
        onNext: () => void this.#finishing.then(() => this.#next()),
        onResult: (requestId, payload, failed) => this.#result(requestId, payload, failed),
        onInitError: (payload) => this.#initFailed(payload),
      },
    );
  }

  /** Starts the sandbox for its first invocation and serves it. */
  start(invocation: Invocation): Promise<Outcome> {
    const outcome = this.invoke(invocation);
    this.#launch().catch((error: unknown) => {
      const message = error instanceof Error ? error.message : String(error);
      void this.#finish(failure("Sandbox.SetupError", message), true).then(() => this.end());
    });
    return outcome;
  }

  /** Serves one invocation; only when idle. Never rejects: what goes wrong is the outcome. */
  invoke(invocation: Invocation): Promise<Outcome> {
    return new Promise((resolve) => {
      this.#current = { invocation, resolve, answered: false };
      if (this.#initMs !== undefined) this.#deliver(this.#current);
    });
  }

  /** Kills everything inside, and removes the folder. An invocation under way fails. */
  end(): Promise<void> {
    this.#ending ??= this.#end();
    return this.#ending;
  }

  async #launch(): Promise<void> {
    const { settings, sandbox, credentials, folder, task, opt, files } = this.#ports;
    const [root, tmp] = [join(folder, "root"), join(folder, "tmp")];
    const [runtimeApi] = await Promise.all([this.#api.listen(), makeFolders(root, tmp, sandbox.hostUid)]);
    const { record } = this;
    const env = variablesOf({ record, settings, credentials, logStream: this.#logStream, runtimeApi });
    if (this.#ending) return;
    this.#timer = setTimeout(() => this.#timedOut(), Math.max(INIT_MS, record.Timeout * 1000));
    const child = sandbox.launch({ root, tmp, task, opt, files, env, argv: runtimeCommand(record.Runtime) });
    this.#child = child;
    this.#log.attach(child.stdout!);
    this.#log.attach(child.stderr!);
    this.#closed = new Promise((resolve) => {
      child.on("error", (error) => {
        this.#log.lastLine = `${SETUP_FAILED_PREFIX}${error.message}`;
        this.#exited(SETUP_FAILED, null);
        resolve();
      });
      child.on("close", (code, signal) => {
        this.#exited(code, signal);
        resolve();
      });
    });
    const started = child.pid === undefined ? undefined : processStart(child.pid);
    if (started !== undefined) {
      await writeJson(join(folder, "process.json"), { pid: child.pid!, startTime: started } satisfies ProcessRecord);
    }
  }

  #next(): void {
    if (this.#ending) return;
    this.#initMs ??= Number(process.hrtime.bigint() - this.#launchedAt) / 1e6;
    clearTimeout(this.#timer);
    if (this.#current && !this.#current.answered) {
      this.#deliver(this.#current);
      return;
    }
    this.#current = undefined;
    this.#ports.onIdle();
  }

  #deliver(current: Current): void {
    const { requestId } = current.invocation;
    const timeout = this.record.Timeout * 1000;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#timedOut(), timeout);
    current.startedAt = process.hrtime.bigint();
    this.#api.deliver(current.invocation, Date.now() + timeout);
    this.#log.begin();
    this.#log.line(`START RequestId: ${requestId} Version: $LATEST`);
  }

  #result(requestId: string, payload: Buffer, failed: boolean): boolean {
    const current = this.#current;
    if (current?.invocation.requestId !== requestId || current.answered) return false;
    this.#finishing = this.#finish(payload, failed);
    return true;
  }

  #initFailed(payload: Buffer): void {
    void this.#finish(payload, true, "error").then(() => this.end());
  }

  #timedOut(): void {
    const current = this.#current;
    if (current && !current.answered) {
      const text = `Task timed out after ${this.record.Timeout.toFixed(2)} seconds`;
      const { requestId } = current.invocation;
      this.#log.line(`${new Date().toISOString()} ${requestId} ${text}\n`);
      this.#measure();
      if (this.#child?.pid) killGroup(this.#child.pid);
      const document = failure("Sandbox.Timedout", `RequestId: ${requestId} Error: ${text}`);
      void this.#finish(document, true, "timeout");
    }
    void this.end();
  }

  #exited(code: number | null, signal: NodeJS.Signals | null): void {
    const current = this.#current;
    if (current && !current.answered) {
      const { requestId } = current.invocation;
      const setup = code === SETUP_FAILED && this.#log.lastLine.startsWith(SETUP_FAILED_PREFIX);
      const document = setup
        ? failure("Sandbox.SetupError", this.#log.lastLine.slice(SETUP_FAILED_PREFIX.length))
        : failure("Runtime.ExitError", `RequestId: ${requestId} Error: ${exitMessage(code, signal)}`);
      void this.#finish(document, true, "error");
    }
    void this.end();
  }

  /** Completes the log of the invocation and gives the outcome to the caller. */
  async #finish(payload: Buffer, failed: boolean, status?: "timeout" | "error"): Promise<void> {
    const current = this.#current;
    if (!current || current.answered) return;
    current.answered = true;
    const endedAt = process.hrtime.bigint();
    await this.#log.drain();
    const { requestId } = current.invocation;
    if (current.startedAt === undefined) {
      // What it wrote while it started stays in the tail: it says why there is no answer.
      this.#log.line(`START RequestId: ${requestId} Version: $LATEST`);
    }
    this.#log.line(`END RequestId: ${requestId}`);
    this.#log.line(
      reportLine({
        requestId,
        durationMs: Number(endedAt - (current.startedAt ?? this.#launchedAt)) / 1e6,
        memorySize: this.record.MemorySize,
        peakBytes: this.#measure(),
        initMs: this.#initMs,
        status,
      }),
    );
    // Reported once.
    this.#initMs &&= 0;
    current.resolve({ payload, failed, logTail: this.#log.tail() });
  }

  /** Most memory seen so far; after the end of the processes there is nothing to see. */
  #measure(): number {
    if (this.#child?.pid) this.#peakBytes = Math.max(this.#peakBytes, peakMemory(this.#child.pid));
    return this.#peakBytes;
  }

  async #end(): Promise<void> {
    // `onEnded` may call `end` again: it must find `#ending` set.
    await Promise.resolve();
    clearTimeout(this.#timer);
    this.#ports.onEnded();
    if (this.#child?.pid) killGroup(this.#child.pid);
    this.#api.close();
    await this.#closed;
    await this.#finish(failure("Runtime.ExitError", "The execution environment was ended"), true, "error");
    await this.#log.flush();
    await removeTree(this.#ports.folder);
  }
}

async function makeFolders(root: string, tmp: string, owner: number): Promise<void> {
  await mkdir(root, { recursive: true, mode: 0o755 });
  await mkdir(tmp, { mode: 0o700 });
  if (process.getuid!() === 0) await chown(tmp, owner, owner);
}

/** What is started inside: Node with our Runtime API client, or the function's own bootstrap. */
function runtimeCommand(runtime: string): string[] {
  if (runtime.startsWith("nodejs")) return ["/var/lang/bin/node", "/var/runtime/index.mjs"];
  const start =
    'for f in /var/task/bootstrap /opt/bootstrap; do test -f "$f" && exec "$f"; done; echo "no bootstrap in /var/task or /opt" >&2; exit 127';
  return ["/bin/sh", "-c", start];
}

function exitMessage(code: number | null, signal: NodeJS.Signals | null): string {
  if (code === 0) return "Runtime exited without providing a reason";
  // The shell above the runtime reports a signal as 128 and its number.
  if (signal === "SIGKILL" || code === 137) return "Runtime exited with error: signal: killed";
  return `Runtime exited with error: ${code === null ? `signal: ${signal}` : `exit status ${code}`}`;
}
