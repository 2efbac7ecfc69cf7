/**
 * A real udocker, from PyPI, that UDOCKER_EXEC names: used with the command lines of the first SCAR's supervisor, under ours. Its own
 * engines are Debian's PRoot and libfakechroot, in the place of those that it would download.
 */
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { findProot } from "../../src/container/engines/proot-program.ts";
import { startDocker } from "../helpers/system-docker.ts";
import { debianFakechroot } from "../helpers/system-engine-images.ts";
import { describeSystem, NEEDS, UDOCKER } from "../helpers/system-needs.ts";
import { pidsWithEnvironment } from "../helpers/system-procfs.ts";
import { addPrograms, makeRoot, saveImage } from "../helpers/system-rootfs.ts";
import { ExecutionEnvironment, exceptionOf, outputOf, runScript } from "../supervisor/environment.ts";

/** udocker's folders as the first SCAR's layer has them, and a program that notes each command line before the real one. */
class Installation {
  readonly folder = mkdtempSync(join(tmpdir(), "scar-udocker-"));
  readonly env: Record<string, string>;
  readonly #notes = join(this.folder, "notes");

  constructor() {
    const [lib, bin] = [join(this.folder, "lib"), join(this.folder, "bin")];
    for (const path of [lib, bin]) mkdirSync(path);
    // The release of its tools that this udocker asks for: it downloads them otherwise.
    writeFileSync(join(lib, "VERSION"), "1.2.11\n");
    copyFileSync(debianFakechroot(), join(lib, "libfakechroot.so"));
    const exec = join(this.folder, "udocker.sh");
    writeFileSync(
      exec,
      `#!/bin/sh\nprintf %s "$*" | tr '\\n' '~' >>'${this.#notes}'; echo >>'${this.#notes}'\nexec '${UDOCKER}' "$@"\n`,
      { mode: 0o755 },
    );
    this.env = {
      UDOCKER_EXEC: exec,
      UDOCKER_LIB: lib,
      UDOCKER_BIN: bin,
      UDOCKER_USE_PROOT_EXECUTABLE: join(bin, "proot"),
      UDOCKER_USE_PATCHELF_EXECUTABLE: "/usr/bin/patchelf",
      UDOCKER_FAKECHROOT_SO: join(lib, "libfakechroot.so"),
      HOME: this.folder,
    };
  }

  /** Debian's PRoot, behind the filter that today's programs need. */
  async addProot(): Promise<void> {
    const words = await findProot({});
    if (typeof words === "string") throw new Error(words);
    const quoted = words.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(" ");
    // Debian's breaks with the kernel's release that udocker tells (-k), and does not know the other option.
    const script = `#!/bin/sh
n=$#
while [ $n -gt 0 ]; do
  word=$1; shift; n=$((n - 1))
  case $word in
    -k) shift; n=$((n - 1)) ;;
    --kill-on-exit) ;;
    *) set -- "$@" "$word" ;;
  esac
done
unset PROOT_NO_SECCOMP PROOT_NEW_SECCOMP
exec ${quoted} "$@"
`;
    writeFileSync(this.env["UDOCKER_USE_PROOT_EXECUTABLE"]!, script, { mode: 0o755 });
  }

