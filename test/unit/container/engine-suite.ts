/** What every engine must do, run for real with this machine's shell as the image. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { ContainerCommand, Engine, SpawnPlan } from "../../../src/container/engine.ts";
import { BwrapEngine } from "../../../src/container/engines/bwrap-engine.ts";
import { removeTree } from "../../../src/container/remove-tree.ts";
import { makeShellRoot } from "./shell-root.ts";

interface Run {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export function testEngine(title: string, select: () => Promise<Engine>): void {
  describe(title, () => {
    let folder: string;
    let rootfs: string;
    let engine: Engine;
    let scratches = 0;

    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), "scar-engine-"));
      rootfs = makeShellRoot(join(folder, "root"));
      engine = await select();
    });
    afterAll(() => removeTree(folder));

    const scratch = () => {
      const path = join(folder, `scratch-${scratches++}`);
      mkdirSync(path);
      return path;
    };

    const plan = (more: Partial<ContainerCommand> & Pick<ContainerCommand, "argv">): Promise<SpawnPlan> =>
      engine.plan({ rootfs, env: { PATH: "/bin" }, workdir: "/", volumes: [], ...more });

    const start = ({ file, args, env }: SpawnPlan): ChildProcess =>
      spawn(file, [...args], {
        env: { ...env },
        detached: true,
        stdio: ["ignore", "pipe", "pipe"],
      });

    async function run(script: string | readonly string[], more: Partial<ContainerCommand> = {}): Promise<Run> {
      const prepared = await plan({ argv: typeof script === "string" ? ["/bin/sh", "-c", script] : script, ...more });
      const child = start(prepared);
      let [stdout, stderr] = ["", ""];
      child.stdout!.on("data", (chunk) => (stdout += chunk));
      child.stderr!.on("data", (chunk) => (stderr += chunk));
      const [status, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
        child.once("error", reject);
        child.once("close", (code, ended) => resolve([code, ended]));
      });
      await prepared.cleanup();
      return { status, signal, stdout, stderr };
    }

    it("runs a command in the image and hands its status and output on", async () => {
      expect(await run("echo out; echo err >&2; exit 7")).toEqual({
        status: 7,
        signal: null,
        stdout: "out\n",
        stderr: "err\n",
      });
    });

    it("is root inside, in a file system of its own", async () => {
      expect((await run("id -u; ls /")).stdout.split("\n")).toEqual(
        expect.arrayContaining(["0", "bin", "dev", "etc", "proc", "sys", "tmp", "usr"]),
      );
      expect((await run(`ls ${folder}`)).status).not.toBe(0);
    });

    it("gives the environment, nothing else, whatever the names", async () => {
      const env = {
        A: "b c",
        "with.dot": "1",
        "with-dash": "2",
        EMPTY: "",
        LD_LIBRARY_PATH: "/none",
        PWD_: "x",
        r: "1",
        w: "2",
      };
      const { stdout } = await run(["/bin/env"], { env });
      const lines = stdout
        .split("\n")
        .filter((line) => line !== "" && !line.startsWith("_=") && !line.startsWith("PWD="));
      // The image's own shell sets the loader's variables; dash cannot keep names that are no identifiers.
      const { "with.dot": _, "with-dash": __, ...kept } = env;
      expect(lines.sort()).toEqual(
        Object.entries(kept)
          .map(([name, value]) => `${name}=${value}`)
          .sort(),
      );
    });

    it.runIf(existsSync("/bin/bash"))("hands on names that a plain shell drops", async () => {
      const { stdout } = await run(["/bin/env"], { env: { "with.dot": "1", "with-dash": "2" } });
      expect(
        stdout
          .split("\n")
          .filter((line) => line.startsWith("with"))
          .sort(),
      ).toEqual(["with-dash=2", "with.dot=1"]);
      expect(stdout).not.toContain("SHLVL");
    });

    it("gives exactly the environment when the names are ordinary", async () => {
      const { stdout } = await run(["/bin/env"], { env: { A: "1", B: "two words", C: "" } });
      const added = engine instanceof BwrapEngine ? ["PWD=/"] : [];
      expect(stdout.trim().split("\n").sort()).toEqual(["A=1", "B=two words", "C=", ...added]);
    });

    it("starts in the working directory, made when missing", async () => {
      expect((await run("pwd", { workdir: "/made/here" })).stdout).toBe("/made/here\n");
    });

    it("hands arguments on as they are", async () => {
      expect((await run(["/bin/sh", "-c", 'printf "[%s]" "$@"', "x", "a b", "$HOME", "--", "*", ""])).stdout).toBe(
        "[a b][$HOME][--][*][]",
      );
    });

    it("has processes, devices and the machine's network names", async () => {
      const { stdout, status } = await run(
        "cat /proc/self/status >/dev/null && : >/dev/null && cat /dev/null && ls /sys >/dev/null && touch /dev/shm/scar-own && cat /etc/hosts",
      );
      expect(existsSync("/dev/shm/scar-own")).toBe(false);
      expect(status).toBe(0);
      expect(stdout).toBe(readFileSync("/etc/hosts", "utf8"));
    });

    it("keeps the machine's own files from being written", async () => {
      const { status } = await run("echo bad >> /etc/hosts");
      // PRoot shows a copy.
      if (engine.name !== "P1") expect(status).not.toBe(0);
      expect(readFileSync("/etc/hosts", "utf8")).not.toContain("bad");
    });

    it.each([
      ["TERM", 143],
      ["KILL", 137],
      ["SEGV", 139],
    ])("tells that SIG%s ended the command, and prints nothing of its own", async (signal, status) => {
      expect(await run(`kill -${signal} $$`)).toEqual({ status, signal: null, stdout: "", stderr: "" });
    });

    it.each([
      ["a program that is not there", ["/bin/nothing"], 127],
      ["a file that is no program", ["/etc/passwd-like"], 126],
    ])("fails for %s", async (_, argv, status) => {
      writeFileSync(join(rootfs, "etc/passwd-like"), "root");
      const { status: found, stderr } = await run(argv);
      // bubblewrap says 1 for both.
      expect([status, 1]).toContain(found);
      expect(stderr).toContain(argv[0]);
    });

    it("binds volumes, both ways", async () => {
      const source = scratch();
      writeFileSync(join(source, "in"), "hello");
      const volumes = [{ source, target: "/deep/in the/image" }];
      const { stdout } = await run("cat '/deep/in the/image/in'; echo out > '/deep/in the/image/out'", { volumes });
      expect(stdout).toBe("hello");
      expect(readFileSync(join(source, "out"), "utf8")).toBe("out\n");
    });

    it("binds volumes at the same path as outside, single files, and one inside another", async () => {
      const source = scratch();
      const inner = scratch();
      writeFileSync(join(inner, "file"), "inner");
      const { stdout } = await run(`cat ${source}/sub/file ${source}/alone /etc/conf`, {
        volumes: [
          { source: inner, target: `${source}/sub` },
          { source, target: source },
          { source: join(inner, "file"), target: `${source}/alone` },
          { source: join(inner, "file"), target: "/etc/conf" },
        ],
      });
      expect(stdout).toBe("innerinnerinner");
    });

    it("binds read-only volumes, where it can", async () => {
      if (engine.name === "P1") return;
      const source = scratch();
      const { status } = await run("touch /v/new", { volumes: [{ source, target: "/v", readOnly: true }] });
      expect(status).not.toBe(0);
      expect(readdirSync(source)).toEqual([]);
    });

    it("follows the image's links to a volume's place, and no further than its root", async () => {
      const source = scratch();
      await run("mkdir -p /real; ls /link >/dev/null 2>&1 || ln -s ../../../real /link 2>/dev/null");
      const { status } = await run("touch /somewhere/new", { volumes: [{ source, target: "/../../somewhere" }] });
      expect(status).toBe(0);
      expect(readdirSync(source)).toEqual(["new"]);
    });

    it("refuses a volume that is not there", async () => {
      const source = join(folder, "not-there");
      await expect(run(":", { volumes: [{ source, target: "/v" }] })).rejects.toMatchObject({
        code: "InvalidVolume",
        message: expect.stringContaining(source),
      });
    });

    it("keeps what a run writes from the next one, when it can", async () => {
      const one = scratch();
      const prepared = await plan({ argv: ["/bin/sh", "-c", ":"], scratch: scratch() });
      await prepared.cleanup();
      if (prepared.isolatesWrites !== true) return expect(engine.description).toMatch(/bwrap|PRoot/);
      const first = await run("echo state > /left; mkdir -p /usr/left; rm -r /usr/bin/cat; ls /left", { scratch: one });
      expect(first).toMatchObject({ status: 0, stdout: "/left\n" });
      const second = await run("ls -d /left /usr/left /usr/bin/cat", { scratch: scratch() });
      expect(second.stdout).toBe("/usr/bin/cat\n");
      expect(existsSync(join(rootfs, "left"))).toBe(false);
      await removeTree(one);
      expect(existsSync(one)).toBe(false);
    });

    /** Process ids of a marker that only the test's own sleepers carry. */
    const sleepers = (marker: string) =>
      readdirSync("/proc")
        .filter((name) => /^\d+$/.test(name))
        .filter((pid) => {
          try {
            return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(marker);
          } catch {
            return false;
          }
        });

    const marker = () => `${1_000_000 + Math.floor(Math.random() * 1_000_000)}.5`;

    it("ends daemons with the command", async () => {
      const seconds = marker();
      const { stdout } = await run(`setsid sleep ${seconds} >/dev/null 2>&1 & sleep 0.1; echo done`);
      expect(stdout).toBe("done\n");
      await vi.waitFor(() => expect(sleepers(seconds)).toEqual([]));
    });

    it("ends everything when its process group is killed", async () => {
      const seconds = marker();
      // What leaves the group of a PRoot is left to the supervisor, which knows its processes by their environment.
      const daemon = engine.name === "P1" ? "" : "setsid";
      const argv = ["/bin/sh", "-c", `${daemon} sleep ${seconds} & echo ready; sleep ${seconds}`];
      const prepared = await plan({ argv });
      const child = start(prepared);
      await new Promise((resolve) => child.stdout!.once("data", resolve));
      expect(sleepers(seconds).length).toBeGreaterThan(0);
      process.kill(-child.pid!, "SIGKILL");
      // The pipe closes when its last holder is gone.
      await new Promise((resolve) => child.once("close", resolve));
      expect(sleepers(seconds)).toEqual([]);
      await prepared.cleanup();
    });

    it("leaves nothing mounted", async () => {
      const before = readFileSync("/proc/self/mountinfo", "utf8");
      await run(":", { scratch: scratch() });
      expect(readFileSync("/proc/self/mountinfo", "utf8")).toBe(before);
    });
  });
}
