import { readFileSync } from "node:fs";

/** What lets this machine run containers, by what it refuses. */
export function advice(): string {
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