  /** Its command lines since the last call, without the option that lets root use it. */
  notes(): string[] {
    const text = existsSync(this.#notes) ? readFileSync(this.#notes, "utf8") : "";
    rmSync(this.#notes, { force: true });
    return text
      .split("\n")
      .map((line) => line.replace(/^--allow-root /, ""))
      .filter((line) => line !== "");
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

const needs = [NEEDS.udocker, NEEDS.proot, NEEDS.fakechroot, NEEDS.patchelf, NEEDS.procfs];

describeSystem("a udocker that UDOCKER_EXEC names", needs, () => {
  let udocker: Installation;
  let environment: ExecutionEnvironment;
  beforeAll(async () => {
    udocker = new Installation();
    await udocker.addProot();
    environment = await ExecutionEnvironment.start({
      env: { ...udocker.env, UDOCKER_DEFAULT_EXECUTION_MODE: "P2" },
      image: {
        env: ["PATH=/bin", "FROM_IMAGE=image", "OVERRIDDEN=image"],
        workingDir: "/srv",
        cmd: ["echo", "own command"],
      },
      container: { environment: { Variables: { FROM_FDL: "a \"b\" 'c' #d", OVERRIDDEN: "fdl", LINES: "1\n2" } } },
    });
  });
  afterAll(() => {
    environment?.stop();
    udocker?.remove();
  });

  it("makes the container once, and runs the image's own command", async () => {
    const answer = await environment.invoke({});
    expect(outputOf(answer)).toBe("own command\n");
    const lines = udocker.notes();
    expect(lines.slice(0, -1).filter((line) => !line.startsWith("run --help"))).toEqual([
      "version",
      "images",
      "ps",
      "create --name=udocker_container machine:latest",
      "setup --execmode=P2 udocker_container",
      "inspect -p udocker_container",
    ]);
    expect(lines.at(-1)).toMatch(
      /^--quiet run -v \/tmp\/\S+ -v \/dev -v \/proc -v \/etc\/hosts --nosysdirs .*--entrypoint= udocker_container echo own command$/,
    );
    // Keys of the role are no part of a list of processes.
    expect(lines.join("\n")).not.toContain("secret-of-the-role");
  });

  it("runs scripts, with the image's and the function's variables and folders", async () => {
    const script =
      'pwd; echo "$FROM_IMAGE|$OVERRIDDEN|$FROM_FDL|$LINES|$AWS_SECRET_ACCESS_KEY"; echo out >"$TMP_OUTPUT_DIR/o"; cat "$TMP_OUTPUT_DIR/o"';
    const answer = await environment.invoke(runScript(script));
    expect(outputOf(answer)).toBe(`/srv\nimage|fdl|a "b" 'c' #d|1\n2|secret-of-the-role\nout\n`);
    // Warm: nothing is made again.
    expect(udocker.notes()).toEqual([expect.stringMatching(/^--quiet run /)]);
  });

  it("tells the command's own exit status", async () => {
    expect(exceptionOf(await environment.invoke(runScript("echo bad; exit 9")))).toMatch(/exit code 9[\s\S]*bad/);
  });

  it("kills the whole group at the deadline", async () => {
    const answer = await environment.invoke(runScript("setsid sleep 1234 & sleep 1234"), { remainingMs: 5000 });
    expect(exceptionOf(answer)).toContain("killed at its deadline");
    expect(pidsWithEnvironment(`REQUEST_ID=${answer.requestId}`)).toEqual([]);
    expect(environment.leftovers()).toEqual([]);
  });

  it("uses the container that an earlier environment made", async () => {
    const again = await ExecutionEnvironment.start({
      env: { ...udocker.env, UDOCKER_DEFAULT_EXECUTION_MODE: "P2", UDOCKER_DIR: environment.udockerDir },
      image: {
        env: ["PATH=/bin", "FROM_IMAGE=image", "OVERRIDDEN=image"],
        workingDir: "/srv",
        cmd: ["echo", "own command"],
      },
    });
    udocker.notes();
    expect(outputOf(await again.invoke({}))).toBe("own command\n");
    expect(udocker.notes().filter((line) => line.startsWith("create"))).toEqual([]);
    again.stop();
  });
});

describeSystem("a udocker that does not work", [NEEDS.procfs], () => {
  it("is left alone, and the log says why", async () => {
    const folder = mkdtempSync(join(tmpdir(), "scar-no-udocker-"));
    const exec = join(folder, "udocker");
    writeFileSync(exec, "#!/bin/sh\nexit 1\n", { mode: 0o755 });
    const environment = await ExecutionEnvironment.start({ env: { UDOCKER_EXEC: exec } });
    try {
      expect(outputOf(await environment.invoke(runScript("echo runs")))).toBe("runs\n");
      expect(environment.log).toContain(`UDOCKER_EXEC: ${exec} is not used: it does not tell its version`);
    } finally {
      environment.stop();
      rmSync(folder, { recursive: true });
    }
  });

  it("is not missed where there is none: the first SCAR's functions all name one", async () => {
    const environment = await ExecutionEnvironment.start({ env: { UDOCKER_EXEC: "/opt/udocker/udocker.py" } });
    expect(outputOf(await environment.invoke(runScript("echo runs")))).toBe("runs\n");
    expect(environment.log).not.toContain("UDOCKER_EXEC");
    environment.stop();
  });
});

describeSystem("an archive of docker save, by udocker", [...needs, NEEDS.root, NEEDS.docker, NEEDS.ldd], () => {
  it("is loaded", async () => {
    const udocker = new Installation();
    const engine = await startDocker();
    let environment: ExecutionEnvironment | undefined;
    try {
      const [root, plain, saved] = ["root", "plain.tar", "saved.tar"].map((name) => join(udocker.folder, name)) as [
        string,
        string,
        string,
      ];
      makeRoot(root);
      await addPrograms(root, ["/bin/sh", "/bin/cat"]);
      writeFileSync(join(root, "etc/motd"), "loaded\n");
      // udocker cannot do without them.
      writeFileSync(join(root, "etc/passwd"), "root:x:0:0:root:/root:/bin/sh\n");
      writeFileSync(join(root, "etc/group"), "root:x:0:\n");
      await saveImage(root, plain);
      await engine.docker(["load", "-i", plain]);
      await engine.docker(["tag", "plain:latest", "example/saved:1"]);
      await engine.docker(["save", "-o", saved, "example/saved:1"]);
      environment = await ExecutionEnvironment.start({ env: udocker.env, container: { image_file: saved } });
      const cmd_args = JSON.stringify(["/bin/cat", "/etc/motd"]);
      expect(outputOf(await environment.invoke({ cmd_args }))).toBe("loaded\n");
      // F1, as in the first SCAR, where no mode is named.
      const made = ["create --name=udocker_container example/saved:1", "setup --execmode=F1 udocker_container"];
      expect(udocker.notes()).toEqual(expect.arrayContaining([`load -i ${saved}`, ...made]));
    } finally {
      environment?.stop();
      await engine.close();
      udocker.remove();
    }
  });
});
