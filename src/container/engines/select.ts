import { ScarError } from "../../errors.ts";
import type { Engine, EngineMode } from "../engine.ts";
import { advice } from "./advice.ts";
import { BwrapEngine } from "./bwrap-engine.ts";
import { findFakechroot, noFakechroot } from "./fakechroot/find.ts";
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
  /**
   * Its `PATH` is searched for unshare, mount, bwrap and proot before the system's folders. udocker's variables name programs and
   * libraries: `UDOCKER_BIN`, `UDOCKER_LIB`, `UDOCKER_USE_PROOT_EXECUTABLE`, `UDOCKER_FAKECHROOT_SO`.
   */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** The unpacked image that the engine is for: which library F1 takes depends on it. Without it there is no F1. */
  readonly rootfs?: string;
  /** Folders of further libraries for F1: what is kept here of a layer's. */
  readonly libraries?: readonly string[];
  /** Whether `auto` means what AWS Lambda would run the image with: F1 wherever it can; default false: the fullest that works here. */
  readonly asOnLambda?: boolean;
}

/** What was tried, and why it does not work here. */
interface Failure {
  readonly what: string;
  readonly why: string;
}

export interface Selection {
  readonly engine: Engine;
  /** What was tried before it, in that order. */
  readonly failures: readonly Failure[];
}

type Candidate = (context: Required<Pick<SelectOptions, "env">> & SelectOptions) => Promise<Engine | Failure>;

const selected = new Map<string, Promise<Selection>>();

/** Variables that decide what is found. */
const DECIDING = ["PATH", "UDOCKER_BIN", "UDOCKER_LIB", "UDOCKER_USE_PROOT_EXECUTABLE", "UDOCKER_FAKECHROOT_SO"];

/**
 * The engine of that mode; `auto`: the first that works, `chroot` (for root), `R1`, `P1`, `F1`; as on Lambda `F1` is first. Each is tried
 * by really running a shell, once in a process; the answer is kept.
 *
 * Throws ScarError `NoContainerEngine`, which says what was tried, why it failed and what to do; `NoFakechrootLibrary` for mode `F1`;
 * `FakechrootLibraryNotFound`.
 */
export async function selectEngine(mode: EngineMode, options: SelectOptions = {}): Promise<Engine> {
  return (await selection(mode, options)).engine;
}

/** {@link selectEngine}, with what it passed over. */
export function selection(mode: EngineMode, options: SelectOptions = {}): Promise<Selection> {
  const euid = options.euid ?? process.geteuid?.() ?? -1;
  const { env = {}, rootfs, libraries, asOnLambda = false } = options;
  const wantsRoot = mode === "F1" || mode === "auto";
  const key = JSON.stringify([
    mode,
    euid,
    DECIDING.map((name) => env[name]),
    wantsRoot ? [rootfs, libraries, asOnLambda] : [],
  ]);
  const known = selected.get(key) ?? select(mode, { ...options, euid, env });
  selected.set(key, known);
  // A failure is not kept: what is missing may be installed while a server runs.
  known.catch(() => selected.delete(key));
  return known;
}

async function select(mode: EngineMode, options: Parameters<Candidate>[0]): Promise<Selection> {
  const failures: Failure[] = [];
  for (const candidate of candidates(mode, options)) {
    const result = await candidate(options);
    if (!("why" in result)) return { engine: result, failures };
    failures.push(result);
  }
  if (mode === "F1") throw noFakechroot(failures[0]!.why);
  const tried = failures.map(({ what, why }) => `  ${what}: ${why}`).join("\n");
  throw new ScarError("NoContainerEngine", `no engine to run a container with (mode ${mode}); tried:\n${tried}`, {
    hint: options.asOnLambda ? ON_LAMBDA : advice(),
  });
}

/** Everything but F1 is refused there. */
const ON_LAMBDA = "deploy the image with '-rt image' (runtime: image), or take a base image whose C library F1 serves";

function candidates(mode: EngineMode, { euid, asOnLambda }: SelectOptions): Candidate[] {
  const isRoot = euid === 0;
  const chroot: Candidate = isRoot
    ? ({ env }) => byNamespaces("chroot", env["PATH"])
    : async () => ({ what: "chroot", why: "needs root" });
  const userNamespaces: Candidate[] = [({ env }) => byNamespaces("R1", env["PATH"]), ({ env }) => byBwrap(env["PATH"])];
  const others = [...(isRoot ? [chroot] : []), ...userNamespaces, byProot];
  switch (mode) {
    case "chroot":
      return [chroot];
    case "R1":
      return userNamespaces;
    case "P1":
      return [byProot];
    case "F1":
      return [byFakechroot];
    default:
      return asOnLambda ? [byFakechroot, ...others] : [...others, byFakechroot];
  }
}

async function byFakechroot({ rootfs, env, libraries }: Parameters<Candidate>[0]): Promise<Engine | Failure> {
  const what = "F1 by fakechroot";
  if (rootfs === undefined) return { what, why: "there is no image yet" };
  const found = await findFakechroot(rootfs, env, libraries);
  return typeof found === "string" ? { what, why: found } : found;
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

async function byProot({ env }: Parameters<Candidate>[0]): Promise<Engine | Failure> {
  const what = "P1 by proot";
  const words = await findProot(env);
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
