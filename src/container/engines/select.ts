import { readFileSync } from "node:fs";
import { notSupportedYet, ScarError } from "../../errors.ts";
import type { Engine, EngineMode } from "../engine.ts";
import { BwrapEngine } from "./bwrap-engine.ts";
import { findProgram } from "./host-programs.ts";
import { SURROUNDINGS, type Surroundings } from "./mounts.ts";
import { NamespaceEngine } from "./namespace-engine.ts";
import { probe } from "./probe.ts";
import { ProotEngine } from "./proot-engine.ts";
import { findProot } from "./proot-program.ts";
import { runOnce } from "./run-once.ts";

export interface SelectOptions {
  /** Effective user id; default: this process's. */
  readonly euid?: number;
  /** Its `PATH` is searched for unshare, mount, bwrap and proot before the system's folders. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** What was tried, and why it does not work here. */
interface Failure {
  readonly what: string;
  readonly why: string;
}

type Candidate = (path: string | undefined) => Promise<Engine | Failure>;

const selected = new Map<string, Promise<Engine>>();

/**
 * The engine of that mode; `auto`: the first that works, `chroot` (for root), `R1`, `P1`. Each is tried by really running a shell,
 * once in a process; the answer is kept.
 *
 * Throws ScarError `NoContainerEngine`, which says what was tried, why it failed and what to do, and `NotSupportedYet` for
 * `F1`.
 */
export function selectEngine(mode: EngineMode, options: SelectOptions = {}): Promise<Engine> {
  const euid = options.euid ?? process.geteuid?.() ?? -1;
  const path = options.env?.["PATH"];
  const key = JSON.stringify([mode, euid, path]);
  const known = selected.get(key) ?? select(mode, euid, path);
  selected.set(key, known);
  // A failure is not kept: what is missing may be installed while a server runs.
  known.catch(() => selected.delete(key));
  return known;
}

async function select(mode: EngineMode, euid: number, path: string | undefined): Promise<Engine> {
  const failures: Failure[] = [];
  for (const candidate of candidates(mode, euid)) {
    const result = await candidate(path);
    if (!("why" in result)) return result;
    failures.push(result);
  }
  const tried = failures.map(({ what, why }) => `  ${what}: ${why}`).join("\n");
  throw new ScarError("NoContainerEngine", `no engine to run a container with (mode ${mode}); tried:\n${tried}`, {
    hint: advice(),
  });
}

function candidates(mode: EngineMode, euid: number): Candidate[] {
  const isRoot = euid === 0;
  const chroot: Candidate = isRoot
    ? (path) => byNamespaces("chroot", path)
    : async () => ({ what: "chroot", why: "needs root" });
  const userNamespaces: Candidate[] = [(path) => byNamespaces("R1", path), byBwrap];
  switch (mode) {
    case "chroot":
      return [chroot];
    case "R1":
      return userNamespaces;
    case "P1":
      return [byProot];
    case "auto":
      return [...(isRoot ? [chroot] : []), ...userNamespaces, byProot];
    default:
      throw notSupportedYet(`execution mode ${mode}`);
  }
}

async function byNamespaces(name: "R1" | "chroot", path: string | undefined): Promise<Engine | Failure> {
  const what = `${name} by unshare`;
  const [unshare, mount, sh, bash] = await Promise.all(
    ["unshare", "mount", "sh", "bash"].map((p) => findProgram(p, path)),
  );
  if (unshare === undefined || mount === undefined || sh === undefined) {
    return {
      what,
      why: `there is no '${unshare === undefined ? "unshare" : mount === undefined ? "mount" : "sh"}' program`,
    };
  }
  const programs = { unshare, mount, sh, bash };
  return firstWorking(what, (surroundings) => new NamespaceEngine({ name, programs, surroundings }));
}

async function byBwrap(path: string | undefined): Promise<Engine | Failure> {
  const what = "R1 by bwrap";
  const bwrap = await findProgram("bwrap", path);
  if (bwrap === undefined) return { what, why: "there is no 'bwrap' program" };
  const { status } = await runOnce({ file: bwrap, args: ["--overlay-src", "/", "--version"], env: {} });
  return firstWorking(what, (surroundings) => new BwrapEngine({ bwrap, overlays: status === 0, surroundings }));
}

async function byProot(path: string | undefined): Promise<Engine | Failure> {
  const what = "P1 by proot";
  const words = await findProot(path);
  if (typeof words === "string") return { what, why: words };
  const engine = new ProotEngine(words);
  const why = await probe(engine);
  return why === undefined ? engine : { what, why };
}

/** The engine with the most that the kernel lets it mount here; the failure is that of the fullest. */
async function firstWorking(what: string, make: (around: Surroundings) => Engine): Promise<Engine | Failure> {
  let first: string | undefined;
  for (const surroundings of SURROUNDINGS) {
    const engine = make(surroundings);
    const why = await probe(engine);
    if (why === undefined) return engine;
    first ??= why;
  }
  return { what, why: first! };
}

function advice(): string {
  if (process.platform !== "linux") return "containers run on Linux only";
  if (sysctl("kernel/apparmor_restrict_unprivileged_userns") === "1") {
    return "AppArmor refuses user namespaces to ordinary programs (Ubuntu 23.10 and later): install bubblewrap, or run 'sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0'";
  }
  if (sysctl("kernel/unprivileged_userns_clone") === "0") return "run 'sudo sysctl kernel.unprivileged_userns_clone=1'";
  if (sysctl("user/max_user_namespaces") === "0") return "run 'sudo sysctl user.max_user_namespaces=15000'";
  return "install util-linux (unshare, mount), bubblewrap or proot; inside another container, allow it user namespaces (Docker: --security-opt seccomp=unconfined)";
}

function sysctl(name: string): string | undefined {
  try {
    return readFileSync(`/proc/sys/${name}`, "utf8").trim();
  } catch {
    return undefined;
  }
}
