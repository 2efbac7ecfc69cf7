/** The text of a scar.cfg of any version, as values in today's shape. */
import type { Problem } from "../errors.ts";
import type { Tree } from "../fdl/tree.ts";
import type { Locate } from "../fdl/validate.ts";
import { readJson } from "./json.ts";
import { valueAt } from "./merge.ts";
import type { Migration } from "./migration/migrate.ts";
import { isOlder, isVersion } from "./version.ts";

export interface Source {
  /** In the shape of today's scar.cfg. */
  readonly value: Tree;
  /** Path and line of a value in the file that the user wrote. */
  readonly place: Locate;
  /** Wrong in any version. */
  readonly problems: readonly Problem[];
  /** Set for a file of a version before today's; `what` is that version, for the user. */
  readonly old?: { readonly what: string; readonly migration: Migration };
}

/** Throws ScarError `InvalidConfig` (exit code 2) for what is neither JSON nor the INI file of the first releases. */
export async function readSource(file: string, text: string): Promise<Source> {
  if (/^\uFEFF?\s*[[#;]/.test(text)) {
    const { isIni, readIni } = await import("./migration/ini.ts");
    if (isIni(text)) {
      const { migrateIni } = await import("./migration/migrate.ts");
      const { value, locate } = readIni(text, file);
      return migrated("the INI file of SCAR's first releases", migrateIni(value), locate, []);
    }
  }
  const { value, locate, duplicates } = readJson(text, file);
  const version = valueAt(value, VERSION) ?? undefined;
  if (version === undefined || (typeof version === "string" && isVersion(version) && isOlder(version))) {
    const { migrateJson } = await import("./migration/migrate.ts");
    const what = version === undefined ? "no version" : `version ${version}`;
    return migrated(what, migrateJson(value, version), locate, duplicates);
  }
  const problems = [...duplicates];
  if (typeof version === "string" && !isVersion(version)) {
    const message = `must be a version like 1.1.0, not '${version.slice(0, 40)}'`;
    problems.push({ path: VERSION, message, location: locate(VERSION) });
  }
  return { value, place: (path) => ({ location: locate(path) }), problems };
}

const VERSION = "scar.config_version";

function migrated(
  what: string,
  migration: Migration,
  locate: (path: string) => string,
  problems: readonly Problem[],
): Source {
  const place: Locate = (path) => {
    const old = oldPath(migration, path);
    return { path: old, location: locate(old) };
  };
  return { value: migration.user, place, problems, old: { what, migration } };
}

/** What the user wrote of a value that stands elsewhere today: `aws.lambda.time` for `aws.lambda.timeout`. */
function oldPath({ kept }: Migration, path: string): string {
  for (const { from, to } of kept) {
    const above = to.find((one) => path === one || path.startsWith(`${one}.`) || path.startsWith(`${one}[`));
    if (above !== undefined) return from + path.slice(above.length);
  }
  return path;
}
