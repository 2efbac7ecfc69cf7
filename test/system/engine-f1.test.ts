/**
 * Images where AWS Lambda's rules hold: no ptrace, no namespaces, no chroot, a user without rights, the libraries in the layer alone.
 * The supervisor finds F1 by itself and says nothing of another engine.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import {
  DEBIAN_12,
  debianArchive,
  debianFakechroot,
  muslArchive,
  muslFakechroot,
  packArchive,
} from "../helpers/system-engine-images.ts";
import { LambdaLookAlike } from "../helpers/system-lookalike.ts";
import { describeSystem, NEEDS } from "../helpers/system-needs.ts";
import { check } from "../helpers/system-process.ts";
import { saveImage } from "../helpers/system-rootfs.ts";

const folder = mkdtempSync(join(tmpdir(), "scar-f1-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Programs without a loader and with one that the image lacks, made here, beside what an image's own packages give. */
async function extraPrograms(): Promise<string> {
  const extra = join(folder, "extra");
  mkdirSync(join(extra, "usr/local/bin"), { recursive: true });
  const source = join(folder, "tell.c");
  writeFileSync(
    source,
    '#include <stdio.h>\nint main(void) { FILE *f = fopen("/only-in-the-image", "r"); puts(f ? "inside" : "outside"); return 3; }\n',
  );
  await check("gcc", ["-static", "-o", join(extra, "usr/local/bin/static-program"), source]);
  await check("gcc", [
    "-Wl,--dynamic-linker=/lib/ld-none.so.1",
    "-o",
    join(extra, "usr/local/bin/lacks-loader"),
    source,
  ]);
  const script = (name: string, text: string) =>
    writeFileSync(join(extra, "usr/local/bin", name), text, { mode: 0o755 });
  script("lacks-interpreter", "#!/opt/none/bin/python\n");
  script("windows", "#!/bin/sh\r\necho hello\r\n");
  script("nested", "#!/usr/local/bin/outer -x\necho never\n");
  script("outer", '#!/bin/sh\necho "outer $*"\n');
  const elf = Buffer.alloc(64);
  elf.write("\x7fELF\x02\x01\x01", "latin1");
  elf.writeUInt16LE(2, 16);
  elf.writeUInt16LE(process.arch === "arm64" ? 62 : 183, 18);
  elf.writeUInt32LE(1, 20);
  writeFileSync(join(extra, "usr/local/bin/other-machine"), elf, { mode: 0o755 });
  return extra;
}

/** A second layer for an archive of `docker save`: the extra programs, by a new archive. */
async function withExtra(archive: string): Promise<string> {
  const work = mkdtempSync(join(folder, "with-"));
  const root = join(work, "root");
  mkdirSync(root);
  await check("tar", ["-C", work, "-xf", archive]);
  await check("sh", ["-c", 'tar -C "$1" -xf "$2"/0.tar', "sh", root, work]);
  await check("cp", ["-a", `${await extraPrograms()}/.`, root]);
  const made = join(folder, "debian.tar");
  await saveImage(root, made);
  rmSync(work, { recursive: true });
  return made;
}

const FACTS = `#!/bin/sh
echo "pwd $PWD $(pwd)"
cat /only-in-the-image
test -e /only-in-the-image && echo tested
ls -d /opt/udocker /var/task 2>/dev/null
echo "LD_LIBRARY_PATH=$LD_LIBRARY_PATH"
echo hello > /tmp/inside && cat /tmp/inside
cat < /dev/null; echo null > /dev/null; ls /proc/self >/dev/null && echo proc
id -u; whoami; echo "$HOME $USER $LOGNAME"
echo out > "$TMP_OUTPUT_DIR/out"; cat "$TMP_OUTPUT_DIR/out"; cat "$INPUT_FILE_PATH"; echo
cat /etc/hosts | wc -l
exit 0
`;

function facts(text: string): string[] {
  return text.trim().split("\n");
}

