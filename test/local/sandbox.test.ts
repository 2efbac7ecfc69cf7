import { execFileSync, spawn, spawnSync } from "node:child_process";
import { chmodSync, constants, copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { removeTree } from "../../src/container/remove-tree.ts";

/**
 * The sandbox is tried by a program of its own, so that an ordinary user can be its server: `trial.mjs SPEC` runs one command in
 * the sandbox that the probe finds and prints what came of it. A test that needs root to become that user is skipped without.
 */
const TRIAL = `
import { probeSandbox } from "./src/local/sandbox/probe.ts";
import { readSandboxSettings } from "./src/local/sandbox/settings.ts";
const { stop, announce, ...spec } = JSON.parse(process.argv[2]);
const probe = await probeSandbox(readSandboxSettings(process.env));
if (!probe.ok) {
  console.log(JSON.stringify(probe));
  process.exit(3);
}
if (announce) console.log("launching");
const { child, kill } = probe.sandbox.launch(spec);
let [stdout, stderr] = ["", ""];
child.stdout.on("data", (chunk) => {
  stdout += chunk;
  if (stop && stdout.includes(stop)) kill();
});
child.stderr.on("data", (chunk) => (stderr += chunk));
child.on("close", (status) => {
  const { kind, uid, hostUid } = probe.sandbox;
  console.log(JSON.stringify({ kind, uid, hostUid, stdout, stderr, status }));
});
`;

const isRoot = process.getuid!() === 0;
const USERS = isRoot ? [0, 65_534] : [process.getuid!()];

let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "scar-sandbox-test-"));
  chmodSync(folder, 0o755);
  // Where an ordinary user may run it, too: this one may be in a folder of root's.
  copyFileSync(process.execPath, join(folder, "node"), constants.COPYFILE_FICLONE);
  const root = fileURLToPath(new URL("../../", import.meta.url));
  await build({
    stdin: { contents: TRIAL, resolveDir: root },
    bundle: true,
    platform: "node",
    format: "esm",
    outfile: join(folder, "trial.mjs"),
  });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Ran {
  readonly kind: string;
  readonly uid: number;
  readonly hostUid: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly status: number | null;
}

