import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ensureAccount } from "../../../src/container/engines/fakechroot/account.ts";
import { libraryFolders } from "../../../src/container/engines/fakechroot/library-folders.ts";
import { placeVolumes } from "../../../src/container/engines/fakechroot/volumes.ts";
import { userVariables } from "../../../src/container/image-user.ts";
import { describeRoot, inspectRoot, parseOsRelease } from "../../../src/container/inspect.ts";
import { findProgramInside } from "../../../src/container/program.ts";
import { elfProgram } from "./elf-fixtures.ts";

const HERE = process.arch === "arm64" ? "arm64" : "amd64";
const OTHER = process.arch === "arm64" ? "amd64" : "arm64";

let folder: string;
let rootfs: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "scar-root-"));
  rootfs = join(folder, "root");
  for (const name of ["bin", "lib", "lib64", "etc", "usr/bin", "srv"])
    mkdirSync(join(rootfs, name), { recursive: true });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, content: string | Buffer, mode = 0o755): void {
  writeFileSync(join(rootfs, name), content);
  chmodSync(join(rootfs, name), mode);
}
const elf = (machine: string, interpreter?: string): Buffer =>
  elfProgram({ machine, wide: true, little: true, interpreter });

function find(
  argv: string[],
  more: { volumes?: { source: string; target: string }[]; env?: Record<string, string>; workdir?: string } = {},
) {
  return findProgramInside({ rootfs, argv, env: {}, workdir: "/", volumes: [], ...more });
}

describe("the program of a command", () => {
  beforeEach(() => {
    file("lib64/ld.so", elf(HERE));
    file("bin/sh", elf(HERE, "/lib64/ld.so"));
  });

  it("is found in PATH, by a path, and from the working directory", () => {
    const sh = { path: "/bin/sh", file: join(rootfs, "bin/sh"), loader: join(rootfs, "lib64/ld.so") };
    expect(find(["sh", "-c", "x"])).toEqual({ ...sh, argv: ["sh", "-c", "x"] });
    expect(find(["/bin/sh"])).toEqual({ ...sh, argv: ["/bin/sh"] });
    expect(find(["./sh"], { workdir: "/bin" })).toEqual({ ...sh, argv: ["./sh"] });
    expect(find(["sh"], { env: { PATH: ":/usr/bin" }, workdir: "/bin" })).toMatchObject({ path: "/bin/sh" });
    expect(find(["sh"], { env: { PATH: "/usr/bin" } })).toEqual({ status: 127, why: "sh: not found" });
    expect(find(["/../../bin/sh"])).toMatchObject({ file: join(rootfs, "bin/sh") });
  });

  it("keeps its name when it is a link inside, and stays in the root when the link is absolute", () => {
    symlinkSync("sh", join(rootfs, "bin/dash"));
    symlinkSync("/bin/sh", join(rootfs, "bin/absolute"));
    expect(find(["dash"])).toMatchObject({ file: join(rootfs, "bin/dash") });
    expect(find(["absolute"])).toMatchObject({ file: join(rootfs, "bin/sh") });
  });

  it("of a script is its interpreter, with all arguments", () => {
    file("bin/inner", "#!/bin/sh -e\n");
    file("bin/outer", "#! /bin/inner a b\n");
    file("bin/plain", "echo without a first line\n");
    expect(find(["inner", "1"])).toMatchObject({ argv: ["/bin/sh", "-e", "/bin/inner", "1"], path: "/bin/sh" });
    expect(find(["/bin/outer", "1", ""])).toMatchObject({
      argv: ["/bin/sh", "-e", "/bin/inner", "a b", "/bin/outer", "1", ""],
    });
    expect(find(["plain"])).toMatchObject({ argv: ["/bin/sh", "/bin/plain"] });
  });

  it("may stand in a volume", () => {
    const source = join(folder, "request");
    mkdirSync(source);
    writeFileSync(join(source, "script"), "#!/bin/sh\n", { mode: 0o755 });
    const volumes = [{ source, target: "/tmp/request" }];
    expect(find(["/tmp/request/script"], { volumes })).toMatchObject({ argv: ["/bin/sh", "/tmp/request/script"] });
    expect(find(["/tmp/request/none"], { volumes })).toMatchObject({ status: 127 });
  });

  it("is told static when it asks for no loader", () => {
    file("bin/static", elf(HERE));
    expect(find(["static"])).toMatchObject({ loader: undefined });
  });

  it("is none: a folder, a file that may not be run, data, a circle", () => {
    file("bin/data", Buffer.from([1, 0, 2]));
    file("bin/text", "hello", 0o644);
    file("bin/circle", "#!/bin/circle\n");
    for (const name of ["/etc", "/bin/data", "/bin/text", "/bin/circle"])
      expect(find([name])).toMatchObject({ status: 126 });
    expect(find([""])).toMatchObject({ status: 127 });
  });

  it.each([
    ["MissingInterpreter", "/bin/bad-loader", /bad-loader needs the loader \/lib\/ld-musl\.so/],
    ["MissingInterpreter", "/bin/bad-script", /bad-script is a script for \/opt\/python, which/],
    ["MissingInterpreter", "/bin/windows", /windows is a script for \/bin\/sh, .*Windows/],
    ["WrongArchitecture", "/bin/other", new RegExp(`other is a program for ${OTHER}, and this machine is ${HERE}`)],
  ])("is refused by name: %s %s", (code, name, message) => {
    file("bin/bad-loader", elf(HERE, "/lib/ld-musl.so"));
    file("bin/bad-script", "#!/opt/python -u\n");
    file("bin/windows", "#!/bin/sh\r\n");
    file("bin/other", elf(OTHER, "/lib64/ld.so"));
    expect(() => find([name])).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(message), hint: expect.any(String) }),
    );
  });
});

