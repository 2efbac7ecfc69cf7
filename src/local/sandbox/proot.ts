/**
 * The sandbox made with PRoot, where namespaces are refused: paths are translated, nothing else is kept apart. The function runs as
 * the server's user, sees this machine's processes, and writes to what that user may write to.
 */
import { existsSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { findProot } from "../../container/engines/proot-program.ts";
import { spawnGuarded } from "./guard.ts";
import { DEVICES, hostLayout } from "./layout.ts";
import { memoryUse, signal, tracees } from "./processes.ts";
import type { Sandbox, SandboxSpec } from "./sandbox.ts";
import { BECOME_PROGRAM_WHEN_TOLD } from "./shell.ts";

/** What PRoot gets to end its processes, in ms. */
const QUIT_MS = 200;

/** A shell above the program makes its signal a status; PRoot says 255 for all. */
const REPORTING = ["/bin/sh", "-c", 'unset PROOT_TMP_DIR; "$@"; exit $?', "init"];

/** Text: why there is none. @param path `PATH` to search before the system's folders */
export async function prootSandbox(serverUid: number, path: string | undefined): Promise<Sandbox | string> {
  const proot = await findProot({ PATH: path });
  if (typeof proot === "string") return proot;
  const host = hostLayout();
  const machine = [
    ...[...host.folders, ...Object.keys(host.links), ...host.files].map((shown) => [shown, shown]),
    ...host.masked.map((masked) => ["/dev/null", masked]),
    ...["/proc", "/dev/pts", ...DEVICES.map((name) => `/dev/${name}`)].map((shown) => [shown, shown]),
  ] as [string, string][];

  const binds = (spec: SandboxSpec): string[] => {
    const own = [
      [spec.task, "/var/task"],
      ...(spec.opt === undefined ? [] : [[spec.opt, "/opt"]]),
      ...Object.entries(spec.files).map(([target, source]) => [source, target]),
      ...("folder" in spec.tmp ? [[spec.tmp.folder, "/tmp"]] : []),
    ] as [string, string][];
    return [...machine, ...own].flatMap(([source, target]) => {
      if (source.includes(":")) throw new Error(`PRoot cannot bind a path with a colon: ${source}`);
      // What is missing here is missing inside; of what was asked for, PRoot would say nothing.
      if (!existsSync(source) && own.some(([path]) => path === source)) throw new Error(`there is no ${source}`);
      return existsSync(source) ? ["-b", `${source}:${target}`] : [];
    });
  };

  return {
    kind: "proot",
    uid: serverUid,
    hostUid: serverUid,
    description: "PRoot",
    tmpInMemory: false,
    notLimited:
      "the size of /tmp is not limited; functions run as the server's user, can write where that user can, and see this machine's processes",
    launch(spec) {
      mkdirSync(join(spec.root, "dev/shm"), { recursive: true });
      const words = [...proot, "-v", "-1", "-r", spec.root, ...binds(spec), "-w", "/"];
      // It ends what it traces on SIGQUIT; after SIGKILL that would run on, outside.
      const child = spawnGuarded(
        [...words, ...REPORTING, "/bin/sh", "-c", BECOME_PROGRAM_WHEN_TOLD, "sh", ...spec.argv],
        spec.env,
        {
          deathSignal: "QUIT",
          asks: true,
          // What it leaves there when it is killed goes with the environment.
          env: { PROOT_TMP_DIR: dirname(spec.root) },
        },
      );
      return {
        child,
        kill: () => void (child.pid && endProot(child.pid)),
        memory: (exactAbove) => (child.pid ? memoryUse(child.pid, exactAbove) : undefined),
      };
    },
  };
}

/** Ends PRoot and all that it traces. Returns at once. */
export function endProot(pid: number): void {
  const traced = tracees(pid);
  if (!signal(pid, "SIGQUIT")) return;
  for (const member of traced) signal(member, "SIGKILL");
  // A PRoot inside may have held one back.
  setTimeout(() => {
    const left = tracees(pid);
    signal(pid, "SIGKILL");
    for (const member of left) signal(member, "SIGKILL");
  }, QUIT_MS);
}
