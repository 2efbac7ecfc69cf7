/** How PRoot is started so that it serves today's programs. */
import { mkdtempSync, writeFileSync } from "node:fs";
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

/**
 * The words that start a working PRoot: its program, or that after a filter; text: why there is none.
 * @param path `PATH` to search before the system's folders
 */
export async function findProot(path: string | undefined): Promise<readonly string[] | string> {
  const proot = await findProgram("proot", path);
  if (proot === undefined) return "there is no 'proot' program";
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
