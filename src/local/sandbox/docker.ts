/**
 * The sandbox made by an installed Docker Engine of the user's: a container of a common image, with this machine's Node.js in it
 * and this machine's network.
 */
import { execFile, spawn } from "node:child_process";
import { promisify } from "node:util";
import { findProgram } from "../../container/engines/host-programs.ts";
import { messageOf } from "../../errors.ts";
import { spawnGuarded } from "./guard.ts";
import { killGroup, memoryUse } from "./processes.ts";
import { LAMBDA_UID, type MemoryUse, type Sandbox, type SandboxSpec } from "./sandbox.ts";
import type { SandboxSettings } from "./settings.ts";
import { BECOME_PROGRAM } from "./shell.ts";

const run = promisify(execFile);

/** How long the engine may take to answer, in ms. */
const ANSWER_MS = 10_000;

/** What lets the R1 engine make user namespaces and mount a /proc in them. */
const NAMESPACES = ["seccomp=unconfined", "apparmor=unconfined", "systempaths=unconfined"];

export interface DockerOptions {
  readonly serverUid: number;
  /** Whether the function is root in its container, which lets the chroot engine mount: where user namespaces are refused. */
  readonly asRoot: boolean;
}

/** Text: why there is none. */
export async function dockerSandbox(settings: SandboxSettings, options: DockerOptions): Promise<Sandbox | string> {
  const { serverUid, asRoot } = options;
  const docker = await findProgram("docker", settings.path);
  if (docker === undefined) return "there is no 'docker' program";
  const env = settings.dockerEnv;
  try {
    await run(docker, ["image", "inspect", settings.dockerImage], { env, timeout: ANSWER_MS });
  } catch (error) {
    const said = (error as { stderr?: string }).stderr?.trim() || messageOf(error);
    return `${said} (image ${settings.dockerImage}, from SCAR_LOCAL_DOCKER_IMAGE)`;
  }
  const uid = asRoot ? 0 : serverUid === 0 ? LAMBDA_UID : serverUid;
  return {
    kind: "docker",
    uid,
    hostUid: uid,
    description: `Docker (${settings.dockerImage})`,
    tmpInMemory: true,
    launch(spec) {
      const args = ["run", "--rm", "--interactive", "--name", containerName(spec.id), ...dockerArguments(spec, uid)];
      // A shell stays as PID 1 and reaps what the function's daemons leave.
      const init = ["-c", '"$@"; exit $?', "init", "/bin/sh", "-c", BECOME_PROGRAM, "sh"];
      const program = [settings.dockerImage, ...init, ...spec.argv];
      const child = spawnGuarded([docker, ...args, ...program], spec.env, { env, asks: false });
      const memory = containerMemory(docker, spec.id, env);
      return {
        child,
        memory,
        kill() {
          if (child.pid) killGroup(child.pid);
          // The client's end leaves the container running.
          spawn(docker, ["rm", "--force", containerName(spec.id)], { env, stdio: "ignore" }).on("error", () => {});
        },
      };
    },
  };
}

/** Removes the container of a sandbox, if there is one. */
export async function removeContainer(id: string, settings: SandboxSettings): Promise<void> {
  const docker = await findProgram("docker", settings.path);
  if (docker === undefined) return;
  const options = { env: settings.dockerEnv, timeout: ANSWER_MS };
  await run(docker, ["rm", "--force", containerName(id)], options).catch(() => {});
}

function containerName(id: string): string {
  return `scar-${id}`;
}

function dockerArguments(spec: SandboxSpec, uid: number): string[] {
  const shown = [
    [spec.task, "/var/task"],
    ...(spec.opt === undefined ? [] : [[spec.opt, "/opt"]]),
    ...Object.entries(spec.files).map(([target, source]) => [source, target]),
  ];
  const tmp =
    "folder" in spec.tmp
      ? ["--volume", `${spec.tmp.folder}:/tmp`]
      : ["--tmpfs", `/tmp:rw,exec,nosuid,nodev,size=${spec.tmp.megabytes}m,mode=0700,uid=${uid},gid=${uid}`];
  // Files in /tmp are charged to the container, not to the function; what the function uses is watched.
  const memory = `${spec.memory + ("folder" in spec.tmp ? 0 : spec.tmp.megabytes)}m`;
  return [
    ...["--label", "scar.local", "--log-driver", "none", "--network", "host", "--read-only"],
    ...["--user", `${uid}:${uid}`, "--workdir", "/", "--entrypoint", "/bin/sh"],
    ...["--memory", memory, "--memory-swap", memory, "--oom-score-adj", "1000"],
    ...["--cap-drop", "ALL", ...(uid === 0 ? ["--cap-add", "SYS_ADMIN", "--cap-add", "SYS_CHROOT"] : [])],
    ...NAMESPACES.flatMap((option) => ["--security-opt", option]),
    ...shown.flatMap(([source, target]) => ["--volume", `${source}:${target}:ro`]),
    ...tmp,
  ];
}

/** The engine is asked once for the container's first process; its family is looked at like any other. */
function containerMemory(
  docker: string,
  id: string,
  env: SandboxSettings["dockerEnv"],
): (exactAbove: number) => MemoryUse | undefined {
  let pid: number | undefined;
  let asking = false;
  return (exactAbove) => {
    if (pid !== undefined) return memoryUse(pid, exactAbove);
    if (!asking) {
      asking = true;
      const inspect = ["inspect", "--format", "{{.State.Pid}}", containerName(id)];
      run(docker, inspect, { env, timeout: ANSWER_MS })
        .then(({ stdout }) => {
          pid = Number(stdout) || undefined;
        })
        .catch(() => {})
        .finally(() => {
          asking = false;
        });
    }
    return undefined;
  };
}
