import { randomUUID } from "node:crypto";
import { closeSync, ftruncateSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { makeFolder } from "../../../make-folder.ts";
import type { AnswerCheck } from "./answer-check.ts";

/** Names of this process's own: no other writes there. */
const RUN = randomUUID();
let files = 0;

/**
 * A file on its way: written beside its target, where it is moved when it is whole. It is written without another thread: the system only
 * takes a copy, which is done sooner than a thread is woken up.
 */
export class PartialFile {
  readonly #target: string;
  readonly #path: string;
  #file: number | undefined;
  #isThere = false;
  #check: AnswerCheck | undefined;
  #received = 0;

  constructor(target: string) {
    this.#target = target;
    this.#path = join(dirname(target), `.${basename(target).slice(0, 100)}.${RUN}-${++files}.part`);
  }

  /** Bytes that there are. */
  get received(): number {
    return this.#received;
  }

  /** What there was of it is forgotten. Makes the folder. */
  begin(check?: AnswerCheck): void {
    if (this.#file === undefined) {
      this.#file = this.#open();
      this.#isThere = true;
    } else {
      ftruncateSync(this.#file, 0);
    }
    this.#check = check;
    this.#received = 0;
  }

  write(bytes: Uint8Array): void {
    this.#check?.update(bytes);
    for (let done = 0; done < bytes.length; ) {
      done += writeSync(this.#file!, bytes, done, bytes.length - done, this.#received + done);
    }
    this.#received += bytes.length;
  }

  /** Whether the bytes are those that were uploaded, as far as that is known. */
  get agrees(): boolean {
    return this.#check?.agrees() ?? true;
  }

  /** The target is this file from now on. */
  finish(): void {
    this.#close();
    renameSync(this.#path, this.#target);
    this.#isThere = false;
  }

  /** Leaves nothing; the target is as it was. */
  discard(): void {
    this.#close();
    if (this.#isThere) rmSync(this.#path, { force: true });
  }

  #close(): void {
    const file = this.#file;
    this.#file = undefined;
    if (file !== undefined) closeSync(file);
  }

  #open(): number {
    try {
      return openSync(this.#path, "wx");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
      makeFolder(dirname(this.#path));
      return openSync(this.#path, "wx");
    }
  }
}
