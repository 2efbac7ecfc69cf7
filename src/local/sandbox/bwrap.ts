/** The sandbox made with bubblewrap: where `unshare` is refused and `bwrap` is allowed (its own AppArmor profile, or setuid). */
import { spawnGuarded } from "./guard.ts";
import { hostLayout } from "./layout.ts";
import { killGroup, memoryUse } from "./processes.ts";
import { LAMBDA_UID, type Sandbox } from "./sandbox.ts";
import { BECOME_PROGRAM_WHEN_TOLD } from "./shell.ts";

export function bwrapSandbox(serverUid: number): Sandbox {
  const host = hostLayout();
  return {
    kind: "bwrap",
    uid: LAMBDA_UID,
    hostUid: serverUid,
    description: "bubblewrap",
    tmpInMemory: true,
    launch(spec) {
      const ids = ["--unshare-user", "--uid", `${LAMBDA_UID}`, "--gid", `${LAMBDA_UID}`];
      const args = [...ids, "--unshare-pid", "--unshare-ipc", "--unshare-uts", "--die-with-parent"];
      for (const path of host.folders) args.push("--ro-bind", path, path);
      for (const [path, target] of Object.entries(host.links)) args.push("--symlink", target, path);
      for (const path of host.files) args.push("--ro-bind", path, path);
      for (const path of host.masked) args.push("--ro-bind", "/dev/null", path);
      args.push("--proc", "/proc", "--dev", "/dev");
      args.push("--ro-bind", spec.task, "/var/task");
      args.push(...(spec.opt === undefined ? ["--dir", "/opt"] : ["--ro-bind", spec.opt, "/opt"]));
      for (const [target, source] of Object.entries(spec.files)) args.push("--ro-bind", source, target);
      if ("folder" in spec.tmp) args.push("--bind", spec.tmp.folder, "/tmp");
      else args.push("--perms", "0700", "--size", String(spec.tmp.megabytes * 1024 * 1024), "--tmpfs", "/tmp");
      args.push("--dir", "/var/tmp", "--dir", "/run", "--remount-ro", "/");
      const child = spawnGuarded(
        ["bwrap", ...args, "--", "sh", "-c", BECOME_PROGRAM_WHEN_TOLD, "sh", ...spec.argv],
        spec.env,
        { asks: true },
      );
      return {
        child,
        kill: () => void (child.pid && killGroup(child.pid)),
        memory: (exactAbove) => (child.pid ? memoryUse(child.pid, exactAbove) : undefined),
      };
    },
  };
}
