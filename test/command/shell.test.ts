import { execFile } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { dump } from "js-yaml";
import { beforeAll, describe, expect, it } from "vitest";
import { makeMachineImage, SHELL_PROGRAMS } from "../../demo/machine-image.ts";
import { KEPT } from "../../src/cli/commands/shell/cache.ts";
import { evictUnused } from "../../src/container/evict.ts";
import { ensureRootfs, isUnpacked } from "../../src/container/rootfs.ts";
import type { Image } from "../../src/registry/image.ts";
import { startRegistry } from "../helpers/registry.ts";
import { cowsayImage } from "../helpers/registry-cowsay.ts";
import { type RunOptions, type RunResult, runScar, temporaryFolder } from "../helpers/run.ts";

const main = fileURLToPath(new URL("../../dist/main.js", import.meta.url));
let cwd: string;
beforeAll(async () => {
  cwd = temporaryFolder();
  await makeMachineImage({
    file: join(cwd, "image.tar"),
    tag: "tools:1",
    programs: [...SHELL_PROGRAMS, "kill", "pwd", "stty"],
    env: ["PATH=/bin:/usr/bin", "FROM_IMAGE=yes"],
    workingDir: "/srv/work",
  });
  writeFileSync(join(cwd, "photo.txt"), "a photo\n");
});

const shell = (argv: readonly string[], options: RunOptions = {}): Promise<RunResult> =>
  runScar(["shell", "-if", "image.tar", ...argv], { cwd, ...options });

/** An engine with mounts, whatever libraries for F1 the machine has. */
const MOUNTS = { UDOCKER_DEFAULT_EXECUTION_MODE: "R1" };