describeSystem("F1 runs a Debian 12 image", [NEEDS.root, NEEDS.debootstrap, NEEDS.fakechroot, NEEDS.gcc], () => {
  let lambda: LambdaLookAlike;
  beforeAll(async () => {
    const archive = await withExtra(await debianArchive("bookworm", DEBIAN_12));
    lambda = await LambdaLookAlike.start({
      pack: (to) => packArchive(archive, "debian:12", to),
      reference: "debian:12",
      libraries: { "libfakechroot.so": debianFakechroot() },
      script: FACTS,
    });
  });
  afterAll(() => lambda?.stop());

  it("keeps a shell inside, with the machine's devices and the function's folders", async () => {
    const { statusCode, text } = await lambda.invoke({ some: "event" });
    expect([statusCode, lambda.log]).toEqual([200, expect.any(String)]);
    const lines = facts(text);
    expect(lines.slice(0, 3)).toEqual(["pwd / /", "bookworm", "tested"]);
    expect(lines).toEqual(
      expect.arrayContaining(["hello", "proc", "993", "out", '{"some":"event"}', "/root root root"]),
    );
    expect(text).not.toContain("/var/task");
    expect(lines.find((line) => line.startsWith("LD_LIBRARY_PATH="))).not.toMatch(/var\/lang|var\/runtime|opt\/lib/);
    expect(lambda.log).not.toContain("where AWS Lambda would use");
  });

  it("is warm the second time, and says once that writes stay", async () => {
    const { text } = await lambda.run("cat /tmp/inside; cat /only-in-the-image");
    expect(text).toBe("hello\nbookworm\n");
  });

  it("runs ImageMagick, through Debian's alternatives", async () => {
    const { text } = await lambda.run(
      'convert rose: -colorspace Gray "$TMP_OUTPUT_DIR/rose.png" && identify -format "%m %[colorspace] %wx%h" "$TMP_OUTPUT_DIR/rose.png"',
    );
    expect(text).toBe("PNG Gray 70x46");
  });

  it("runs Python, its modules, its children and its sockets", async () => {
    const { text } = await lambda.run(`#!/usr/bin/python3
import os, socket, subprocess, sys, tempfile
print(open("/only-in-the-image").read().strip(), os.path.exists("/only-in-the-image"), os.getcwd())
print(subprocess.run([sys.executable, "-c", "print(6 * 7)"], capture_output=True, text=True).stdout.strip())
folder = tempfile.mkdtemp()
server = socket.socket(socket.AF_UNIX); server.bind(folder + "/socket"); server.listen()
client = socket.socket(socket.AF_UNIX); client.connect(folder + "/socket")
print(sorted(os.listdir(folder)), os.path.realpath("/bin/sh"))
`);
    expect(text).toBe("bookworm True /\n42\n['socket'] /usr/bin/dash\n");
  });

  it("runs Perl and scripts in scripts, with all their arguments", async () => {
    const { text } = await lambda.run(
      `perl -e 'print -e "/only-in-the-image" ? "there" : "gone", " @ARGV\\n"' a "b c"; PATH=$PATH:/usr/local/bin; outer 1 "2 3" 4`,
    );
    expect(text).toBe("there a b c\nouter 1 2 3 4\n");
  });

  it("hands the image's command on, with its exit status and its arguments", async () => {
    const run = (...argv: string[]) => lambda.invoke({ cmd_args: JSON.stringify(argv) });
    expect(await run("printf", "%s|", "a b", "$HOME", "")).toEqual({ statusCode: 200, text: "a b|$HOME||" });
    // A script whose interpreter is a script.
    expect((await run("/usr/local/bin/nested", "1", "2 3")).text).toBe("outer -x /usr/local/bin/nested 1 2 3\n");
    expect(await run("sh", "-c", "exit 7")).toMatchObject({ text: expect.stringContaining("exit code 7") });
    expect(await run("sh", "-c", "kill -9 $$")).toMatchObject({ text: expect.stringContaining("SIGKILL") });
    expect(await run("no-such-program")).toMatchObject({ text: expect.stringContaining("exit code 127") });
  });

  it("ends everything at the deadline, daemons too", async () => {
    const { statusCode, text } = await lambda.run("env -i setsid sleep 4321 & setsid sleep 4321 & sleep 4321", 4000);
    expect([statusCode, text]).toEqual([500, expect.stringContaining("killed at its deadline")]);
    expect((await lambda.run("cat /proc/[0-9]*/cmdline | tr '\\0' ' ' | grep -c '432[1]' || true")).text).toBe("0\n");
  });

  it("warns once of a static program, and runs it", async () => {
    const first = await lambda.invoke({ cmd_args: JSON.stringify(["/usr/local/bin/static-program"]) });
    expect(first.text).toContain("exit code 3");
    await lambda.invoke({ cmd_args: JSON.stringify(["/usr/local/bin/static-program"]) });
    expect(lambda.log.match(/static-program is a static program/g)).toHaveLength(1);
    expect(lambda.log).toContain("outside\n");
  });

  it.each([
    ["a program whose loader is missing", "lacks-loader", /lacks-loader needs the loader \/lib\/ld-none\.so\.1/],
    [
      "a script whose interpreter is missing",
      "lacks-interpreter",
      /lacks-interpreter is a script for \/opt\/none\/bin\/python/,
    ],
    ["a script with Windows' lines", "windows", /windows is a script for \/bin\/sh, .* lines end as on Windows/],
    ["a program of another processor", "other-machine", /other-machine is a program for (arm64|amd64)/],
    ["a program that changes its user", "/usr/bin/su", /\/usr\/bin\/su changes the user/],
  ])("refuses %s by name", async (_, name, message) => {
    const path = name.startsWith("/") ? name : `/usr/local/bin/${name}`;
    const { statusCode, text } = await lambda.invoke({ cmd_args: JSON.stringify([path]) });
    expect([statusCode, text]).toEqual([500, expect.stringMatching(message)]);
  });
});

