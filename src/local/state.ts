/**
 * The state folder: `state.json` marks it as ours and holds what stays over restarts, `keys.json` the key made at the first
 * start, `server.json` the running server, `server.log` its words; each service has a folder of its own.
 */
import { randomBytes } from "node:crypto";
import { accessSync, chmodSync, constants, existsSync, readdirSync, rmSync } from "node:fs";
import { isAbsolute, join, resolve } from "node:path";
import { EXIT, messageOf, ScarError } from "../errors.ts";
import { makeFolder } from "../make-folder.ts";
import type { LocalServer } from "./control.ts";
import { accessKeyIdOf } from "./http/credentials.ts";
import { readJsonFile, readProcessFile, writePrivateFile } from "./state-file.ts";

/** Raised when what is written can no longer be read by the releases before. 2: asynchronous events in a folder for each second. */
const FORMAT = 2;

export interface PersistentState {
  readonly format: number;
  readonly region: string;
  readonly accountId: string;
  /** Port of the last run. */
  readonly port?: number;
}

export interface Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

const markerOf = (dir: string): string => join(dir, "state.json");
const serverFileOf = (dir: string): string => join(dir, "server.json");

export const logFileOf = (dir: string): string => join(dir, "server.log");

/** `SCAR_LOCAL_DIR`, else `$HOME/.scar/local`. */
export function stateDirOf(env: Readonly<Record<string, string | undefined>>): string {
  if (env["SCAR_LOCAL_DIR"]) return resolve(env["SCAR_LOCAL_DIR"]);
  const home = env["HOME"];
  if (!home || !isAbsolute(home)) {
    throw new ScarError("StateFolderUnknown", "there is no HOME to keep the local AWS's state in", {
      hint: "set SCAR_LOCAL_DIR to a folder for it",
      exitCode: EXIT.usage,
    });
  }
  return join(home, ".scar", "local");
}

/** Whether the folder was made by us: `reset` deletes no other. */
export const isStateFolder = (dir: string): boolean => existsSync(markerOf(dir));

/** What a server that is just starting, or that was killed then, has in its folder before the mark. */
const STARTING = /^(?:server\.log|state\.json\..*|lock[.-].*)$/;

/** Makes the folder (0700) when it is missing; refuses one that holds anything else or that cannot be written. */
export function openStateFolder(dir: string): void {
  try {
    makeFolder(dir, 0o700);
    // Listed before the mark is looked for: another starter may make it, and all that comes after it, in between.
    const strange = readdirSync(dir).find((name) => !STARTING.test(name));
    if (strange !== undefined && !isStateFolder(dir)) {
      throw new ScarError(
        "StateFolderNotOurs",
        `${dir} holds other files ('${strange}'), so it cannot be the state folder`,
        {
          hint: "set SCAR_LOCAL_DIR to an empty folder or one that does not exist",
        },
      );
    }
    chmodSync(dir, 0o700);
    accessSync(dir, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    if (error instanceof ScarError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    throw new ScarError("StateFolderNotWritable", `the state folder ${dir} cannot be written (${code})`, {
      hint: "make it writable, or set SCAR_LOCAL_DIR to another folder",
      cause: error,
    });
  }
}

/** What a fault at the start is for the user. */
export function startFailure(dir: string | undefined, error: unknown): ScarError {
  if ((error as NodeJS.ErrnoException).code !== "ENOSPC") {
    return new ScarError("LocalServerFailed", messageOf(error), { cause: error });
  }
  return new ScarError("StateFolderFull", `there is no space left on the disk of the state folder ${dir}`, {
    hint: "make space there, or set SCAR_LOCAL_DIR to a folder on another disk",
    cause: error,
  });
}

/**
 * What stays over restarts, made at the first start. State of an older format is marked as of this one before anything is written
 * into it: each service reads what older releases wrote where it lies.
 */
export function loadPersistentState(dir: string): PersistentState {
  const known = readJsonFile<PersistentState>(markerOf(dir));
  if (known && known.format > FORMAT) {
    throw new ScarError("StateFolderTooNew", `${dir} was written by a newer scar (format ${known.format})`, {
      hint: "use that release, or remove its state with `scar local reset`",
    });
  }
  const state = { region: "us-east-1", accountId: "000000000000", ...known, format: FORMAT };
  if (known?.format !== FORMAT) savePersistentState(dir, state);
  return state;
}

export function savePersistentState(dir: string, state: PersistentState): void {
  writePrivateFile(markerOf(dir), `${JSON.stringify(state, null, 2)}\n`);
}

/** The user's key, made at random once. */
export function loadKeys(dir: string): Keys {
  const path = join(dir, "keys.json");
  const known = readJsonFile<Keys>(path);
  if (known) return known;
  const keys = {
    accessKeyId: accessKeyIdOf("AKIALOCAL", randomBytes(20)),
    secretAccessKey: randomBytes(30).toString("base64"),
  };
  writePrivateFile(path, `${JSON.stringify(keys, null, 2)}\n`);
  return keys;
}

export const readServerFile = (dir: string): LocalServer | undefined => readProcessFile<LocalServer>(serverFileOf(dir));

export function writeServerFile(dir: string, server: LocalServer): void {
  writePrivateFile(serverFileOf(dir), `${JSON.stringify(server, null, 2)}\n`);
}

export const removeServerFile = (dir: string): void => rmSync(serverFileOf(dir), { force: true });