describe("what an image is", () => {
  it("is told by its loader, its C library and os-release", () => {
    file("lib64/ld-linux-x86-64.so.2", elf(HERE));
    file("bin/sh", elf(HERE, "/lib64/ld-linux-x86-64.so.2"));
    file("lib64/libc.so.6", "\0GNU C Library (X GLIBC 2.31-13) stable release version 2.31.\0");
    file("etc/os-release", 'NAME="X"\nID=debian\nVERSION_ID="11"\n');
    const facts = inspectRoot(rootfs);
    expect(facts).toEqual({
      machine: HERE,
      libc: "glibc",
      version: "2.31",
      loader: "/lib64/ld-linux-x86-64.so.2",
      distribution: { id: "debian", versionId: "11" },
    });
    expect(describeRoot(facts)).toBe(`debian 11, glibc 2.31, ${HERE}`);
  });

  it("is musl's by its loader, found without any program too", () => {
    file("lib/ld-musl-x86_64.so.1", Buffer.concat([elf(HERE), Buffer.from("\x001.2.4\x00")]));
    expect(inspectRoot(rootfs)).toMatchObject({ libc: "musl", version: "1.2.4", machine: HERE });
  });

  it("has no C library when its programs are static, or there are none", () => {
    expect(inspectRoot(rootfs)).toEqual({ libc: "none" });
    file("bin/busybox", elf(HERE));
    expect(inspectRoot(rootfs)).toEqual({ libc: "none", machine: HERE });
    file("etc/redhat-release", "CentOS release 6.10 (Final)\n");
    expect(describeRoot(inspectRoot(rootfs))).toBe(`centos 6.10, no C library, ${HERE}`);
  });

  it("reads os-release with and without quotes", () => {
    expect(parseOsRelease("ID='alpine'\nVERSION_ID=3.18.4\n")).toEqual({ id: "alpine", versionId: "3.18.4" });
    expect(parseOsRelease("NAME=x\n")).toBeUndefined();
  });

  it("lists the folders of its libraries as its loader's configuration does", () => {
    for (const name of ["opt/first", "opt/second", "usr/lib/R/lib", "usr/lib/plugins"])
      mkdirSync(join(rootfs, name), { recursive: true });
    mkdirSync(join(rootfs, "etc/ld.so.conf.d"));
    file("etc/ld.so.conf", "include /etc/ld.so.conf.d/*.conf # all\n/opt/second\n/opt/missing\n");
    file("etc/ld.so.conf.d/a.conf", "/opt/first\ninclude /etc/ld.so.conf\n");
    file("usr/lib/R/lib/libR.so", "");
    file("usr/lib/plugins/plugin.so", "");
    const folders = libraryFolders(rootfs, { libc: "glibc" }).map((path) => path.slice(rootfs.length));
    expect(folders.slice(0, 2)).toEqual(["/opt/first", "/opt/second"]);
    expect(folders).toEqual(expect.arrayContaining(["/lib", "/lib64", "/usr/lib", "/usr/lib/R/lib"]));
    expect(folders).not.toContain("/usr/lib/plugins");
    file("etc/ld-musl-x86_64.path", "/opt/second:/lib\n");
    const musl = libraryFolders(rootfs, { libc: "musl", loader: "/lib/ld-musl-x86_64.so.1" });
    expect(musl.slice(0, 2)).toEqual([join(rootfs, "opt/second"), join(rootfs, "lib")]);
  });
});

