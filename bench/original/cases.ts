/** What scar is compared in with the original. */
import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Contender } from "./contenders.ts";

/** Milliseconds that a request takes to AWS and back. */
export const AWAY = 20;

export interface Case {
  readonly name: string;
  /** How many times faster than the original it is meant to be. */
  readonly target: number;
  /** Milliseconds that each request is held back. */
  readonly delay: number;
  /**
   * By the server itself, and not by the proxies that count the requests: where hundreds of requests with bodies are under way, those take as
   * much of the processors as what is measured. Default: false.
   */
  readonly heldByServer?: boolean;
  readonly rounds: number;
  /** The command line of a round; makes what it needs. A negative round is a warm-up. */
  line(contender: Contender, round: number): readonly string[];
  /** Throws when what was printed is not what it should be. */
  check?(stdout: string, contender: Contender): void;
}

/** @param image for `init`, in a registry that is asked for it */
export function cases(functions: number, image: string): Case[] {
  return [version, list(functions), init("init", image, false), init("init with S3", image, true), put];
}

const version: Case = { name: "--version", target: 1, delay: 0, rounds: 9, line: () => ["--version"] };

const list = (functions: number): Case => ({
  name: `ls of ${functions} functions`,
  target: 10,
  delay: 0,
  rounds: 3,
  line: () => ["ls"],
  check(stdout, { name }) {
    const listed = stdout.match(/bench-list-\d+/g)?.length ?? 0;
    if (listed !== functions)
      throw new Error(`${name} shows ${listed} functions, not ${functions}:\n${stdout.slice(0, 2000)}`);
  },
});

/** With S3 the original sleeps two seconds until it looks whether the function is there. */
const init = (name: string, image: string, events: boolean): Case => ({
  name,
  target: 2,
  delay: AWAY,
  rounds: 5,
  line(contender, round) {
    const id = `bench-${events ? "s3-" : ""}${contender.name}-${round + 1}`;
    const folder = contender.folder(id);
    const input = [{ storage_provider: "s3", path: `${id}/in` }];
    const output = [{ storage_provider: "s3", path: `${id}/out` }];
    const lambda = {
      name: id,
      init_script: "run.sh",
      container: { image },
      ...(events && { input, output }),
    };
    writeFileSync(join(folder, "run.sh"), "cat $INPUT_FILE_PATH\n");
    // JSON is YAML too.
    writeFileSync(join(folder, "function.yaml"), JSON.stringify({ functions: { aws: [{ lambda }] } }));
    return ["init", "-f", join(folder, "function.yaml")];
  },
  check(stdout) {
    if (!/Function .* (successfully|correctly) created/i.test(stdout))
      throw new Error(`no function was made:\n${stdout}`);
  },
});

const FILES = 200;
const FILE_BYTES = 64 * 1024;

const put: Case = {
  name: `put of ${FILES} x 64 KiB`,
  target: 15,
  delay: AWAY,
  heldByServer: true,
  rounds: 5,
  line(contender, round) {
    const folder = contender.folder("files");
    if (round < 0)
      for (let i = 0; i < FILES; i++) writeFileSync(join(folder, `file-${i}.bin`), randomBytes(FILE_BYTES));
    return ["put", "-b", `bench-put/${contender.name}-${round + 1}`, "-p", folder];
  },
  check(stdout) {
    const sent = stdout.match(/^Uploading file/gm)?.length;
    if (sent !== FILES) throw new Error(`${sent} files were sent, not ${FILES}`);
  },
};
