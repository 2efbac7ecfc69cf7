/** A Docker Engine of the test's own: private folders and socket, no bridge, no firewall rules; gone when closed. */
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { program } from "./system-needs.ts";
import { check, end, type RunOptions, run, until } from "./system-process.ts";

export interface DockerEngine {
  /** For `DOCKER_HOST`. */
  readonly host: string;
  /** `docker ARGS` that has to succeed; answers its stdout. */
  docker(args: readonly string[], options?: RunOptions): Promise<string>;
  close(): Promise<void>;
}

/** `parent`: the folder for all that it stores; default: the usual one for temporary files. */
export async function startDocker(parent = tmpdir()): Promise<DockerEngine> {
  const folder = mkdtempSync(join(parent, "scar-docker-"));
  const host = `unix://${folder}/docker.sock`;
  const log = join(folder, "dockerd.log");
  // The settings of a Docker Engine that the machine may have must not reach ours.
  writeFileSync(join(folder, "daemon.json"), "{}");
  const daemon = startDaemon(folder, host, log);
  const docker = (args: readonly string[], options: RunOptions = {}): Promise<string> =>
    check(program("docker"), ["--host", host, ...args], {
      env: { PATH: process.env["PATH"], HOME: folder, DOCKER_BUILDKIT: "0" },
      ...options,
    });
  const close = async (): Promise<void> => {
    if (daemon.exitCode === null && daemon.pid !== undefined) await end(daemon.pid, 20);
    for (const mount of mountsBelow(folder)) await run(program("umount"), [mount]);
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    await until("Docker Engine", 30, async () => {
      if (daemon.exitCode !== null) throw new Error(`dockerd ended:\n${readFileSync(log, "utf8")}`);
      const answer = await run(program("docker"), ["--host", host, "version"]);
      return answer.status === 0 ? true : undefined;
    });
  } catch (error) {
    await close();
    throw error;
  }
  return { host, docker, close };
}

function startDaemon(folder: string, host: string, log: string): ChildProcess {
  const output = openSync(log, "w");
  const daemon = spawn(
    program("dockerd"),
    [
      ["--host", host],
      ["--data-root", join(folder, "data")],
      ["--exec-root", join(folder, "exec")],
      ["--pidfile", join(folder, "dockerd.pid")],
      ["--config-file", join(folder, "daemon.json")],
      ["--storage-driver", "overlay2"],
      ["--exec-opt", "native.cgroupdriver=cgroupfs"],
      ["--bridge=none", "--iptables=false", "--ip6tables=false", "--ip-forward=false"],
    ].flat(),
    { stdio: ["ignore", output, output], env: { PATH: process.env["PATH"], HOME: folder } },
  );
  closeSync(output);
  return daemon;
}

/** Mount points that a Docker Engine leaves when it ends (its network namespace), innermost first. */
function mountsBelow(folder: string): string[] {
  return readFileSync("/proc/self/mounts", "utf8")
    .split("\n")
    .map((line) => line.split(" ")[1] ?? "")
    .filter((path) => path.startsWith(`${folder}/`))
    .sort()
    .reverse();
}