describeSystem("F1 runs a Debian 13 image", [NEEDS.root, NEEDS.debootstrap, NEEDS.fakechroot], () => {
  it("keeps its shell, its tools and Perl inside", async () => {
    const archive = await debianArchive("trixie", []);
    const lambda = await LambdaLookAlike.start({
      pack: (to) => packArchive(archive, "debian:13", to),
      reference: "debian:13",
      libraries: { "libfakechroot.so": debianFakechroot() },
    });
    try {
      const { text } = await lambda.run(
        'cat /only-in-the-image; test -f /only-in-the-image && stat -c %n /only-in-the-image; find /only-in-the-image; perl -e \'print -s "/only-in-the-image", "\\n"\'; sort /only-in-the-image; mktemp -d >/dev/null && echo made',
      );
      expect(facts(text)).toEqual(["trixie", "/only-in-the-image", "/only-in-the-image", "7", "trixie", "made"]);
    } finally {
      lambda.stop();
    }
  });
});

describeSystem("F1 runs a musl image", [NEEDS.root, NEEDS.fakechroot, NEEDS.musl], () => {
  it("keeps busybox and its scripts inside", async () => {
    const archive = await muslArchive(folder);
    const lambda = await LambdaLookAlike.start({
      pack: (to) => packArchive(archive, "musl:1", to),
      reference: "musl:1",
      libraries: { ...(await muslFakechroot(folder)), "libfakechroot.so": debianFakechroot() },
    });
    try {
      const { text, statusCode } = await lambda.run(
        'cat /only-in-the-image; test -e /only-in-the-image && echo tested; pwd; hello-script a "b c"; readlink /bin/cat; ls / | tr "\\n" " "; (cd /usr/bin && pwd)',
      );
      expect([statusCode, lambda.log]).toEqual([200, expect.stringContaining("cannot keep writes apart")]);
      expect(facts(text).slice(0, 5)).toEqual([
        "musl",
        "tested",
        "/",
        "script /bin/hello-script of musl: a b c",
        "busybox",
      ]);
      expect(text).toContain("/usr/bin\n");
    } finally {
      lambda.stop();
    }
  });
});

describeSystem("where no library serves the image", [NEEDS.root, NEEDS.fakechroot, NEEDS.musl], () => {
  it("names its C library and the way out", async () => {
    const archive = await muslArchive(mkdtempSync(join(folder, "again-")));
    const lambda = await LambdaLookAlike.start({
      pack: (to) => packArchive(archive, "musl:1", to),
      reference: "musl:1",
      libraries: { "libfakechroot.so": debianFakechroot() },
    });
    try {
      const { text } = await lambda.run("true");
      expect(text).toContain("no libfakechroot at hand serves its C library (alpine 3.18.0, musl 1.2.");
      expect(text).toContain("R1 by unshare");
      expect(lambda.log).toContain("-rt image");
      const named = await LambdaLookAlike.start({
        pack: (to) => packArchive(archive, "musl:1", to),
        reference: "musl:1",
        env: { UDOCKER_DEFAULT_EXECUTION_MODE: "F4" },
      });
      expect((await named.run("true")).text).toContain("F1 cannot run this image");
      named.stop();
    } finally {
      lambda.stop();
    }
  });
});

describeSystem("P1 in the same place, with ptrace", [NEEDS.root, NEEDS.proot, NEEDS.musl], () => {
  it("runs the image, and says that F1 is what Lambda would take", async () => {
    const archive = await muslArchive(mkdtempSync(join(folder, "proot-")));
    const lambda = await LambdaLookAlike.start({
      pack: (to) => packArchive(archive, "musl:1", to),
      reference: "musl:1",
      ptrace: true,
    });
    try {
      const { text } = await lambda.run("cat /only-in-the-image; id -u; hello-script a");
      expect(facts(text)).toEqual(["musl", "0", "script /bin/hello-script of musl: a"]);
      expect(lambda.log).toContain(
        "the image runs by P1, PRoot, where AWS Lambda would use F1 (fakechroot): no libfakechroot at hand",
      );
    } finally {
      lambda.stop();
    }
  });
});
