/** One start of a function's runtime in a sandbox: its folders, its output in the log, its memory watched, its end told. */
import { chown, mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Sandbox, SandboxProcess, SandboxRecord, SandboxSpec } from "../../sandbox/sandbox.ts";
import { SETUP_FAILED, SETUP_FAILED_PREFIX } from "../../sandbox/sandbox.ts";
import { processStart } from "../../state-process.ts";
import { writeJson } from "../control/json-file.ts";
import type { LogWriter } from "./log-writer.ts";
import { MemoryWatch } from "./memory-watch.ts";

/** Name of the file, in a runtime's folder, with its {@link SandboxRecord}. */
export const RECORD_FILE = "process.json";

export interface RuntimeProcessOptions {
  readonly sandbox: Sandbox;
  /** Made by `start`. */
  readonly folder: string;
  /** What the sandbox shows, without what lies in `folder`. `tmp`: MB in memory; missing: a folder on disk. */
  readonly spec: Omit<SandboxSpec, "root" | "tmp"> & { readonly tmp: number | undefined };
  readonly log: LogWriter;
  readonly onExit: (code: number | null, signal: NodeJS.Signals | null) => void;
  readonly onOutOfMemory: () => void;
}

export class RuntimeProcess {
  readonly memory: MemoryWatch;
  /** Resolves when it has ended and everything that it wrote is read. */
  readonly closed: Promise<void>;
  readonly #process: SandboxProcess;

  /** Rejects when its folders cannot be made. */
  static async start(options: RuntimeProcessOptions): Promise<RuntimeProcess> {
    const { folder, sandbox, spec } = options;
    const [root, tmp] = [join(folder, "root"), join(folder, "tmp")];
    await mkdir(root, { recursive: true, mode: 0o755 });
    if (spec.tmp === undefined) {
      await mkdir(tmp, { mode: 0o700 });
      if (process.getuid!() === 0) await chown(tmp, sandbox.hostUid, sandbox.hostUid);
    }
    const where = { root, tmp: spec.tmp === undefined ? { folder: tmp } : { megabytes: spec.tmp } };
    const started = new RuntimeProcess(options, sandbox.launch({ ...spec, ...where }));
    await started.#record(options);
    return started;
  }

  private constructor({ spec, log, onExit, onOutOfMemory }: RuntimeProcessOptions, started: SandboxProcess) {
    this.#process = started;
    const { child } = started;
    this.memory = new MemoryWatch({
      limit: spec.memory * 1048576,
      measure: (exactAbove) => started.memory(exactAbove),
      onExceeded: onOutOfMemory,
    });
    log.attach(child.stdout!);
    log.attach(child.stderr!);
    this.closed = new Promise((resolve) => {
      const ended = (code: number | null, signal: NodeJS.Signals | null): void => {
        this.memory.stop();
        onExit(code, signal);
        resolve();
      };
      child.on("error", (error) => {
        log.lastLine = `${SETUP_FAILED_PREFIX}${error.message}`;
        ended(SETUP_FAILED, null);
      });
      child.on("close", ended);
    });
  }

  /** Ends everything inside; {@link closed} tells when that is done. */
  kill(): void {
    this.memory.stop();
    this.#process.kill();
  }

  async #record({ folder, sandbox, spec }: RuntimeProcessOptions): Promise<void> {
    const { pid } = this.#process.child;
    const startTime = pid === undefined ? undefined : processStart(pid);
    if (pid === undefined || startTime === undefined) return;
    const record: SandboxRecord = { kind: sandbox.kind, id: spec.id, pid, startTime };
    await writeJson(join(folder, RECORD_FILE), record);
  }
}