describe("the image's user", () => {
  it.each([
    ["", { HOME: "/root", USER: "root", LOGNAME: "root" }],
    ["app", { HOME: "/srv/app", USER: "app", LOGNAME: "app" }],
    ["1000:50", { HOME: "/srv/app", USER: "app", LOGNAME: "app" }],
    ["4711", { HOME: "/" }],
    ["nobody-there", { HOME: "/", USER: "nobody-there", LOGNAME: "nobody-there" }],
  ])("%s is told by variables", (user, variables) => {
    file("etc/passwd", "root:x:0:0:root:/root:/bin/sh\napp:x:1000:1000::/srv/app:/bin/sh\n");
    expect(userVariables(rootfs, user)).toEqual(variables);
  });

  it("is root in an image without a list of users", () => {
    expect(userVariables(rootfs, "")).toEqual({ HOME: "/root", USER: "root", LOGNAME: "root" });
  });

  it("gets a line of its own once, under a name that is free", () => {
    file("etc/passwd", "root:x:0:0:root:/root:/bin/sh", 0o644);
    const env = { USER: "root", HOME: "/root" };
    ensureAccount(rootfs, { uid: 993, gid: 990 }, env);
    ensureAccount(rootfs, { uid: 993, gid: 990 }, env);
    expect(readFileSync(join(rootfs, "etc/passwd"), "utf8")).toBe(
      "root:x:0:0:root:/root:/bin/sh\nuser:x:993:990::/root:/bin/sh\n",
    );
  });
});

const findNames = (path: string): string[] => readdirSync(path).sort();

describe("volumes without mounts", () => {
  it("are shared paths when they are the same inside, else links that go away", () => {
    const source = join(folder, "data");
    mkdirSync(source);
    mkdirSync(join(rootfs, "srv/empty"));
    const placed = placeVolumes(rootfs, [
      { source, target: source },
      { source, target: "/in/side" },
      { source, target: "/srv/empty" },
    ]);
    expect(placed.shared).toEqual(expect.arrayContaining(["/proc", "/dev", "/etc/hosts", source]));
    writeFileSync(join(rootfs, "in/side/file"), "x");
    writeFileSync(join(rootfs, "srv/empty/other"), "x");
    placed.undo();
    const names = (path: string) => findNames(join(rootfs, path));
    expect([names("in"), names("srv"), findNames(source)]).toEqual([[], ["empty"], ["file", "other"]]);
  });

  it.each([
    ["a folder with files", "/etc", /the image has files there/],
    ["a file", "/etc/conf", /the image has a file there/],
    ["another volume", "/outer/inner", /inside the volume \/outer/],
    ["no absolute path", "relative", /not absolute/],
  ])("are refused at %s", (_, target, message) => {
    const source = join(folder, "data");
    mkdirSync(source);
    file("etc/conf", "x");
    const volumes = [
      { source, target: "/outer" },
      { source, target },
    ];
    expect(() => placeVolumes(rootfs, volumes)).toThrow(
      expect.objectContaining({ code: "InvalidVolume", message: expect.stringMatching(message) }),
    );
    expect(findNames(rootfs)).not.toContain("outer");
  });
});
