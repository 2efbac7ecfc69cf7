/**
 * One execution environment: a sandbox with the function's runtime in it, its Runtime API and its log stream. It serves one
 * invocation at a time and is ended whole, with everything that the function left running.
 *
 * An init phase that fails or takes too long is tried once more within the first invocation, in a new sandbox, with the
 * function's own timeout for both. (AWS: "Understanding the Lambda execution environment lifecycle", failures during the Init phase.)
 */
import { randomBytes } from "node:crypto";
import { basename, join } from "node:path";
import { removeTree } from "../../../container/remove-tree.ts";
import { messageOf } from "../../../errors.ts";
import { logGroup } from "../../service.ts";
import type { FunctionRecord } from "../model.ts";
import { entrypoint } from "./entrypoint.ts";
import type { EnvironmentPorts } from "./environment-ports.ts";
import {
  exitFault,
  faultDocument,
  initError,
  OUT_OF_MEMORY,
  type RuntimeFault,
  SETUP_ERROR,
  timedOut,
} from "./fault.ts";
import type { Invocation, Outcome } from "./invocation.ts";
import { LogWriter } from "./log-writer.ts";
import { closingLines, initReportLine } from "./report.ts";
import { RuntimeApi } from "./runtime-api.ts";
import { RuntimeProcess } from "./runtime-process.ts";
import { tmpInMemory } from "./tmp-size.ts";
import { variablesOf } from "./variables.ts";

/** Lambda's limit for the init phase, in ms. */
const INIT_MS = 10_000;

/** The invocation being served. */
interface Current {
  readonly invocation: Invocation;
  readonly resolve: (outcome: Outcome) => void;
  /** When its time began to run: when the runtime got it, or when its init was tried again for it. */
  startedAt?: Moment;
  answered: boolean;
}

/** `process.hrtime`, in ns. */
type Moment = bigint;

const now = (): Moment => process.hrtime.bigint();
const msBetween = (from: Moment, to: Moment): number => Number(to - from) / 1e6;

