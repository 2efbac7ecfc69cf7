import { ScarError } from "../../errors.ts";
import type { StorageLocation } from "../../fdl/contract.ts";
import { explain } from "../failure.ts";
import type { Logger } from "../logger.ts";
import type { ObjectStore } from "./object-store.ts";
import { type OutputFile, outputFiles } from "./output-files.ts";
import { matchesOutput, outputAddress } from "./output-filter.ts";

/** Files at one time; the store bounds its requests by itself. */
const PARALLEL = 16;

/** Failures that the message names; the log names all. */
const NAMED = 5;

export interface StageOut {
  /** `$TMP_OUTPUT_DIR` */
  readonly folder: string;
  readonly outputs: readonly StorageLocation[];
  readonly openStore: () => Promise<ObjectStore>;
  /** Aborted when there is no more time. */
  readonly signal: AbortSignal;
  readonly log: Logger;
}

interface Upload {
  readonly file: OutputFile;
  readonly path: string;
}

/**
 * Uploads every file below `folder` to each output that takes it. All are tried, as long as there is time; throws ScarError
 * `StageOutFailed` when one failed. Returns the number of objects written.
 */
export async function stageOut({ folder, outputs, openStore, signal, log }: StageOut): Promise<number> {
  if (outputs.length === 0) return 0;
  const failures = new Failures(log);
  let written = 0;
  const pending = uploads(folder, outputs, failures);
  const worker = async (): Promise<void> => {
    for await (const { file, path } of pending) {
      if (signal.aborted) {
        failures.late++;
        continue;
      }
      const address = outputAddress(path, file.name);
      try {
        const size = await (await openStore()).upload(file.path, address, signal);
        log.info(`uploaded s3://${address.bucket}/${address.key} (${size} bytes)`);
        written++;
      } catch (error) {
        failures.add(explain(error));
      }
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, worker));
  failures.throwIfAny(written);
  return written;
}

class Failures {
  readonly #log: Logger;
  readonly #named: string[] = [];
  #count = 0;
  /** Objects that were not begun, for want of time. */
  late = 0;

  constructor(log: Logger) {
    this.#log = log;
  }

  add(message: string): void {
    this.#log.error(message);
    this.#count++;
    if (this.#named.length < NAMED) this.#named.push(message);
  }

  failed(name: string, why: string): void {
    this.add(`output '${name}' is not uploaded: ${why}`);
  }

  skipped(name: string, why: string): void {
    this.#log.warning(`output '${name}' is not uploaded: ${why}`);
  }

  throwIfAny(written: number): void {
    if (this.#count === 0 && this.late === 0) return;
    const parts = [...this.#named];
    if (this.#count > NAMED) parts.push(`and ${this.#count - NAMED} more, see the log`);
    if (this.late > 0) parts.push(`${this.late} outputs were not begun before the time was over`);
    if (written > 0) parts.push(`${written} were uploaded`);
    throw new ScarError("StageOutFailed", parts.join("; "));
  }
}

async function* uploads(
  folder: string,
  outputs: readonly StorageLocation[],
  failures: Failures,
): AsyncGenerator<Upload> {
  for await (const file of outputFiles(folder, failures)) {
    for (const output of outputs) {
      if (matchesOutput(file.name, output)) yield { file, path: output.path };
    }
  }
}
