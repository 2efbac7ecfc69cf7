/** A user of scar with a home of their own: the built command, run as a process, against a local AWS that ends with the test. */
import { chownSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { megabytes } from "./system-memory.ts";
import { program, ROOT } from "./system-needs.ts";
import { describeRun, end, type Finished, isAlive, type OrdinaryUser, type RunOptions, run } from "./system-process.ts";

export interface ScarUserOptions {
  /** The `scar` to run; default: dist/main.js of this tree (or of SCAR_TEST_DIST). */
  readonly scar?: string;
  /** Default: whoever runs the tests. */
  readonly user?: OrdinaryUser | undefined;
}

export class ScarUser {
  /** Holds all that the test makes; removed by {@link close}. */
  readonly folder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly user: OrdinaryUser | undefined;
  readonly #scar: string;

  constructor(options: ScarUserOptions = {}) {
    this.folder = mkdtempSync(join(tmpdir(), "scar-system-"));
    this.user = options.user;
    this.#scar = options.scar ?? join(process.env["SCAR_TEST_DIST"] ?? `${ROOT}dist`, "main.js");
    this.env = {
      PATH: process.env["PATH"],
      LANG: "C.UTF-8",
      HOME: this.path("home"),
      TMPDIR: this.path("tmp"),
      SCAR_LOCAL_DIR: this.path("local"),
    };
    if (this.user) chownSync(this.folder, this.user.uid, this.user.gid);
    this.mkdir("home");
    this.mkdir("tmp");
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

  /** `scar ARGS`, whatever its status. */
  scar(args: readonly string[], options: RunOptions = {}): Promise<Finished> {
    return this.run(process.execPath, [this.#scar, ...args], options);
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
    const measured = ["-f", "%M", "-o", report, process.execPath, this.#scar, "--local", ...args];
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
