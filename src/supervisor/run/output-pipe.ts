import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { closeSync, constants, openSync, rmSync } from "node:fs";
import { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

/** Both ends of the pipe for one command; the caller closes `writeFd` once the child has it. */
export interface PipeEnds {
  readonly reader: Socket;
  readonly writeFd: number;
}

/**
 * One real pipe for both of a command's output streams, kept for the environment's life. Node gives its children sockets, one for each
 * stream: the order between the two is lost, and a script's `echo … > /dev/stderr` fails because a socket cannot be opened by name.
 */
export class OutputPipe {
  #held: number;
  #inUse = false;

  private constructor(held: number) {
    this.#held = held;
  }

  /** Costs a process, once. Throws where there is no mkfifo. */
  static async create(): Promise<OutputPipe> {
    return new OutputPipe(await heldFifo());
  }

  /** Undefined while another command has it. */
  open(): PipeEnds | undefined {
    if (this.#inUse) return undefined;
    this.#inUse = true;
    const name = `/proc/self/fd/${this.#held}`;
    // The writer first: a reader that finds none takes the stream for ended.
    const writeFd = openSync(name, constants.O_WRONLY);
    const readFd = openSync(name, constants.O_RDONLY | constants.O_NONBLOCK);
    return { reader: new Socket({ fd: readFd, readable: true, writable: false }), writeFd };
  }

  /** `drained`: the stream ended. If not, a writer that could not be killed holds the pipe: the next command gets another. */
  async release(drained: boolean): Promise<void> {
    if (!drained) {
      closeSync(this.#held);
      this.#held = await heldFifo();
    }
    this.#inUse = false;
  }

  close(): void {
    closeSync(this.#held);
  }
}

/**
 * A FIFO that has no name any more; its ends are opened through /proc. Held for reading only: with no writer of our own, the end of
 * the last writer ends the stream.
 */
async function heldFifo(): Promise<number> {
  const path = join(tmpdir(), `.scar-output-${randomUUID()}`);
  await promisify(execFile)("mkfifo", ["-m", "600", path]);
  try {
    return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } finally {
    rmSync(path);
  }
}
