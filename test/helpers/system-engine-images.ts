/** Root file systems for the engines' tests, made of Debian's packages, and kept between runs. */
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hostArchitecture } from "../../src/container/archive/open.ts";
import { openImageArchive, packImage } from "../../src/container/packed.ts";
import { type DebianSuite, debianTar } from "./system-debian.ts";
import { program, ROOT } from "./system-needs.ts";
import { check } from "./system-process.ts";
import { saveImage } from "./system-rootfs.ts";

const CACHE = process.env["SCAR_TEST_IMAGES"] ?? `${ROOT}.scratch/images`;

/** What a container does not need of a fresh Debian. */
const NEEDLESS = ["var/cache/apt", "var/lib/apt/lists", "usr/share/doc", "usr/share/man", "usr/share/locale"];

/** Packages of the one Debian 12 that all tests share. */
export const DEBIAN_12 = ["imagemagick", "python3-minimal", "cowsay"] as const;

/** An archive, as `docker save` writes it, of a minimal Debian with some packages more; made once. */
export async function debianArchive(suite: DebianSuite, packages: readonly string[]): Promise<string> {
  const archive = join(CACHE, `${[suite, ...packages].join("-")}.tar`);
  if (existsSync(archive)) return archive;
  mkdirSync(CACHE, { recursive: true });
  const folder = mkdtempSync(join(tmpdir(), "scar-debian-"));
  try {
    const root = join(folder, "root");
    if (packages.length === 0) {
      mkdirSync(root);
      await check("tar", ["-C", root, "--numeric-owner", "-xf", await debianTar(suite)]);
    } else {
      const include = `--include=${packages.join(",")}`;
      await check(program("debootstrap"), ["--variant=minbase", include, suite, root], { timeout: 500 });
    }
    for (const path of NEEDLESS) rmSync(join(root, path), { recursive: true, force: true });
    writeFileSync(join(root, "only-in-the-image"), `${suite}\n`);
    const made = join(folder, `${suite}.tar`);
    await saveImage(root, made);
    await check("mv", [made, `${archive}.new`]);
    renameSync(`${archive}.new`, archive);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return archive;
}

/** Writes an archive's image as a function's package has it. */
export async function packArchive(
  archive: string,
  reference: string,
  folder: string,
  architecture = hostArchitecture(),
): Promise<void> {
  const image = await openImageArchive(archive, { architecture });
  try {
    await packImage(image, reference, folder);
  } finally {
    await image.close();
  }
}

/** Where `.ci/install-system` puts a busybox that was linked with musl. */
export const MUSL_BUSYBOX = process.env["SCAR_TEST_BUSYBOX"] ?? `${ROOT}.scratch/musl/busybox`;

/** An archive of that busybox, its loader and nothing else; `libraries` get the loader's name for the C library, as in Alpine. */
export async function muslArchive(folder: string): Promise<string> {
  const root = join(folder, "musl-root");
  const arch = process.arch === "arm64" ? "aarch64" : "x86_64";
  for (const name of ["bin", "lib", "etc", "tmp", "usr/bin"]) mkdirSync(join(root, name), { recursive: true });
  await check("cp", [MUSL_BUSYBOX, join(root, "bin/busybox")]);
  await check("cp", [`/usr/lib/${arch}-linux-musl/libc.so`, join(root, `lib/ld-musl-${arch}.so.1`)]);
  symlinkSync(`ld-musl-${arch}.so.1`, join(root, `lib/libc.musl-${arch}.so.1`));
  const applets = (await check(join(root, "bin/busybox"), ["--list"], { env: {} }).catch(() => "sh\ncat\nls")).split(
    "\n",
  );
  for (const applet of applets)
    if (/^[a-z0-9]+$/.test(applet) && applet !== "busybox") symlinkSync("busybox", join(root, "bin", applet));
  writeFileSync(join(root, "etc/os-release"), 'ID=alpine\nVERSION_ID="3.18.0"\n');
  writeFileSync(join(root, "etc/passwd"), "root:x:0:0:root:/root:/bin/sh\n");
  writeFileSync(join(root, "only-in-the-image"), "musl\n");
  writeFileSync(join(root, "bin/hello-script"), '#!/bin/sh\necho "script $0 of $(cat /only-in-the-image): $*"\n', {
    mode: 0o755,
  });
  const archive = join(folder, "musl.tar");
  await saveImage(root, archive);
  return archive;
}

/** Functions of glibc that Debian's libfakechroot asks for and musl does not have. */
const SHIM = `
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#define FORWARD(call) va_list list; va_start(list, format); int result = call; va_end(list); return result
int __snprintf_chk(char *s, size_t n, int flag, size_t size, const char *format, ...) { FORWARD(vsnprintf(s, n, format, list)); }
int __sprintf_chk(char *s, int flag, size_t size, const char *format, ...) { FORWARD(vsprintf(s, format, list)); }
int __fprintf_chk(FILE *f, int flag, const char *format, ...) { FORWARD(vfprintf(f, format, list)); }
int __vfprintf_chk(FILE *f, int flag, const char *format, va_list list) { return vfprintf(f, format, list); }
void *__memmove_chk(void *to, const void *from, size_t n, size_t size) { return memmove(to, from, n); }
char *__strcpy_chk(char *to, const char *from, size_t size) { return strcpy(to, from); }
void __chk_fail(void) { abort(); }
void *rawmemchr(const void *s, int c) { return memchr(s, c, (size_t)-1); }
int fgetpwent_r(void) { return ENOENT; }
int fgetgrent_r(void) { return ENOENT; }
int fgetspent_r(void) { return ENOENT; }
`;

/**
 * A libfakechroot for musl, in the place of udocker's build for Alpine, which the tests may not fetch: Debian's, told to load musl's name
 * of the C library and a shim (found where the layer is) with what musl lacks.
 */
export async function muslFakechroot(folder: string): Promise<Record<string, string>> {
  const arch = process.arch === "arm64" ? "aarch64" : "x86_64";
  const [source, shim] = [join(folder, "shim.c"), join(folder, "libshim.so")];
  const library = join(folder, "libfakechroot-Alpine-3.18.so");
  writeFileSync(source, SHIM);
  await check("musl-gcc", ["-shared", "-fPIC", "-O1", "-w", "-o", shim, source]);
  // One change a run: of two only one is made.
  await check("patchelf", [
    ...["--replace-needed", "libc.so.6", `libc.musl-${arch}.so.1`, "--output", library, debianFakechroot()],
  ]);
  await check("patchelf", ["--add-needed", "/opt/udocker/lib/libshim.so", library]);
  const name = `libfakechroot-Alpine-3.18-${process.arch === "arm64" ? "arm64" : "x86_64"}.so`;
  return { [name]: library, "libshim.so": shim };
}

/** The library of Debian's package. */
export function debianFakechroot(): string {
  const arch = process.arch === "arm64" ? "aarch64" : "x86_64";
  return `/usr/lib/${arch}-linux-gnu/fakechroot/libfakechroot.so`;
}
