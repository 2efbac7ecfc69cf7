import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { closeSync, constants, openSync, rmSync } from "node:fs";
import { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

/**
 * One real pipe for both of a command's output streams. Node gives its children sockets, one for each stream: the order between the two is
 * lost, and a script's `echo … > /dev/stderr` fails because a socket cannot be opened by name.
 */
export interface OutputPipe {
  /** Both ends for one command; the caller closes `writeFd` once the child has it. */
  open(): { reader: Socket; writeFd: number };
  close(): void;
}

/** Makes a FIFO that has no name any more; its ends are opened through /proc. Costs a process: done while the image is unpacked. */
export async function createOutputPipe(): Promise<OutputPipe> {
  const path = join(tmpdir(), `.scar-output-${randomUUID()}`);
  await promisify(execFile)("mkfifo", ["-m", "600", path]);
  // Held for reading only: with no writer of our own, the end of the last writer ends the stream.
  const held = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  rmSync(path);
  const name = `/proc/self/fd/${held}`;
  return {
    open() {
      const writeFd = openSync(name, constants.O_WRONLY);
      const readFd = openSync(name, constants.O_RDONLY | constants.O_NONBLOCK);
      return { reader: new Socket({ fd: readFd, readable: true, writable: false }), writeFd };
    },
    close: () => closeSync(held),
  };
}
