/** scar.log: appended by any number of commands at once, for its owner alone, of bounded size. */
import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  openSync,
  renameSync,
  type Stats,
  statSync,
  writeSync,
} from "node:fs";
import { dirname, join, resolve } from "node:path";
import { homeFolder } from "../../home-folder.ts";
import { makeFolder } from "../../make-folder.ts";

/** A file that has grown above becomes `scar.log.1`, in the place of the one before: 4 MiB. */
export const MAX_LOG_SIZE = 4 * 1024 * 1024;

/** `$SCAR_LOG_PATH/scar.log`, or `~/.scar/scar.log`; undefined without a home. */
export function logPath(env: Readonly<Record<string, string | undefined>>, cwd: string): string | undefined {
  const folder = env["SCAR_LOG_PATH"];
  if (folder) return resolve(cwd, folder, "scar.log");
  const home = homeFolder(env);
  return home ? join(home, ".scar", "scar.log") : undefined;
}

/** An open log. */
export interface LogFile {
  /** One line without its end. Throws the system's error. */
  append(line: string): void;
  close(): void;
}

/** Opens the log, and makes it and its folder where they are missing. Throws the system's error, or an Error for what is no log. */
export function openLogFile(file: string): LogFile {
  makeFolder(dirname(file), 0o700);
  let descriptor = open(file);
  if (fstatSync(descriptor).size > MAX_LOG_SIZE) {
    // Another command may have done it just now.
    if (isSame(statSync(file), fstatSync(descriptor))) renameSync(file, `${file}.1`);
    closeSync(descriptor);
    descriptor = open(file);
  }
  return {
    append: (line) => {
      writeSync(descriptor, `${line}\n`);
    },
    close: () => closeSync(descriptor),
  };
}

/** No link, no pipe and no file of somebody else's is written to: `SCAR_LOG_PATH` may be a folder that everyone can write to. */
function open(file: string): number {
  const { O_APPEND, O_CREAT, O_WRONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants;
  const descriptor = openSync(file, O_APPEND | O_CREAT | O_WRONLY | O_NOFOLLOW | O_NONBLOCK, 0o600);
  const found = fstatSync(descriptor);
  if (!found.isFile() || (process.getuid !== undefined && found.uid !== process.getuid())) {
    closeSync(descriptor);
    throw new Error(`${file} is not a log of this user`);
  }
  // SCAR's own was readable for everyone.
  if ((found.mode & 0o077) !== 0) fchmodSync(descriptor, 0o600);
  return descriptor;
}

const isSame = (a: Stats, b: Stats): boolean => a.ino === b.ino && a.dev === b.dev;
