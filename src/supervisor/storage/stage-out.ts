import { messageOf, ScarError } from "../../errors.ts";
import type { StorageLocation } from "../../fdl/contract.ts";
import type { Logger } from "../logger.ts";
import type { ObjectStore } from "./object-store.ts";
import { type OutputFile, outputFiles } from "./output-files.ts";
import { matchesOutput, outputAddress } from "./output-filter.ts";

/** Uploads at one time. */
const PARALLEL = 8;

/** Failures that the message names; the log names all. */
const NAMED = 5;

interface Upload {
  readonly file: OutputFile;
  readonly path: string;
}

/**
 * Uploads every file below `folder` to each output that takes it. All are tried; throws ScarError `StageOutFailed` when one failed.
 * Returns the number of objects written.
 */
export async function stageOut(
  folder: string,
  outputs: readonly StorageLocation[],
  openStore: () => Promise<ObjectStore>,
  log: Logger,
): Promise<number> {
  if (outputs.length === 0) return 0;
  const failures: string[] = [];
  let written = 0;
  const pending = uploads(folder, outputs, log);
  const worker = async (): Promise<void> => {
    for await (const { file, path } of pending) {
      const { bucket, key } = outputAddress(path, file.name);
      try {
        await (await openStore()).upload(file.path, file.size, bucket, key);
        log.info(`uploaded s3://${bucket}/${key} (${file.size} bytes)`);
        written++;
      } catch (error) {
        log.error(messageOf(error));
        failures.push(messageOf(error));
      }
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, worker));
  if (failures.length === 0) return written;
  const more = failures.length > NAMED ? `; and ${failures.length - NAMED} more, see the log` : "";
  throw new ScarError("StageOutFailed", failures.slice(0, NAMED).join("; ") + more);
}

async function* uploads(folder: string, outputs: readonly StorageLocation[], log: Logger): AsyncGenerator<Upload> {
  const skipped = (name: string, why: string): void => log.warning(`output '${name}' is not uploaded: ${why}`);
  for await (const file of outputFiles(folder, skipped)) {
    for (const output of outputs) {
      if (matchesOutput(file.name, output)) yield { file, path: output.path };
    }
  }
}
