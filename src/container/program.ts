/** What a container's command starts, found before it is started: as the kernel and execvp(3) will find it inside. */
import { closeSync, existsSync, openSync, readSync, statSync } from "node:fs";
import { join, normalize } from "node:path";
import { ScarError } from "../errors.ts";
import { type ElfHeader, readElfHeader } from "./elf/header.ts";
import type { ContainerCommand } from "./engine.ts";
import { DEFAULT_PATH } from "./image-environment.ts";
import { InsidePaths } from "./inside-paths.ts";

/** A program that is there and can be run. */
export interface Program {
  /** The command with the interpreters of scripts in front: what runs in the end. The first word is as the caller wrote it. */
  readonly argv: readonly string[];
  /** Where `argv[0]` stands, as seen inside: absolute. */
  readonly path: string;
  /** Where it stands outside: not resolved, so that it keeps the name under which it is started. */
  readonly file: string;
  /** Its loader, outside; undefined: a static program. */
  readonly loader: string | undefined;
}

/** It cannot be run, as a shell would put it: 127 nothing there, 126 no program. */
export interface NoProgram {
  readonly status: 126 | 127;
  readonly why: string;
}

/** Interpreters of interpreters that the kernel follows. */
const SCRIPT_DEPTH = 4;

/** Bytes of a script's first line that the kernel reads. */
const FIRST_LINE = 256;

/** Programs of other processors that this machine's runs too. */
const RUNS: Partial<Record<NodeJS.Architecture, readonly string[]>> = {
  x64: ["amd64", "386"],
  arm64: ["arm64", "arm"],
};

/** qemu-user's registrations with the kernel, by OCI's names. */
const EMULATED: Readonly<Record<string, string>> = { amd64: "x86_64", arm64: "aarch64", arm: "arm", "386": "i386" };

/**
 * Finds the program of a command. Throws ScarError `WrongArchitecture` and `MissingInterpreter`, which name the file: the kernel's own
 * answer to both is "No such file or directory", about a file that is there.
 */
export function findProgramInside(
  command: ContainerCommand,
  places: InsidePaths = new InsidePaths(command),
): Program | NoProgram {
  let argv = command.argv;
  for (let depth = 0; ; depth++) {
    const name = argv[0] ?? "";
    const path = depth === 0 ? search(name, command, places) : name;
    const file = path === undefined ? undefined : places.outside(path);
    if (path === undefined || file === undefined) return { status: 127, why: `${name}: not found` };
    const stat = statSync(file);
    if (!stat.isFile() || (stat.mode & 0o111) === 0) return { status: 126, why: `${path}: not an executable file` };
    const header = headerOf(path, file);
    if (header !== undefined) return { argv, path, file, loader: loaderOf(path, header, places) };
    const interpreter = interpreterOf(path, file);
    if (interpreter === undefined) return { status: 126, why: `${path}: cannot be executed` };
    if (depth === SCRIPT_DEPTH) return { status: 126, why: `${path}: too many interpreters` };
    assertInterpreter(path, interpreter[0]!, places);
    argv = [...interpreter, path, ...argv.slice(1)];
  }
}

/** Whether it was found. */
export function isProgram(found: Program | NoProgram): found is Program {
  return "file" in found;
}

/** Throws what {@link findProgramInside} throws, for engines that leave the rest to the kernel. */
export function checkProgram(command: ContainerCommand): void {
  try {
    findProgramInside(command);
  } catch (error) {
    // The kernel may well run what we may not read.
    if (!(error instanceof ScarError) || error.code !== "UnreadableProgram") throw error;
  }
}

function headerOf(path: string, file: string): ElfHeader | undefined {
  try {
    return readElfHeader(file);
  } catch (cause) {
    throw new ScarError("UnreadableProgram", `${path} may be executed, but not be read, which F1 needs`, {
      hint: "make it readable in the image (chmod a+r)",
      cause,
    });
  }
}

/** As execvp(3): a name with a slash is a path from the working directory, another is looked for in `PATH`. */
function search(name: string, { env, workdir }: ContainerCommand, places: InsidePaths): string | undefined {
  if (name === "") return undefined;
  if (name.includes("/")) return normalize(name.startsWith("/") ? name : `${workdir}/${name}`);
  const folders = (env["PATH"] ?? DEFAULT_PATH).split(":");
  // An empty entry, and a relative one, are meant from the working directory.
  const candidates = folders.map((folder) =>
    folder.startsWith("/") ? join(folder, name) : join(workdir, folder, name),
  );
  return candidates.find((path) => {
    const file = places.outside(path);
    const stat = file === undefined ? undefined : statSync(file);
    return stat?.isFile() === true && (stat.mode & 0o111) !== 0;
  });
}

function loaderOf(path: string, { machine, interpreter }: ElfHeader, places: InsidePaths): string | undefined {
  const here = RUNS[process.arch as NodeJS.Architecture] ?? [];
  const emulator = `/proc/sys/fs/binfmt_misc/qemu-${EMULATED[machine] ?? machine}`;
  if (!here.includes(machine) && !existsSync(emulator)) {
    throw new ScarError(
      "WrongArchitecture",
      `${path} is a program for ${machine}, and this machine is ${here[0] ?? process.arch}`,
      {
        hint: "take the image of this architecture, or set 'architectures' of the function to the image's",
      },
    );
  }
  if (interpreter === undefined) return undefined;
  const loader = places.outside(interpreter);
  if (loader !== undefined) return loader;
  throw new ScarError("MissingInterpreter", `${path} needs the loader ${interpreter}, which the image does not have`, {
    hint: "the program was built for another C library (glibc or musl) than the image's: install its own, or build it statically",
  });
}

/** The words of a script's `#!` line; without one a shell runs it, if it is text. undefined: something else. */
function interpreterOf(path: string, file: string): string[] | undefined {
  const bytes = Buffer.alloc(FIRST_LINE);
  const fd = openSync(file, "r");
  try {
    const start = bytes.subarray(0, readSync(fd, bytes, 0, FIRST_LINE, 0));
    const line = start.toString("latin1").split("\n", 1)[0]!;
    // Not \s: to the kernel a carriage return is part of the name.
    const match = /^#![ \t]*([^ \t]+)(?:[ \t]+(.*[^ \t]))?[ \t]*$/.exec(line);
    if (match !== null) return match[2] === undefined ? [match[1]!] : [match[1]!, match[2]];
    return start.includes(0) ? undefined : ["/bin/sh"];
  } catch (cause) {
    throw new ScarError("UnreadableProgram", `${path} cannot be read`, { cause });
  } finally {
    closeSync(fd);
  }
}

function assertInterpreter(script: string, interpreter: string, places: InsidePaths): void {
  if (interpreter.startsWith("/") && places.outside(interpreter) !== undefined) return;
  const carriageReturn = interpreter.endsWith("\r") ? "; its lines end as on Windows" : "";
  throw new ScarError(
    "MissingInterpreter",
    `${script} is a script for ${interpreter.trim()}, which the image does not have${carriageReturn}`,
    { hint: "install the interpreter in the image, or name one that it has in the script's first line" },
  );
}
