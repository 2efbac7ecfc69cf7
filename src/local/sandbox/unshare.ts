/** The sandbox made with util-linux: `unshare`, `mount`, `pivot_root` and `setpriv`. */
import { spawnGuarded } from "./guard.ts";
import { hostLayout } from "./layout.ts";
import { readMountInfo } from "./mountinfo.ts";
import { killGroup, memoryUse } from "./processes.ts";
import { LAMBDA_UID, type Sandbox } from "./sandbox.ts";
import { setupScript } from "./setup-script.ts";
import { BECOME_PROGRAM_WHEN_TOLD } from "./shell.ts";

/** Capabilities that no engine needs and that reach the machine itself; dropped where the function stays root. */
const MACHINE_CAPABILITIES = [
  "sys_module",
  "sys_rawio",
  "sys_boot",
  "sys_time",
  "sys_ptrace",
  "sys_nice",
  "syslog",
  "net_admin",
  "mac_admin",
  "audit_control",
];

const NAMESPACES = ["-m", "-p", "-f", "-i", "-u", "--propagation", "private", "--kill-child=KILL"];

export interface UnshareOptions {
  /** `root-namespaces`: by root, without a user namespace. `user-namespaces`: by anybody. */
  readonly kind: "root-namespaces" | "user-namespaces";
  /** What the function sees itself as. */
  readonly uid: 993 | 0;
  /** Who runs the server. */
  readonly serverUid: number;
}

export function unshareSandbox({ kind, uid, serverUid }: UnshareOptions): Sandbox {
  const host = hostLayout();
  const enter = [...userSwitch(kind, uid), "sh", "-c", BECOME_PROGRAM_WHEN_TOLD, "sh"];
  // In a user namespace the mounts are made by its root, which is the server's user.
  const tmpOwner = kind === "root-namespaces" ? uid : 0;
  return {
    kind,
    uid,
    hostUid: kind === "root-namespaces" ? uid : serverUid,
    description: kind === "root-namespaces" ? "mount namespace (unshare, as root)" : "user namespace (unshare)",
    tmpInMemory: true,
    launch(spec) {
      const script = setupScript({ spec, host, mounts: readMountInfo(), enter, tmpOwner });
      const unshare = ["unshare", ...(kind === "user-namespaces" ? ["-U", "-r"] : []), ...NAMESPACES];
      const child = spawnGuarded([...unshare, "sh", "-c", script], spec.env, { asks: true });
      return {
        child,
        kill: () => void (child.pid && killGroup(child.pid)),
        memory: (exactAbove) => (child.pid ? memoryUse(child.pid, exactAbove) : undefined),
      };
    },
  };
}

function userSwitch(kind: UnshareOptions["kind"], uid: 993 | 0): string[] {
  if (kind === "user-namespaces") {
    return uid === 0 ? [] : ["unshare", "-U", `--map-user=${LAMBDA_UID}`, `--map-group=${LAMBDA_UID}`];
  }
  if (uid === 0) {
    const drop = MACHINE_CAPABILITIES.map((name) => `-${name}`).join(",");
    return ["setpriv", `--bounding-set=${drop}`, "--inh-caps=-all", "--"];
  }
  const ids = [`--reuid=${LAMBDA_UID}`, `--regid=${LAMBDA_UID}`, "--clear-groups"];
  return ["setpriv", ...ids, "--inh-caps=-all", "--bounding-set=-all", "--no-new-privs", "--"];
}
