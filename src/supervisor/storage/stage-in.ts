import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type ObjectRecord, stagedName } from "../events/s3-records.ts";
import type { Logger } from "../logger.ts";
import type { ObjectStore } from "./object-store.ts";

/** Downloads an event's object into the input folder; returns the file's path. */
export async function stageInObject(
  record: ObjectRecord,
  folder: string,
  store: ObjectStore,
  signal: AbortSignal,
  log: Logger,
): Promise<string> {
  const file = join(folder, stagedName(record.key));
  log.info(`downloading s3://${record.bucket}/${record.key}`);
  await store.download(record, file, signal);
  return file;
}

/** Saves what came with the event itself; returns the file's path. */
export function stageInContent(name: string, content: Buffer, folder: string): string {
  const file = join(folder, name);
  writeFileSync(file, content, { mode: 0o600, flag: "wx" });
  return file;
}
