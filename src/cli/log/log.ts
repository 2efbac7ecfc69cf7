import { EXIT } from "../../errors.ts";
import type { ParsedLine } from "../dispatch.ts";
import { isLocal } from "../session.ts";
import type { Log, LogLevel, World } from "../world.ts";
import { givenVariables, shownLine } from "./command-line.ts";
import { type LogFile, logPath, openLogFile } from "./log-file.ts";
import { knownSecrets, scrub } from "./scrub.ts";

/** Characters of one line: a stack fits. */
const MAX_LINE = 16 * 1024;
/** Lines of one command: progress of a million files must not push everything else out of the log. */
const MAX_LINES = 5000;

/** The log of one command; `end` is called last. */
export interface CommandLog extends Log {
  end(exitCode: number): void;
}

/**
 * The log of this command line, or undefined for what writes no files: help, version, `--local`, `--show-config`, and what needs no
 * configuration. Nothing is written before the command begins its work: wrong values leave no log behind. It never throws.
 */
export function logOf({ command, options, args, show }: ParsedLine, world: World): CommandLog | undefined {
  if (command === undefined || show !== undefined || command.needs === "nothing") return undefined;
  if (isLocal(options, world.env) || options["show_config"] === true) return undefined;
  const path = logPath(world.env, world.cwd);
  if (path === undefined) return undefined;
  const secrets = knownSecrets(world.env, givenVariables(command, options));
  return new LinesToFile(path, secrets, shownLine(command, options, args));
}

class LinesToFile implements CommandLog {
  readonly #path: string;
  readonly #secrets: readonly string[];
  /** What waits for the command to begin. */
  #waiting: string[] | undefined = [];
  #file: LogFile | undefined;
  #lines = 0;

  constructor(path: string, secrets: readonly string[], line: string) {
    this.#path = path;
    this.#secrets = secrets;
    this.say("INFO", line);
  }

  say(level: LogLevel, text: string): void {
    if (++this.#lines > MAX_LINES) return;
    const line = this.#lines === MAX_LINES ? "what follows is not logged: too many lines" : text;
    const time = new Date().toISOString();
    this.#write(`${time} ${level.padEnd(7)} [${process.pid}] ${oneLine(scrub(line, this.#secrets, MAX_LINE))}`);
  }

  begin(): void {
    const waiting = this.#waiting;
    if (waiting === undefined) return;
    this.#waiting = undefined;
    this.#safely(() => {
      this.#file = openLogFile(this.#path);
    });
    for (const line of waiting) this.#write(line);
  }

  end(exitCode: number): void {
    if (this.#waiting !== undefined && exitCode === EXIT.usage) return;
    this.begin();
    this.#lines = 0;
    this.say("INFO", `ended with exit code ${exitCode}`);
    this.#safely(() => this.#file?.close());
    this.#file = undefined;
  }

  #write(line: string): void {
    if (this.#waiting !== undefined) this.#waiting.push(line);
    else this.#safely(() => this.#file?.append(line));
  }

  /** A log that cannot be written is no reason to fail, nor to try again for every line. */
  #safely(write: () => void): void {
    try {
      write();
    } catch {
      this.#file = undefined;
    }
  }
}

/** Line breaks and what steers a terminal are shown as escapes. */
function oneLine(text: string): string {
  return text.replace(/[\x00-\x1f\x7f-\x9f\u2028\u2029]/g, (character) =>
    character === "\n" ? "\\n" : `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );
}