describe.each(USERS)("the sandbox of a server with uid %i", (serverUid) => {
  let state: string;

  beforeAll(() => {
    state = mkdtempSync(join(tmpdir(), "scar-sandbox-state-"));
    // As the state folder of a user is: nobody else may enter it.
    chmodSync(state, 0o700);
    for (const name of ["root", "task", "opt", "tmp"]) mkdirSync(join(state, name));
    writeFileSync(join(state, "task", "code.txt"), "code");
    writeFileSync(join(state, "opt", "layer.txt"), "layer");
    writeFileSync(join(state, "secret"), "secret");
    if (isRoot) execFileSync("chown", ["-R", String(serverUid), state]);
    if (serverUid === 0) execFileSync("chown", ["993", join(state, "tmp")]);
  });
  afterAll(() => rmSync(state, { recursive: true, force: true }));

  interface Options {
    readonly env?: Record<string, string>;
    /** Ends the sandbox when its program has written this. */
    readonly stop?: string;
    /** MB of a /tmp in memory; default: a folder on disk. */
    readonly tmp?: number;
  }

  function run(script: string, { env = {}, stop, tmp }: Options = {}): Ran {
    const spec = {
      id: "test",
      root: join(state, "root"),
      task: join(state, "task"),
      opt: join(state, "opt"),
      tmp: tmp === undefined ? { folder: join(state, "tmp") } : { megabytes: tmp },
      memory: 128,
      files: { "/var/runtime/extra.txt": join(state, "task", "code.txt") },
      env: { PATH: "/usr/bin:/bin:/usr/sbin:/sbin", ...env },
      argv: ["/bin/sh", "-c", script],
      stop,
    };
    const { stdout, stderr } = spawnSync(join(folder, "node"), [join(folder, "trial.mjs"), JSON.stringify(spec)], {
      encoding: "utf8",
      env: { PATH: process.env["PATH"], SCAR_SECRET_OF_THE_SERVER: "1" },
      cwd: "/",
      ...(isRoot ? { uid: serverUid, gid: serverUid } : {}),
    });
    expect(stderr).toBe("");
    return JSON.parse(stdout) as Ran;
  }

  it("runs as Lambda's user, in /var/task", () => {
    const { kind, stdout, stderr, status } = run(
      "id -u; id -g; pwd; cat code.txt /opt/layer.txt /var/runtime/extra.txt",
    );
    expect(kind).toBe(serverUid === 0 ? "root-namespaces" : "user-namespaces");
    expect([stdout, stderr, status]).toEqual(["993\n993\n/var/task\ncodelayercode", "", 0]);
  });

  it("writes to /tmp alone, which is the folder on disk", () => {
    const places = ["/", "/var/task/", "/opt/", "/usr/", "/etc/", "/var/runtime/"];
    const { stdout } = run(
      `for d in ${places.join(" ")}; do touch "$d"new 2>/dev/null && echo "$d"; done; echo kept >/tmp/kept`,
    );
    expect(stdout).toBe("");
    expect(run("cat /tmp/kept").stdout).toBe("kept\n");
  });

  it("has a /tmp in memory of the size that was asked for, which only it can read", () => {
    const { stdout, stderr } = run(
      "stat -c '%a %u %g' /tmp; df -m /tmp | awk 'END { print $2 }'; head -c 9m /dev/zero >/tmp/file; stat -c %s /tmp/file",
      { tmp: 8 },
    );
    expect(stdout).toBe(`700 993 993\n8\n${8 * 1024 * 1024}\n`);
    expect(stderr).toContain("No space left on device");
  });

  it("shows nothing of the machine's users and services", () => {
    const { stdout } = run(
      `ls -d /home /root /srv /mnt /media ${state} 2>/dev/null; ls /var /run; ls -A / | tr '\\n' ' '`,
    );
    expect(stdout).not.toContain(state);
    expect(stdout).not.toMatch(/^\/(home|root|srv|mnt|media)$/m);
    expect(stdout).toMatch(/^lang$[\s\S]*^runtime$[\s\S]*^task$/m);
    expect(run("cat /etc/shadow").stdout).toBe("");
  });

  it("has a PID namespace of its own, with a full /proc, and the usual devices", () => {
    const { stdout } = run(
      "ls /proc | grep -c '^[0-9]'; test -r /proc/sysrq-trigger; head -c 3 /dev/zero | wc -c; echo x >/dev/null; test -d /dev/shm && test -c /dev/pts/ptmx && echo devices",
    );
    const [processes, zeros, devices] = stdout.trim().split("\n");
    expect(Number(processes)).toBeLessThan(12);
    expect([zeros, devices]).toEqual(["3", "devices"]);
  });

  it("gives the environment that it was given, and no other", () => {
    const value = 'it\'s "quoted"\n$HOME `x` \\ end';
    const { stdout } = run("env -0", { env: { VALUE: value, EMPTY: "" } });
    const env = Object.fromEntries(
      stdout
        .split("\0")
        .filter(Boolean)
        .map((line) => line.split(/=([\s\S]*)/).slice(0, 2)),
    );
    expect(env).toMatchObject({ VALUE: value, EMPTY: "" });
    expect(
      Object.keys(env)
        .sort()
        .filter((name) => name !== "_" && name !== "SHLVL"),
    ).toEqual(["EMPTY", "PATH", "PWD", "VALUE"]);
  });

  it("lets the R1 engine make a user namespace inside, with mounts and a /proc", () => {
    const inside = "id -u; mount -t tmpfs none /opt; mount --bind /tmp /var/task; ls /proc | grep -c '^[0-9]'";
    const { stdout, stderr, status } = run(`unshare -Urmpf --mount-proc sh -c "${inside}"`);
    expect([stderr, status]).toEqual(["", 0]);
    expect(stdout).toMatch(/^0\n[1-5]\n$/);
  });

  it("gives no way to become root on the machine", () => {
    const { stdout } = run(
      "grep -E 'CapEff|NoNewPrivs' /proc/self/status; mount -o remount,rw / 2>/dev/null && echo remounted; kill -9 1 2>/dev/null; echo alive",
    );
    expect(stdout).toContain("CapEff:\t0000000000000000");
    expect(stdout).not.toContain("remounted");
    expect(stdout).toContain("alive");
  });

  it("ends with its group, daemons included", () => {
    const { status } = run(
      "(setsid sh -c 'echo $$ >/tmp/daemon; sleep 1000' >/dev/null 2>&1 &) ; while ! test -s /tmp/daemon; do sleep 0.01; done; echo ready; sleep 1000",
      { stop: "ready" },
    );
    expect(status).toBeNull();
    const left = spawnSync("pgrep", ["-f", `${state}/root`], { encoding: "utf8" });
    expect(left.stdout).toBe("");
  });

  it("reports the program's exit status", () => {
    expect(run("exit 7").status).toBe(7);
    expect(run("kill -9 $$").status).toBe(137);
  });

  it("says which part cannot be set up", () => {
    rmSync(join(state, "task", "code.txt"));
    const { status, stderr } = run("true");
    writeFileSync(join(state, "task", "code.txt"), "code");
    expect(status).toBe(125);
    expect(stderr).toMatch(/^scar: sandbox: cannot set up \/var\/runtime\/extra\.txt: /m);
  });
});

