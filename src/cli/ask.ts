import { createInterface } from "node:readline";
import type { World } from "./world.ts";

/** Lines that came together with the answer to an earlier question: text that was pasted. */
const early = new WeakMap<object, string[]>();

/** Asks on the terminal, on stderr, and gives the line that is answered; undefined at the end of the input. Throws the signal's reason. */
export async function ask({ stdin, stderr, signal }: World, question: string): Promise<string | undefined> {
  stderr.write(question);
  signal.throwIfAborted();
  const lines = early.get(stdin) ?? [];
  early.set(stdin, lines);
  // An input that has ended says so once: to wait for its end again would be for ever.
  if (lines.length === 0 && !stdin.readableEnded && !stdin.destroyed) await readLines(stdin, lines, signal);
  signal.throwIfAborted();
  return lines.shift();
}

/** Waits for a line, and takes all that came with it. */
function readLines(stdin: World["stdin"], lines: string[], signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const terminal = createInterface({ input: stdin, signal });
    terminal.on("line", (line) => {
      if (lines.push(line) === 1) setImmediate(() => terminal.close());
    });
    terminal.once("close", resolve);
  });
}