describe("a command in an image", () => {
  it("runs with its own flags, its output is scar's, and its exit code too", async () => {
    expect(await shell(["echo", "-n", "hello"])).toMatchObject({ code: 0, stdout: "hello" });
    const failed = await shell(["sh", "-c", "echo problem >&2; exit 42"]);
    expect(failed).toMatchObject({ code: 42, stdout: "" });
    expect(failed.stderr).toContain("problem\n");
    expect((await shell(["sh", "-c", "kill -9 $$"])).code).toBe(137);
    expect((await shell(["no-such-program"])).code).toBe(127);
  });

  it("has the image's variables and folder, those of -e, and none of the user's or his credentials", async () => {
    const env = { AWS_ACCESS_KEY_ID: "AKIDTEST", AWS_SECRET_ACCESS_KEY: "s3cr3t", MY_OWN: "1" };
    const { stdout } = await shell(["-e", "A=b=c", "sh", "-c", "pwd; env"], { env });
    const [folder, ...lines] = stdout.split("\n");
    expect(folder).toBe("/srv/work");
    expect(lines).toEqual(expect.arrayContaining(["FROM_IMAGE=yes", "A=b=c"]));
    expect(stdout).not.toMatch(/AKIDTEST|s3cr3t|MY_OWN/);
  });

  it("reads the current folder as its input, and does not change it where the engine has mounts", async () => {
    const script =
      'cat "$TMP_INPUT_DIR/photo.txt" "/tmp/$REQUEST_ID/input/photo.txt"; echo changed > "$TMP_INPUT_DIR/photo.txt" || echo refused';
    const { stdout, stderr } = await shell(["sh", "-c", script], { env: MOUNTS });
    expect(stdout).toBe("a photo\na photo\nrefused\n");
    expect(stderr).not.toContain("Output files");
    expect(readFileSync(join(cwd, "photo.txt"), "utf8")).toBe("a photo\n");
  });

  it("leaves its output files, says where, and nothing else in /tmp", async () => {
    const before = readdirSync("/tmp");
    const { stderr } = await shell(["sh", "-c", 'echo done > "$TMP_OUTPUT_DIR/result"']);
    const folder = /^Output files are in (\S+)$/m.exec(stderr)![1]!;
    expect(readFileSync(join(folder, "result"), "utf8")).toBe("done\n");
    await shell(["true"]);
    const left = readdirSync("/tmp").filter((name) => /scar-shell/.test(name) && !before.includes(name));
    expect(left).toEqual([folder.split("/")[2]]);
  });

  it("keeps its exit code whatever it does to its folders", async () => {
    const before = readdirSync("/tmp");
    const gone = await shell(["sh", "-c", 'rm -r "$TMP_OUTPUT_DIR"; exit 5']);
    expect(gone, gone.stderr).toMatchObject({ code: 5 });
    const replaced = await shell(["sh", "-c", 'rm -r "$TMP_OUTPUT_DIR"; echo x > "$TMP_OUTPUT_DIR"; exit 6']);
    expect(replaced, replaced.stderr).toMatchObject({ code: 6 });
    expect(readdirSync("/tmp").filter((name) => /scar-shell/.test(name) && !before.includes(name))).toEqual([]);
  });

  it("takes standard input", async () => {
    expect((await shell(["cat"], { stdin: "piped in\n" })).stdout).toBe("piped in\n");
    expect((await shell([], { stdin: "echo from a script; exit 3\n" })).code).toBe(3);
  });

  it("starts the next one from the image that is kept, which no run changes", async () => {
    const home = temporaryFolder();
    const env = { HOME: home, ...MOUNTS };
    const first = await shell(["sh", "-c", "echo x > /srv/new && cat /srv/new"], { env });
    expect(first.stderr).toContain("Unpacking image tools:1");
    const second = await shell(["sh", "-c", "test -e /srv/new || echo fresh"], { env });
    expect(second.stderr).not.toContain("Unpacking");
    expect(second.stdout).toBe("fresh\n");
    expect(readdirSync(join(home, ".scar", "images", "containers"))).toHaveLength(1);
  });

  it("says which engine stands in for Lambda's, and takes the one that is asked for", async () => {
    const env = { UDOCKER_DEFAULT_EXECUTION_MODE: "r1" };
    expect((await shell(["true"], { env })).stderr).not.toContain("stands in");
    const wrong = await shell(["true"], { env: { UDOCKER_DEFAULT_EXECUTION_MODE: "F9" } });
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toContain("'F9' is not an execution mode");
  });
});

describe("scar shell -j", () => {
  it("prints one document", async () => {
    const { code, stdout } = await shell(["-j", "sh", "-c", "echo out; exit 5"]);
    expect(code).toBe(5);
    expect(JSON.parse(stdout)).toMatchObject({ Shell: { ExitCode: 5, Payload: "out\n", Engine: expect.any(String) } });
    expect(stdout.trimEnd()).not.toContain("\n");
  });

  it("tells errors as JSON, of the command's own flags none", async () => {
    const missing = await runScar(["shell", "-if", "no.tar", "-j", "true"], { cwd });
    expect(JSON.parse(missing.stderr)).toMatchObject({ Error: { Code: "ImageArchiveNotFound" } });
    const usage = await runScar(["shell", "-j"], { cwd });
    expect(usage.code).toBe(2);
    expect(JSON.parse(usage.stderr)).toMatchObject({ Error: { Code: "Usage" } });
    expect((await shell(["echo", "-j", "--json"])).stdout).toBe("-j --json\n");
  });
});

describe("an image by an FDL", () => {
  const write = (...functions: object[]): void =>
    writeFileSync(join(cwd, "f.yaml"), dump({ functions: { aws: functions.map((lambda) => ({ lambda })) } }));

  it("is that of its function, with its variables", async () => {
    const environment = { Variables: { LEVEL: "9" } };
    write({ name: "one", container: { image_file: "image.tar", environment } });
    const { code, stdout } = await runScar(["shell", "-f", "f.yaml", "sh", "-c", "echo $LEVEL"], { cwd });
    expect({ code, stdout }).toEqual({ code: 0, stdout: "9\n" });
  });

  it("of several functions one is named", async () => {
    const container = { image_file: "image.tar" };
    write(
      { name: "one", container },
      { name: "two", container: { ...container, environment: { Variables: { N: 2 } } } },
    );
    expect((await runScar(["shell", "-f", "f.yaml", "true"], { cwd })).code).toBe(2);
    const argv = ["shell", "-f", "f.yaml", "--function", "two", "sh", "-c", "echo $N"];
    expect((await runScar(argv, { cwd })).stdout).toBe("2\n");
  });
});