describe.runIf(isRoot)("where namespaces are refused", () => {
  it("the probe names what was tried and the command that helps", () => {
    // A user namespace in which no further one may be made, without capabilities.
    const drop = "setpriv --bounding-set=-all --inh-caps=-all";
    const script = `echo 0 >/proc/sys/user/max_user_namespaces; exec ${drop} ${process.execPath} ${join(folder, "trial.mjs")} '{}'`;
    const env = { ...process.env, SCAR_LOCAL_SANDBOX: "namespaces" };
    const { stdout, stderr } = spawnSync("unshare", ["-Ur", "sh", "-c", script], { encoding: "utf8", env });
    expect(stderr).toBe("");
    const probe = JSON.parse(stdout) as { ok: boolean; reasons: string[]; hint: string };
    expect(probe.ok).toBe(false);
    expect(probe.reasons.join("\n")).toContain("user namespace (unshare)");
    expect(probe.hint).toContain("user.max_user_namespaces");
  });
});

/** What is installed here of the others; `.ci/install-system` installs all. */
const OTHERS = ["bwrap", "proot"].filter((name) => spawnSync(name, ["--version"]).status === 0);

describe.runIf(OTHERS.length > 0).each(OTHERS)("the sandbox made with %s", (choice) => {
  let state: string;

  beforeAll(() => {
    state = mkdtempSync(join(tmpdir(), "scar-sandbox-state-"));
    for (const name of ["root", "task", "tmp"]) mkdirSync(join(state, name));
    writeFileSync(join(state, "task", "code.txt"), "code");
  });
  afterAll(() => rmSync(state, { recursive: true, force: true }));

  const run = (script: string, more: object = {}): Ran => {
    const spec = {
      id: "test",
      root: join(state, "root"),
      task: join(state, "task"),
      tmp: choice === "bwrap" ? { megabytes: 8 } : { folder: join(state, "tmp") },
      memory: 128,
      files: { "/var/lang/bin/node": process.execPath, "/var/runtime/extra.txt": join(state, "task", "code.txt") },
      env: { PATH: "/usr/bin:/bin:/usr/sbin:/sbin", VALUE: "a 'b'\n" },
      argv: ["/bin/sh", "-c", script],
      ...more,
    };
    const { stdout, stderr } = spawnSync(process.execPath, [join(folder, "trial.mjs"), JSON.stringify(spec)], {
      encoding: "utf8",
      env: { PATH: process.env["PATH"], SCAR_LOCAL_SANDBOX: choice },
    });
    expect(stderr).toBe("");
    return JSON.parse(stdout) as Ran;
  };

  it("shows code, runtime and /tmp, and nothing of the server's", () => {
    const node = `/var/lang/bin/node -p 'require("node:fs").statSync("/tmp/x").size'`;
    const { kind, stdout, stderr, status } = run(
      `pwd; cat code.txt /var/runtime/extra.txt; printf "$VALUE"; echo 1 >/tmp/x; ${node}; ls ${state} /home 2>/dev/null; env | grep -c SCAR_; exit 7`,
    );
    expect([kind, stdout, stderr, status]).toEqual([choice, "/var/task\ncodecodea 'b'\n2\n0\n", "", 7]);
    expect(run("kill -9 $$").status).toBe(137);
  });

  it.runIf(choice === "bwrap")("has a /tmp in memory of the size that was asked for", () => {
    const { stdout } = run("head -c 9m /dev/zero >/tmp/file 2>/dev/null; stat -c %s /tmp/file");
    expect(stdout).toBe(`${8 * 1024 * 1024}\n`);
  });

  it("ends with all that it started, daemons included", () => {
    const seconds = `${1_000_000 + Math.floor(Math.random() * 1_000_000)}.25`;
    run(`(setsid sleep ${seconds} >/dev/null 2>&1 &) ; sleep 0.2; echo ready; sleep ${seconds}`, { stop: "ready" });
    expect(spawnSync("pgrep", ["-f", `sleep ${seconds}`], { encoding: "utf8" }).stdout).toBe("");
  });
});