export class Environment {
  readonly record: FunctionRecord;
  readonly #ports: EnvironmentPorts;
  readonly #log: LogWriter;
  readonly #logStream: string;
  readonly #api: RuntimeApi;
  /** Until the runtime has asked for its first event; `invoke`: the second try. */
  #phase: "init" | "invoke" | "ready" = "init";
  /** Counts the starts of the runtime. */
  #run = 0;
  #startedAt = now();
  #starting: Promise<void> = Promise.resolve();
  #process: RuntimeProcess | undefined;
  #current: Current | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** Of an init phase that succeeded at once; reported once. */
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
        onNext: () => this.#asked(this.#run),
        onResult: (requestId, payload, failed) => this.#result(requestId, payload, failed),
        onInitError: (payload, errorType) => this.#failed(this.#run, initError(payload, errorType)),
      },
    );
  }

  /** Starts the sandbox for its first invocation and serves it. */
  start(invocation: Invocation): Promise<Outcome> {
    const outcome = this.invoke(invocation);
    this.#starting = this.#launch("init");
    return outcome;
  }

  /** Serves one invocation; only when idle. Never rejects: what goes wrong is the outcome. */
  invoke(invocation: Invocation): Promise<Outcome> {
    return new Promise((resolve) => {
      this.#current = { invocation, resolve, answered: false };
      if (this.#phase === "ready") this.#deliver(this.#current);
    });
  }

  /** Kills everything inside, and removes the folder. An invocation under way fails. */
  end(): Promise<void> {
    this.#ending ??= this.#end();
    return this.#ending;
  }

  /** Never rejects. */
  async #launch(phase: "init" | "invoke"): Promise<void> {
    this.#phase = phase;
    this.#run += 1;
    const run = this.#run;
    try {
      const { settings, sandbox, credentials, folder, task, opt, files } = this.#ports;
      const [runtimeApi, argv] = await Promise.all([this.#api.listen(), entrypoint(this.record, task, opt)]);
      if (this.#ending) return;
      this.#startedAt = now();
      if (phase === "invoke" && this.#current) this.#current.startedAt = this.#startedAt;
      if ("errorType" in argv) return this.#failed(run, argv);
      const limit = phase === "init" ? INIT_MS : this.record.Timeout * 1000;
      this.#timer = setTimeout(() => this.#failed(run, timedOut(this.record.Timeout)), limit);
      const { record } = this;
      const env = variablesOf({ record, settings, credentials, logStream: this.#logStream, runtimeApi });
      const id = `${basename(folder)}-${run}`;
      const spec = { id, task, opt, files, env, argv, tmp: this.#tmp(), memory: record.MemorySize };
      this.#process = await RuntimeProcess.start({
        sandbox,
        spec,
        folder: join(folder, String(run)),
        log: this.#log,
        onExit: (code, signal) => this.#failed(run, exitFault(code, signal, this.#log.lastLine)),
        onOutOfMemory: () => this.#failed(run, OUT_OF_MEMORY),
      });
      if (this.#ending || run !== this.#run) this.#process.kill();
      else this.#process.memory.start();
    } catch (error) {
      this.#failed(run, { errorType: SETUP_ERROR, message: messageOf(error), status: "error" });
    }
  }

  /** MB of a /tmp in memory; undefined where it is on disk, which the server's log tells. */
  #tmp(): number | undefined {
    const { EphemeralStorageSize, FunctionName } = this.record;
    const answer = tmpInMemory(this.#ports.sandbox, EphemeralStorageSize);
    if (answer === true) return EphemeralStorageSize;
    this.#ports.log(`${FunctionName}: /tmp of ${EphemeralStorageSize} MB is on disk, without a limit: ${answer}`);
    return undefined;
  }

  /** The runtime of that start asks for an event; the one before is finished first. */
  async #asked(run: number): Promise<void> {
    await this.#finishing;
    if (this.#ending || run !== this.#run) return;
    clearTimeout(this.#timer);
    if (this.#phase === "init") this.#initMs = msBetween(this.#startedAt, now());
    this.#phase = "ready";
    if (this.#current && !this.#current.answered) {
      this.#deliver(this.#current);
      return;
    }
    this.#process?.memory.stop();
    this.#current = undefined;
    this.#ports.onIdle();
  }

  #deliver(current: Current): void {
    const { requestId } = current.invocation;
    const run = this.#run;
    current.startedAt ??= now();
    const left = Math.max(0, this.record.Timeout * 1000 - msBetween(current.startedAt, now()));
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#failed(run, timedOut(this.record.Timeout)), left);
    this.#process?.memory.start();
    this.#api.deliver(current.invocation, Date.now() + Math.floor(left));
    this.#log.begin();
    this.#log.line(`START RequestId: ${requestId} Version: $LATEST`);
  }

  #result(requestId: string, payload: Buffer, failed: boolean): "taken" | "answered" | "unknown" {
    const current = this.#current;
    if (this.#phase !== "ready" || current?.invocation.requestId !== requestId) return "unknown";
    if (current.answered) return "answered";
    this.#finishing = this.#finish({ payload, failed });
    return "taken";
  }

  /** The runtime of that start, or what was to become one, is of no use any more. */
  #failed(run: number, fault: RuntimeFault): void {
    if (this.#ending || run !== this.#run) return;
    // What the death of this runtime brings about is no news.
    this.#run += 1;
    clearTimeout(this.#timer);
    this.#process?.memory.look();
    this.#process?.kill();
    this.#finishing = this.#phase === "ready" ? this.#abort(fault, now()) : this.#abortInit(this.#phase, fault, now());
  }

  async #abort(fault: RuntimeFault, at: Moment): Promise<void> {
    await this.#gone();
    await this.#finish({ fault }, at);
    void this.end();
  }

  async #abortInit(phase: "init" | "invoke", fault: RuntimeFault, at: Moment): Promise<void> {
    const durationMs = msBetween(this.#startedAt, at);
    await this.#gone();
    await this.#log.drain();
    if (fault.errorType !== SETUP_ERROR) this.#log.line(initReportLine({ ...fault, durationMs, phase }));
    if (phase === "init" && fault.errorType !== SETUP_ERROR && !this.#ending) {
      this.#keepPeak();
      this.#process = undefined;
      this.#starting = this.#launch("invoke");
      return;
    }
    await this.#finish({ fault }, at);
    void this.end();
  }

  /** The process is dead, and all that it wrote is read. */
  async #gone(): Promise<void> {
    await this.#starting;
    await this.#process?.closed;
  }

  /** Completes the log of the invocation and gives the outcome to the caller. */
  async #finish(how: { payload: Buffer; failed: boolean } | { fault: RuntimeFault }, at = now()): Promise<void> {
    const current = this.#current;
    if (!current || current.answered) return;
    current.answered = true;
    const startedAt = current.startedAt ?? this.#startedAt;
    const durationMs = msBetween(startedAt, at);
    this.#process?.memory.look();
    this.#keepPeak();
    await this.#log.drain();
    const { requestId } = current.invocation;
    const fault = "fault" in how ? how.fault : undefined;
    const numbers = {
      durationMs,
      initMs: this.#initMs,
      peakBytes: this.#peakBytes,
      memorySize: this.record.MemorySize,
    };
    const lines = closingLines({ ...numbers, requestId, fault, started: this.#phase === "ready", now: new Date() });
    for (const line of lines) this.#log.line(line);
    this.#initMs = undefined;
    const result = "fault" in how ? { payload: faultDocument(how.fault, requestId), failed: true } : how;
    current.resolve({ ...result, logTail: this.#log.tail(), logged: this.#log.flush() });
  }

  #keepPeak(): void {
    this.#peakBytes = Math.max(this.#peakBytes, this.#process?.memory.peak ?? 0);
  }

  async #end(): Promise<void> {
    // `onEnded` may call `end` again: it must find `#ending` set.
    await Promise.resolve();
    clearTimeout(this.#timer);
    this.#ports.onEnded();
    this.#process?.kill();
    this.#api.close();
    await this.#gone();
    const message = "The execution environment was ended";
    await this.#finish({ fault: { errorType: "Runtime.ExitError", message, status: "error" } });
    await this.#log.flush();
    await removeTree(this.#ports.folder);
  }
}
