/** Finds the sandbox that works on this machine by trying each one for real. */
import { existsSync, readFileSync } from "node:fs";
import { chown, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { messageOf, ScarError } from "../../errors.ts";
import { bwrapSandbox } from "./bwrap.ts";
import { dockerSandbox } from "./docker.ts";
import { prootSandbox } from "./proot.ts";
import { LAMBDA_UID, type Sandbox, type SandboxKind, type SandboxSpec } from "./sandbox.ts";
import type { SandboxSettings } from "./settings.ts";
import { unshareSandbox } from "./unshare.ts";

export type SandboxProbe =
  | { readonly ok: true; readonly kind: SandboxKind; readonly sandbox: Sandbox }
  | {
      readonly ok: false;
      /** One line for each way that was tried: its name and what the system said. */
      readonly reasons: readonly string[];
      /** The command, or the change, that makes it work. */
      readonly hint: string;
    };

/** Longest time for one trial, in ms. */
const TRIAL_MS = 10_000;

let found: Promise<SandboxProbe> | undefined;

/** The first sandbox that works here, of those that the user wants; a success is remembered for the life of the process. */
export async function probeSandbox(settings: SandboxSettings): Promise<SandboxProbe> {
  found ??= search(settings);
  let works = false;
  try {
    const probe = await found;
    works = probe.ok;
    return probe;
  } finally {
    if (!works) found = undefined;
  }
}

/** As an error for the user: code `SandboxUnavailable`, with the reasons and the command that helps. */
export function sandboxUnavailable(probe: Extract<SandboxProbe, { ok: false }>): ScarError {
  const reasons = probe.reasons.map((reason) => `  ${reason}`).join("\n");
  return new ScarError("SandboxUnavailable", `functions cannot be run on this machine:\n${reasons}`, {
    hint: probe.hint,
  });
}

async function search(settings: SandboxSettings): Promise<SandboxProbe> {
  if (process.platform !== "linux") {
    const reasons = [`${process.platform}: a Linux kernel is needed`];
    return { ok: false, reasons, hint: "run scar in a Linux machine: a virtual machine, WSL 2 or a container" };
  }
  const reasons: string[] = [];
  for (const { name, make, nested } of candidates(process.getuid!(), settings)) {
    const sandbox = await make();
    const problem = typeof sandbox === "string" ? sandbox : await trial(sandbox, nested);
    if (problem === undefined) return { ok: true, kind: (sandbox as Sandbox).kind, sandbox: sandbox as Sandbox };
    reasons.push(`${name}: ${problem}`);
  }
  return { ok: false, reasons, hint: hint(settings) };
}

interface Candidate {
  readonly name: string;
  /** Text: why there is none. */
  readonly make: () => Promise<Sandbox | string> | Sandbox;
  /** It must let a function make a user namespace, for the R1 engine; there is another that gives root in its place. */
  readonly nested: boolean;
}

/** In the order in which they are tried: those that keep most apart first. */
function candidates(serverUid: number, settings: SandboxSettings): Candidate[] {
  const kinds = serverUid === 0 ? (["root-namespaces", "user-namespaces"] as const) : (["user-namespaces"] as const);
  const namespaces = kinds.flatMap((kind) =>
    ([LAMBDA_UID, 0] as const).map((uid): Candidate => {
      const sandbox = unshareSandbox({ kind, uid, serverUid });
      const name = `${sandbox.description}${uid === 0 ? ", root inside" : ""}`;
      return { name, make: () => sandbox, nested: uid === LAMBDA_UID && kind === "root-namespaces" };
    }),
  );
  const bwrap: Candidate = { name: "bubblewrap", make: () => bwrapSandbox(serverUid), nested: false };
  const proot: Candidate = { name: "PRoot", make: () => prootSandbox(serverUid, settings.path), nested: false };
  const docker = [false, true].map((asRoot): Candidate => {
    const name = `Docker${asRoot ? ", root inside" : ""}`;
    return { name, make: () => dockerSandbox(settings, { serverUid, asRoot }), nested: !asRoot };
  });
  switch (settings.choice) {
    case "namespaces":
      return namespaces;
    case "bwrap":
      return [bwrap];
    case "proot":
      return [proot];
    case "docker":
      return docker;
    case "auto":
      return [...namespaces, bwrap, proot, ...docker];
  }
}

/** Undefined when a program ran in the sandbox and wrote to its /tmp; else what went wrong. */
async function trial(sandbox: Sandbox, nested: boolean): Promise<string | undefined> {
  const folder = await mkdtemp(join(tmpdir(), "scar-sandbox-"));
  const [root, task, tmp] = ["root", "task", "tmp"].map((name) => join(folder, name)) as [string, string, string];
  try {
    for (const path of [root, task, tmp]) await mkdir(path);
    if (process.getuid!() === 0) await chown(tmp, sandbox.hostUid, sandbox.hostUid);
    const check = `test "$(id -u)" = ${sandbox.uid} && : >/tmp/written${nested ? " && unshare -Ur true" : ""}`;
    const spec = { id: basename(folder), root, task, tmp: trialTmp(sandbox, tmp), memory: 128, files: {}, env: {} };
    return await run(sandbox, { ...spec, argv: ["sh", "-c", check] });
  } catch (error) {
    return messageOf(error);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** As environments have it. */
function trialTmp(sandbox: Sandbox, folder: string): SandboxSpec["tmp"] {
  return sandbox.tmpInMemory ? { megabytes: 1 } : { folder };
}

function run(sandbox: Sandbox, spec: SandboxSpec): Promise<string | undefined> {
  return new Promise((resolve) => {
    const { child, kill } = sandbox.launch(spec);
    const stderr: Buffer[] = [];
    const timer = setTimeout(kill, TRIAL_MS);
    child.stdout!.resume();
    child.stderr!.on("data", (chunk: Buffer) => stderr.push(chunk));
    child.on("error", (error: NodeJS.ErrnoException) => {
      clearTimeout(timer);
      resolve(error.code === "ENOENT" ? `${error.path} is not installed` : error.message);
    });
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      const text = Buffer.concat(stderr)
        .toString("utf8")
        .trim()
        .replace(/\s*\n\s*/g, "; ");
      resolve(code === 0 ? undefined : text || (signal ? `ended by ${signal}` : `exit status ${code}`));
    });
  });
}

/** What the system itself says about why namespaces are refused. */
function hint({ choice }: SandboxSettings): string {
  if (choice === "docker") return "start Docker, and pull the image: docker pull IMAGE (SCAR_LOCAL_DOCKER_IMAGE)";
  if (choice === "proot") return "install proot, and perl: sudo apt-get install proot";
  const sysctl = (name: string): string | undefined => {
    const path = `/proc/sys/${name.replaceAll(".", "/")}`;
    return existsSync(path) ? readFileSync(path, "utf8").trim() : undefined;
  };
  const restricted = "kernel.apparmor_restrict_unprivileged_userns";
  if (sysctl(restricted) === "1")
    return `sudo sysctl -w ${restricted}=0 (AppArmor refuses user namespaces), or run as root`;
  const clone = "kernel.unprivileged_userns_clone";
  if (sysctl(clone) === "0") return `sudo sysctl -w ${clone}=1, or run as root`;
  const max = "user.max_user_namespaces";
  if (sysctl(max) === "0") return `sudo sysctl -w ${max}=15000, or run as root`;
  if (existsSync("/.dockerenv") || existsSync("/run/.containerenv")) {
    return "start the container with --privileged, or with --cap-add SYS_ADMIN --security-opt seccomp=unconfined --security-opt apparmor=unconfined";
  }
  return "install util-linux (unshare, setpriv), bubblewrap or proot: sudo apt-get install util-linux bubblewrap proot";
}
