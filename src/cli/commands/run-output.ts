import { randomUUID } from "node:crypto";
import { realpath, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { EXIT, messageOf, ScarError } from "../../errors.ts";
import type { Reporter } from "../command.ts";

/**
 * One file cannot hold the outputs of many calls: throws ScarError `OutputOfManyRuns` unless `-o` is missing.
 * @param option the value of `-o`
 * @param why there are many
 */
export function refuseOutputFile(option: unknown, why: string, hint: string): void {
  if (option === undefined) return;
  throw new ScarError("OutputOfManyRuns", `-o: ${why}`, { hint, exitCode: EXIT.usage });
}

/** The file of `-o`: its folder is looked for before the function runs, as its output would be lost. */
export class OutputFile {
  readonly #name: string;
  readonly #path: string;

  private constructor(name: string, path: string) {
    this.#name = name;
    this.#path = path;
  }

  /** Undefined without `-o`. Throws `CannotWrite`. */
  static async prepare(option: unknown, cwd: string): Promise<OutputFile | undefined> {
    if (typeof option !== "string") return undefined;
    const path = resolve(cwd, option);
    const folder = await stat(dirname(path)).catch(() => undefined);
    if (!folder?.isDirectory())
      throw new ScarError("CannotWrite", `there is no folder for the output file '${option}'`);
    return new OutputFile(option, path);
  }

  async write(output: Buffer, { notice }: Reporter): Promise<void> {
    try {
      await writeWhole(this.#path, output);
    } catch (cause) {
      throw new ScarError("CannotWrite", `cannot write the output file '${this.#name}': ${messageOf(cause)}`, {
        cause,
      });
    }
    notice(`Output saved in file '${this.#name}'`);
  }
}

/** A cut command leaves the file as it was, or whole. What is no file (a terminal, a pipe) is written to; a link leads to its file. */
async function writeWhole(path: string, content: Buffer): Promise<void> {
  const before = await stat(path).catch(() => undefined);
  if (before !== undefined && !before.isFile()) return writeFile(path, content);
  const target = before === undefined ? path : await realpath(path);
  const beside = join(dirname(target), `.scar-${randomUUID()}`);
  try {
    await writeFile(beside, content, { flag: "wx", ...(before === undefined ? {} : { mode: before.mode }) });
    await rename(beside, target);
  } finally {
    await rm(beside, { force: true });
  }
}
