/**
 * A user of scar with a home of their own: the built command (of dist/, or of SCAR_TEST_DIST), run as a process, against a local AWS that
 * ends with the test.
 */
import {
  chownSync,
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { program, ROOT } from "./system-needs.ts";
import { describeRun, end, type Finished, isAlive, type OrdinaryUser, type RunOptions, run } from "./system-process.ts";
import { megabytes } from "./system-procfs.ts";

export interface ScarUserOptions {
  /** Default: whoever runs the tests. */
  readonly user?: OrdinaryUser | undefined;
  /** Variables beside those that every user has. */
  readonly env?: Readonly<Record<string, string>>;
}

export class ScarUser {
  /** Holds all that the test makes; removed by {@link close}. */
  readonly folder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly user: OrdinaryUser | undefined;
  readonly #node: string;
  readonly #scar: string;

  constructor(options: ScarUserOptions = {}) {
    this.folder = mkdtempSync(join(tmpdir(), "scar-system-"));
    this.user = options.user;
    this.env = {
      PATH: process.env["PATH"],
      LANG: "C.UTF-8",
      HOME: this.path("home"),
      TMPDIR: this.path("tmp"),
      SCAR_LOCAL_DIR: this.path("local"),
      ...options.env,
    };
    if (this.user) chownSync(this.folder, this.user.uid, this.user.gid);
    this.mkdir("home");
    this.mkdir("tmp");
    this.#node = this.#reachable(process.execPath, () => this.#copyNode());
    const main = join(process.env["SCAR_TEST_DIST"] ?? `${ROOT}dist`, "main.js");
    this.#scar = this.#reachable(main, () => this.#copyPackage(dirname(main)));
  }

  /** Root's home may hold Node (version managers) and this tree: an ordinary user then gets a copy. */
  #reachable(path: string, copy: () => string): string {
    return this.user === undefined || isOpenToAll(path) ? path : copy();
  }

  #copyNode(): string {
    const copy = join(this.mkdir("node"), "node");
    copyFileSync(process.execPath, copy);
    return copy;
  }

  #copyPackage(dist: string): string {
    const folder = this.mkdir("package");
    cpSync(dist, join(folder, "dist"), { recursive: true });
    copyFileSync(join(ROOT, "package.json"), join(folder, "package.json"));
    return join(folder, "dist", "main.js");
  }

  path(...parts: readonly string[]): string {
    return join(this.folder, ...parts);
  }

  mkdir(...parts: readonly string[]): string {
    const path = this.path(...parts);
    mkdirSync(path, { recursive: true });
    if (this.user) chownSync(path, this.user.uid, this.user.gid);
    return path;
  }

  write(name: string, text: string): string {
    const path = this.path(name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    return path;
  }

  /** The words of `scar ARGS`, for a program that starts others. */
  words(args: readonly string[]): string[] {
    return [this.#node, this.#scar, ...args];
  }

  /** `scar ARGS`, whatever its status. */
  scar(args: readonly string[], options: RunOptions = {}): Promise<Finished> {
    return this.run(this.#node, [this.#scar, ...args], options);
  }

  /** `scar --local ARGS` that has to succeed; answers its stdout. */
  async local(args: readonly string[], options: RunOptions = {}): Promise<string> {
    const result = await this.scar(["--local", ...args], options);
    if (result.status !== 0) throw new Error(describeRun("scar --local", args, result));
    return result.stdout;
  }

  /** `scar --local ARGS` that has to succeed; answers its peak resident memory, in MB (10^6 bytes). */
  async localPeak(args: readonly string[]): Promise<number> {
    const report = this.path("peak-memory");
    const measured = ["-f", "%M", "-o", report, this.#node, this.#scar, "--local", ...args];
    const result = await this.run(program("time"), measured, { timeout: 240 });
    if (result.status !== 0) throw new Error(describeRun("scar --local", args, result));
    return megabytes(Number(readFileSync(report, "utf8").trim()));
  }

  /** Any program, in this user's folder and environment. */
  run(file: string, args: readonly string[], options: RunOptions = {}): Promise<Finished> {
    return run(file, args, { cwd: this.folder, env: this.env, user: this.user, ...options });
  }

  /** Keys below `bucket/prefix`. */
  async keys(place: string): Promise<string[]> {
    return (await this.local(["ls", "-b", place])).split("\n").filter((line) => line !== "");
  }

  /** Process of the local AWS; undefined when none runs. */
  serverPid(): number | undefined {
    try {
      const { pid } = JSON.parse(readFileSync(this.path("local", "server.json"), "utf8")) as { pid: number };
      return isAlive(pid) ? pid : undefined;
    } catch {
      return undefined;
    }
  }

  /** Ends the local AWS and removes the folder. */
  async close(): Promise<void> {
    const pid = this.serverPid();
    if (pid !== undefined) {
      await this.scar(["local", "stop"], { timeout: 30 }).catch(() => undefined);
      if (isAlive(pid)) await end(pid);
    }
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Whether every user may read this file: it and all folders above it are open. */
function isOpenToAll(file: string): boolean {
  if ((statSync(file).mode & 0o004) === 0) return false;
  for (let path = dirname(file); path !== "/"; path = dirname(path)) {
    if ((statSync(path).mode & 0o001) === 0) return false;
  }
  return true;
}
