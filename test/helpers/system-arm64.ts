/** arm64 on a machine of another processor: Debian's packages, Node, and the kernel told to run their programs by QEMU. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { program, ROOT } from "./system-needs.ts";
import { check } from "./system-process.ts";
import { saveImage } from "./system-rootfs.ts";

const CACHE = process.env["SCAR_TEST_ARM64"] ?? `${ROOT}.scratch/arm64`;

/** Where `.ci/install-system` puts Node for arm64. */
export const ARM64_NODE = `${CACHE}/node/package/bin/node`;

/** What Node needs of a system. */
const LIBRARIES = ["libc", "libdl", "libgcc_s", "libm", "libpthread", "libstdc++"];

/** Packages that are unpacked into the image beside the smallest system's. */
const PACKAGES = ["perl", "libperl5.36", "perl-modules-5.36", "libfakechroot", "libstdc++6"];

export interface Arm64 {
  /** As `docker save` writes it. */
  readonly archive: string;
  /** Debian's libfakechroot for arm64. */
  readonly fakechroot: string;
  /** Files of `/opt` and the words that run Node there. */
  readonly node: { readonly files: Readonly<Record<string, string>>; readonly words: readonly string[] };
}

/** A Debian 12 for arm64 whose packages are unpacked and not set up, which needs no program of theirs; made once. As root. */
export async function arm64Debian(): Promise<Arm64> {
  const [archive, libraries] = [join(CACHE, "bookworm.tar"), join(CACHE, "lib")];
  if (!existsSync(archive)) await make(archive, libraries);
  const found = readdirSync(libraries).filter((name) => name !== "libfakechroot.so");
  const loader = "/opt/arm64/lib/ld-linux-aarch64.so.1";
  return {
    archive,
    fakechroot: join(libraries, "libfakechroot.so"),
    node: {
      files: {
        "arm64/node": ARM64_NODE,
        ...Object.fromEntries(found.map((name) => [`arm64/lib/${name}`, join(libraries, name)])),
      },
      words: [loader, "--library-path", "/opt/arm64/lib", "/opt/arm64/node"],
    },
  };
}

async function make(archive: string, libraries: string): Promise<void> {
  mkdirSync(CACHE, { recursive: true });
  const folder = mkdtempSync(join(tmpdir(), "scar-arm64-"));
  try {
    const root = join(folder, "root");
    const asked = ["--foreign", "--arch=arm64", "--variant=minbase", `--include=${PACKAGES.join(",")}`];
    await check(program("debootstrap"), [...asked, "bookworm", root], { timeout: 540 });
    const packages = join(root, "var/cache/apt/archives");
    for (const name of readdirSync(packages)) {
      const isWanted = PACKAGES.some((wanted) => name.startsWith(`${wanted}_`));
      if (isWanted) await check("dpkg-deb", ["-x", join(packages, name), root]);
    }
    for (const path of ["var/cache/apt", "debootstrap", "proc", "usr/share/doc", "usr/share/locale"]) {
      rmSync(join(root, path), { recursive: true, force: true });
    }
    writeFileSync(join(root, "etc/passwd"), "root:x:0:0:root:/root:/bin/sh\n");
    writeFileSync(join(root, "only-in-the-image"), "bookworm\n");
    rmSync(libraries, { recursive: true, force: true });
    mkdirSync(libraries);
    const shared = join(root, "usr/lib/aarch64-linux-gnu");
    const wanted = readdirSync(shared).filter(
      (name) => name === "ld-linux-aarch64.so.1" || LIBRARIES.some((library) => name.startsWith(`${library}.so.`)),
    );
    for (const name of [...wanted, "fakechroot/libfakechroot.so"]) {
      await check("cp", ["-L", join(shared, name), libraries]);
    }
    const made = join(folder, "bookworm.tar");
    await saveImage(root, made, [], "arm64");
    await check("mv", [made, `${archive}.new`]);
    renameSync(`${archive}.new`, archive);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const BINFMT = "/proc/sys/fs/binfmt_misc";
const ENTRY = "scar-test-aarch64";

/** ELF, 64 bits, little-endian, a program or a library, of machine 183; F: the interpreter is opened now, for every root. */
const RULE = [
  `:${ENTRY}:M::`,
  String.raw`\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00:`,
  String.raw`\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff:`,
  "/usr/bin/qemu-aarch64-static:F",
].join("");

/** Makes the kernel run arm64 programs, until the function returned is called. As root. */
export async function runArm64(): Promise<() => Promise<void>> {
  const isMounted = existsSync(`${BINFMT}/register`);
  if (!isMounted) await check("mount", ["-t", "binfmt_misc", "binfmt_misc", BINFMT]);
  if (!existsSync(`${BINFMT}/${ENTRY}`)) writeFileSync(`${BINFMT}/register`, RULE);
  return async () => {
    writeFileSync(`${BINFMT}/${ENTRY}`, "-1");
    if (!isMounted) await check("umount", [BINFMT]);
  };
}