describe("an image of a registry", () => {
  it("is fetched once; the next shell asks whether it is still the same", async () => {
    const registry = await startRegistry({ images: [await cowsayImage("grycap/cowsay")] });
    const layers = () => registry.seen.filter(({ path }) => path.includes("/blobs/")).length;
    const argv = ["shell", "-i", `${registry.host}/grycap/cowsay`, "sh", "-c", "echo $COW"];
    try {
      expect(await runScar(argv, { cwd })).toMatchObject({ code: 0, stdout: "yes\n" });
      expect(layers()).toBe(2);
      expect(await runScar(argv, { cwd })).toMatchObject({ code: 0, stdout: "yes\n" });
      expect(layers()).toBe(3); // its configuration again
      const missing = await runScar(["shell", "-i", `${registry.host}/grycap/nothing`, "ls"], { cwd });
      expect(missing.code).toBe(1);
      expect(missing.stderr).toContain("has no image grycap/nothing");
    } finally {
      await registry.close();
    }
  });

  it("for another processor is refused with words", async () => {
    const there = process.arch === "x64" ? "arm64" : "amd64";
    const registry = await startRegistry({ images: [await cowsayImage("test/foreign", { architecture: there })] });
    const { code, stderr } = await runScar(["shell", "-i", `${registry.host}/test/foreign`, "ls"], { cwd });
    await registry.close();
    expect(code).toBe(1);
    expect(stderr).toContain(`is for ${there}, and this machine is`);
  });

  it("can be given up by Ctrl-C while it is fetched, and leaves nothing half-made", async () => {
    const registry = await startRegistry({ images: [await cowsayImage("grycap/slow")] });
    registry.fault({ path: /blobs/, stallAfter: 1_000 });
    const home = temporaryFolder();
    const controller = new AbortController();
    const running = runScar(["shell", "-i", `${registry.host}/grycap/slow`, "ls"], {
      cwd,
      env: { HOME: home },
      signal: controller.signal,
    });
    setTimeout(() => controller.abort("SIGINT"), 1_000);
    expect(await running).toMatchObject({ code: 130, stdout: "" });
    registry.heal();
    const again = await runScar(["shell", "-i", `${registry.host}/grycap/slow`], { cwd, env: { HOME: home } });
    expect(again.code, again.stderr).toBe(0);
    await registry.close();
  });
});

describe("the images that are kept", () => {
  const image = (id: string) => ({ id: `sha256:${id}`, layers: [] as Image["layers"] }) as Image;

  it("go when they are too many or too old, but not while somebody uses them", async () => {
    const folder = temporaryFolder();
    const places = join(folder, "containers");
    const month = 31 * 24 * 60 * 60 * 1000;
    const ids = Array.from({ length: 12 }, (_, i) => i.toString(16).repeat(64));
    for (const [i, id] of ids.entries()) {
      mkdirSync(join(places, id, "ROOT"), { recursive: true });
      writeFileSync(join(places, id, "container.json"), "{}");
      const used = (Date.now() - (i + 1) * 1000) / 1000;
      utimesSync(join(places, id, "container.json"), used, used);
    }
    const last = ids[11]!;
    const { release, created } = await ensureRootfs({ image: image(last), udockerDir: folder });
    expect(created).toBe(false);
    await evictUnused(folder, KEPT);
    expect(readdirSync(places).sort()).toEqual([...ids.slice(0, 7), last]);
    await evictUnused(folder, KEPT, Date.now() + month);
    expect(readdirSync(places)).toEqual([last]);
    await release();
    await evictUnused(folder, KEPT, Date.now() + month);
    expect(readdirSync(places)).toEqual([]);
    expect(isUnpacked(image(last), folder)).toBe(false);
  });
});

