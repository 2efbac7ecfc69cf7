import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import { afterAll } from "vitest";
import { run } from "../../src/cli/run.ts";

export interface RunOptions {
  /** Added to an environment that has only PATH, HOME (a folder of the test) and LANG: no AWS variable of the developer's. */
  readonly env?: Readonly<Record<string, string>>;
  /** Default: a new empty folder. */
  readonly cwd?: string;
  /** Default: empty, not a terminal. */
  readonly stdin?: string | Buffer;
  /** Whether the three streams say that they are a terminal; default false. */
  readonly tty?: boolean;
  readonly signal?: AbortSignal;
  /** Folder of the built bundles; default `dist/`. */
  readonly distDir?: string;
}

export interface RunResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const root = mkdtempSync(join(tmpdir(), "scar-test-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

let folders = 0;

/** A new empty folder, removed after the test file. */
export function temporaryFolder(): string {
  const folder = join(root, String(++folders));
  mkdirSync(folder);
  return folder;
}

/** One HOME for each working directory, so that the commands of one test see each other's `~/.scar`. */
const homes = new Map<string, string>();

function homeOf(cwd: string): string {
  const known = homes.get(cwd) ?? temporaryFolder();
  homes.set(cwd, known);
  return known;
}

class Sink extends Writable {
  readonly isTTY: boolean;
  readonly columns = 100;
  readonly #chunks: Buffer[] = [];

  constructor(isTTY: boolean) {
    super({ decodeStrings: true });
    this.isTTY = isTTY;
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#chunks.push(chunk);
    done();
  }

  get text(): string {
    return Buffer.concat(this.#chunks).toString("utf8");
  }
}

/** Runs one whole command line in this process, with streams in memory. */
export async function runScar(argv: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const cwd = options.cwd ?? temporaryFolder();
  const tty = options.tty ?? false;
  const stdout = new Sink(tty);
  const stderr = new Sink(tty);
  const stdin = Object.assign(Readable.from(options.stdin === undefined ? [] : [Buffer.from(options.stdin)]), {
    isTTY: tty,
  });
  const code = await run(argv, {
    env: { PATH: process.env["PATH"], LANG: "C.UTF-8", HOME: homeOf(cwd), ...options.env },
    cwd,
    stdin,
    stdout,
    stderr,
    distDir: options.distDir ?? fileURLToPath(new URL("../../dist", import.meta.url)),
    signal: options.signal ?? new AbortController().signal,
  });
  return { code, stdout: stdout.text, stderr: stderr.text };
}
