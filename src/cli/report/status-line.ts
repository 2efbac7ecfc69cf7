import type { World } from "../world.ts";

/** Back to the first column, and everything up to the end of the line away. */
const ERASE = "\r\u001b[K";

/** The terminal's last line, replaced again and again while something is under way. Nothing where stderr is no terminal, or one that cannot erase. */
export class StatusLine {
  readonly #stderr: World["stderr"];
  readonly #canErase: boolean;
  #text = "";

  constructor({ stderr, env }: Pick<World, "stderr" | "env">) {
    this.#stderr = stderr;
    this.#canErase = stderr.isTTY === true && env["TERM"] !== "dumb";
  }

  /** Undefined removes it. */
  show(text: string | undefined): void {
    if (!this.#canErase) return;
    // A longer one would wrap, and the part above could not be erased.
    const shown = (text ?? "").slice(0, Math.max(0, (this.#stderr.columns ?? 80) - 1));
    if (shown === this.#text) return;
    this.#text = shown;
    this.#stderr.write(ERASE + shown);
  }

  /** Writes something else, above it. */
  above(write: () => void): void {
    if (this.#text !== "") this.#stderr.write(ERASE);
    write();
    if (this.#text !== "") this.#stderr.write(this.#text);
  }
}