describe("usage", () => {
  it.each([
    [["shell"], "one of the arguments -i/--image -if/--image-file -f/--conf-file is required"],
    [["shell", "-i", "a", "-if", "b"], "not allowed with argument"],
    [["shell", "-i", "a", "--nmae", "x"], "unrecognized arguments"],
  ])("%j", async (argv, message) => {
    const { code, stderr } = await runScar(argv, { cwd });
    expect(code).toBe(2);
    expect(stderr).toContain(message);
  });

  it("an archive that is none is told", async () => {
    expect(await runScar(["shell", "-if", "photo.txt", "true"], { cwd })).toMatchObject({ code: 1 });
  });

  it("has a help of its own", async () => {
    const { code, stdout } = await runScar(["shell", "--help"]);
    expect(code).toBe(0);
    expect(stdout).toContain("-if, --image-file FILE");
    expect(stdout).toContain("scar shell -i grycap/cowsay");
  });
});

/** The real program on a pseudo-terminal of util-linux's script(1); the keys are typed 0.7 s apart. */
async function onTerminal(words: string, keys: readonly string[]): Promise<{ stdout: string; code: number }> {
  const home = temporaryFolder();
  const typed = keys.map((key) => `sleep 0.7; printf '${key}'`).join("; ");
  const scar = `exec ${process.execPath} ${main} shell -if ${join(cwd, "image.tar")} ${words}`;
  const line = `(sleep 2; ${typed}; sleep 1) | script -qec "$SCAR" /dev/null`;
  const env = { PATH: process.env["PATH"], HOME: home, TERM: "xterm", SHELL: "/bin/sh", SCAR: scar };
  const child = promisify(execFile)("sh", ["-c", line], { cwd: home, env, timeout: 50_000 });
  // A status other than 0 is what is looked for.
  return child.then(
    ({ stdout }) => ({ stdout, code: 0 }),
    (error: { stdout: string; code: number }) => ({ stdout: error.stdout, code: error.code }),
  );
}

describe.runIf(existsSync("/usr/bin/script"))("on a terminal", () => {
  it("is a shell on that terminal, that goes on after Ctrl-C", async () => {
    const keys = [
      "test -t 0 && test -t 1 && echo on-a-$TERM\\n",
      "\\003",
      "\\003",
      "echo still-$((40+2))\\n",
      "exit 7\\n",
    ];
    const { stdout, code } = await onTerminal("", keys);
    expect(stdout).toContain("on-a-xterm");
    expect(stdout).toContain("still-42");
    expect(code).toBe(7);
  });

  it("ends a command by Ctrl-C, with the command's status", async () => {
    const { code } = await onTerminal("sleep 30", ["\\003"]);
    expect(code).toBe(130);
  });

  it("leaves Ctrl-C to a program that takes it", async () => {
    const program = `sh -c "trap 'echo caught' INT; sleep 1; sleep 1; sleep 1; echo survived; exit 4"`;
    const { stdout, code } = await onTerminal(program, ["\\003", "\\003"]);
    expect(stdout).toContain("caught");
    expect(stdout).toContain("survived");
    expect(code).toBe(4);
  });
});

it("ends its program when it is told to end", async () => {
  const controller = new AbortController();
  const started = Date.now();
  const running = shell(["sh", "-c", "echo up; sleep 30"], { signal: controller.signal });
  setTimeout(() => controller.abort("SIGTERM"), 1500);
  const { code } = await running;
  expect(code).not.toBe(0);
  expect(Date.now() - started).toBeLessThan(15_000);
});
