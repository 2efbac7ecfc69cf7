/** Brings an older scar.cfg to today's version on the disk, and says what became of it. */
import { messageOf } from "../../errors.ts";
import { CONFIG_VERSION } from "../defaults.ts";
import { type ConfigFile, configText } from "../file.ts";
import type { Migration } from "./migrate.ts";
import { replaceConfig } from "./replace.ts";

export interface OldConfig {
  readonly file: string;
  readonly found: ConfigFile;
  /** Of which version it is, for the user: "version 1.0.9", "no version". */
  readonly what: string;
  readonly migration: Migration;
}

/** Undefined when another process changed the file meanwhile: it has to be read again. */
export function writeMigrated(old: OldConfig): readonly string[] | undefined {
  const { file, found, what, migration } = old;
  let outcome: string;
  try {
    const saved = replaceConfig(file, found.bytes, configText(migration.user));
    if (saved === undefined) return undefined;
    outcome = `Config file '${file}' (${what}) brought to version ${CONFIG_VERSION}; the old one is saved in '${saved}'.`;
  } catch (error) {
    outcome = `Config file '${file}' is of ${what} and cannot be brought to version ${CONFIG_VERSION} on the disk (${messageOf(error)}): it is read as if it had been.`;
  }
  const kept = migration.kept.flatMap(({ from, to }) => to.map((path) => (path === from ? path : `${path} (${from})`)));
  return [
    outcome,
    kept.length > 0
      ? `  kept: ${kept.join(", ")}; all else follows today's defaults`
      : "  all of it follows today's defaults: nothing in it was changed",
    ...migration.dropped.map(({ path, why }) => `  not kept: ${path}: ${why}`),
  ];
}