describe.each(["namespaces", ...OTHERS])("a server that is killed in the instant of a launch (%s)", (choice) => {
  it("leaves nothing running", async () => {
    const state = mkdtempSync(join(tmpdir(), "scar-sandbox-state-"));
    for (const name of ["root", "task", "tmp"]) mkdirSync(join(state, name));
    if (isRoot) execFileSync("chown", ["993", join(state, "tmp")]);
    const seconds = `${1_000_000 + Math.floor(Math.random() * 1_000_000)}.75`;
    const spec = {
      ...{ id: "test", root: join(state, "root"), task: join(state, "task"), tmp: { folder: join(state, "tmp") } },
      ...{ memory: 128, files: {}, env: { PATH: "/usr/bin:/bin" }, argv: ["/bin/sh", "-c", `sleep ${seconds}`] },
    };
    const env = { PATH: process.env["PATH"], SCAR_LOCAL_SANDBOX: choice };
    for (let round = 0; round < 24; round++) {
      const server = spawn(process.execPath, [join(folder, "trial.mjs"), JSON.stringify({ ...spec, announce: true })], {
        env,
        stdio: ["ignore", "pipe", "inherit"],
      });
      await new Promise((resolve) => server.stdout!.once("data", resolve));
      // From the first step of the launch to a program that runs.
      await sleep(round * 4);
      server.kill("SIGKILL");
      await new Promise((resolve) => server.once("close", resolve));
    }
    const running = (pattern: string): string[] =>
      spawnSync("pgrep", ["-f", pattern], { encoding: "utf8" }).stdout.split("\n").filter(Boolean);
    await vi.waitFor(() => expect(running(`^(/bin/sh -c )?sleep ${seconds}`)).toEqual([]), { timeout: 5000 });
    // A bubblewrap that loses its parent while that sets it up waits for it for ever, with nothing inside; so does the process that
    // PRoot is about to trace. Neither can be told otherwise.
    if (choice === "namespaces") {
      await vi.waitFor(() => expect(running(`sleep ${seconds}`)).toEqual([]), { timeout: 10_000 });
    }
    for (const pid of running(`sleep ${seconds}`)) process.kill(Number(pid), "SIGKILL");
    // What PRoot had begun may have folders that nobody may enter.
    await removeTree(state);
  });
});
