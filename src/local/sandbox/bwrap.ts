/** The sandbox made with bubblewrap: where `unshare` is refused and `bwrap` is allowed (its own AppArmor profile, or setuid). */
import { type ChildProcess, spawn } from "node:child_process";
import { hostLayout } from "./layout.ts";
import { LAMBDA_UID, type Sandbox, type SandboxSpec } from "./sandbox.ts";
import { BECOME_PROGRAM, exportLines, TOOL_PATH } from "./shell.ts";

export function bwrapSandbox(serverUid: number): Sandbox {
  const host = hostLayout();
  return {
    kind: "bwrap",
    uid: LAMBDA_UID,
    hostUid: serverUid,
    description: "bubblewrap",
    launch(spec: SandboxSpec): ChildProcess {
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
      args.push("--bind", spec.tmp, "/tmp", "--dir", "/var/tmp", "--dir", "/run", "--remount-ro", "/");
      const child = spawn("bwrap", [...args, "--", "sh", "-c", BECOME_PROGRAM, "sh", ...spec.argv], {
        detached: true,
        env: { PATH: TOOL_PATH },
        cwd: "/",
        stdio: ["pipe", "pipe", "pipe"],
      });
      child.stdin.on("error", () => {});
      child.stdin.end(exportLines(spec.env));
      return child;
    },
  };
}
