/** How PRoot is started so that it serves today's programs. */
import { existsSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { removeTree } from "../remove-tree.ts";
import { findProgram } from "./host-programs.ts";
import { runOnce } from "./run-once.ts";

/**
 * System calls that take paths, or share what PRoot tracks, and that PRoot 5.1 (Debian 12, Ubuntu 24.04) hands to the kernel as
 * they are: the program would see the machine's files. Where they are missing, C libraries and Node.js use the older ones.
 * Numbers: the kernel's unistd.h and audit.h.
 */
const UNKNOWN: Partial<Record<NodeJS.Architecture, { readonly arch: number; readonly calls: readonly number[] }>> = {
  // renameat2, execveat, statx, clone3, openat2, faccessat2, fchmodat2
  x64: { arch: 0xc000003e, calls: [316, 322, 332, 435, 437, 439, 452] },
  arm64: { arch: 0xc00000b7, calls: [276, 281, 291, 435, 437, 439, 452] },
};

/** `prctl` and `seccomp`. */
const CALLS: Partial<Record<NodeJS.Architecture, readonly [number, number]>> = { x64: [157, 317], arm64: [167, 277] };

/**
 * Makes those calls fail with ENOSYS for what it becomes, by a seccomp filter (seccomp(2)). Perl is in every Debian and Ubuntu, and
 * can make any system call. Arguments: prctl's and seccomp's numbers, the architecture, the calls with commas, the program.
 */
const FILTER = `
my ($prctl, $seccomp, $arch, $calls, @program) = @ARGV;
my @calls = split /,/, $calls;
my $left = @calls + 1;
my @filter = ([0x20, 0, 0, 4], [0x15, 0, $left, $arch], [0x20, 0, 0, 0]);
push @filter, [0x15, --$left, 0, $_] for @calls;
push @filter, [0x06, 0, 0, 0x7fff0000], [0x06, 0, 0, 0x00050026];
my $code = join "", map { pack "SCCL", @$_ } @filter;
syscall($prctl + 0, 38, 1, 0, 0, 0) == 0 or die "no_new_privs: $!\\n";
my $filter = pack "Sx![P]P", scalar @filter, $code;
syscall($seccomp + 0, 1, 0, $filter) == 0 or die "seccomp: $!\\n";
exec { $program[0] } @program or die "$program[0]: $!\\n";
`;

/** Variables that say where PRoot is: udocker's, and `PATH`, which is searched before the system's folders. */
export interface ProotPlaces {
  readonly PATH?: string | undefined;
  /** A path, or `proot` for the one of `PATH`. */
  readonly UDOCKER_USE_PROOT_EXECUTABLE?: string | undefined;
  /** Folder of udocker's builds, `proot-x86_64-4_8_0` and the like. */
  readonly UDOCKER_BIN?: string | undefined;
}

/** udocker's names for its builds, newest kernels first. */
const UDOCKER_NAMES: Partial<Record<NodeJS.Architecture, readonly string[]>> = {
  x64: ["proot-x86_64-4_8_0", "proot-x86_64", "proot"],
  arm64: ["proot-arm64-4_8_0", "proot-arm64", "proot"],
};

/** The words that start a working PRoot: its program, or that after a filter; text: why there is none. */
export async function findProot(places: ProotPlaces): Promise<readonly string[] | string> {
  const path = places.PATH;
  const programs = await prootPrograms(places);
  let why = "there is no 'proot' program";
  for (const proot of programs) {
    const words = await working(proot, path);
    if (typeof words !== "string") return words;
    why = words;
  }
  return why;
}

/** What the user names, alone; else udocker's builds, then the machine's own. */
async function prootPrograms(places: ProotPlaces): Promise<string[]> {
  const named = places.UDOCKER_USE_PROOT_EXECUTABLE;
  if (named?.startsWith("/")) return [named];
  const names = (places.UDOCKER_BIN && UDOCKER_NAMES[process.arch as NodeJS.Architecture]) || [];
  const builds = names.map((name) => join(places.UDOCKER_BIN!, name)).filter((file) => existsSync(file));
  const own = await findProgram("proot", places.PATH);
  return [...(named ? [] : builds), ...(own === undefined ? [] : [own])];
}

async function working(proot: string, path: string | undefined): Promise<readonly string[] | string> {
  const direct = await trial([proot]);
  if (direct === undefined) return [proot];
  const [calls, unknown] = [CALLS[process.arch], UNKNOWN[process.arch]];
  const perl = await findProgram("perl", path);
  if (perl === undefined || calls === undefined || unknown === undefined) return direct;
  const words = [perl, "-e", FILTER, ...calls.map(String), String(unknown.arch), unknown.calls.join(","), proot];
  return (await trial(words)) ?? words;
}

/** Whether a program finds a file where PRoot shows it, by the newest call for that; undefined: it does. */
async function trial(words: readonly string[]): Promise<string | undefined> {
  const folder = mkdtempSync(join(tmpdir(), "scar-proot-"));
  try {
    writeFileSync(join(folder, "scar-trial"), "");
    const look = [process.execPath, "-e", 'require("node:fs").statSync("/tmp/scar-trial")'];
    const args = [...words.slice(1), "-r", "/", "-b", `${folder}:/tmp`, "-w", "/", ...look];
    const { status, message } = await runOnce({ file: words[0]!, args, env: { PROOT_TMP_DIR: folder } });
    if (status === 0) return undefined;
    return /^Error: .*/m.exec(message)?.[0] ?? (message.split("\n")[0] || `ended with status ${status}`);
  } finally {
    await removeTree(folder);
  }
}
