/**
 * What a system test needs of the machine. Off CI a file whose needs are not met is skipped, saying so in one line; in CI
 * (`CI=true`) it fails: a proof that did not run is not a proof. What cannot be installed everywhere (Go's programs) is excepted.
 */
import { accessSync, constants, existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, it } from "vitest";
import type { OrdinaryUser } from "./system-process.ts";

export const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** Where `.ci/install-system` puts awscli and boto3. */
export const PEER = process.env["SCAR_TEST_PEER"] ?? `${ROOT}.scratch/peer`;

/** Where `.ci/install-moto` puts moto. */
export const MOTO = process.env["SCAR_TEST_MOTO"] ?? `${ROOT}.scratch/moto`;

/** Where `.ci/install-system` puts versitygw and mc. */
export const GO_PROGRAMS = process.env["SCAR_TEST_GO"] ?? `${ROOT}.scratch/go`;

/** Where `.ci/install-system` puts udocker. */
export const UDOCKER = process.env["SCAR_TEST_UDOCKER"] ?? `${ROOT}.scratch/udocker/bin/udocker`;

/** Where `.ci/install-system` puts Debian 12's package libfakechroot. */
export const FAKECHROOT_PACKAGES = process.env["SCAR_TEST_FAKECHROOT"] ?? `${ROOT}.scratch/libfakechroot`;

/** Path of a program as the distribution installs it; other places of the PATH may hold wrappers of the same name. */
export function program(name: string): string {
  const path = ["/usr/bin", "/usr/sbin", "/bin", "/sbin"].map((folder) => `${folder}/${name}`).find(isExecutable);
  if (path === undefined) throw new Error(`${name} is not installed: ${INSTALL}`);
  return path;
}

const INSTALL = "sudo bash .ci/install-system";

export interface Need {
  /** What to write when it is missing. */
  readonly name: string;
  readonly isMet: () => boolean;
  /** The command that gives it. */
  readonly remedy: string;
  /** The command cannot give it everywhere: where it is missing, its tests are skipped in CI too. */
  readonly optional?: true;
}

const installed = (...names: readonly string[]): Need => ({
  name: names.join(", "),
  isMet: () =>
    names.every((name) => ["/usr/bin", "/usr/sbin", "/bin", "/sbin"].some((f) => isExecutable(`${f}/${name}`))),
  remedy: INSTALL,
});

const goProgram = (name: string): Need => ({
  name,
  isMet: () => isExecutable(`${GO_PROGRAMS}/${name}`),
  remedy: `${INSTALL}, with Go 1.25 or newer`,
  optional: true,
});

export const NEEDS = {
  root: { name: "root", isMet: () => process.getuid?.() === 0, remedy: "sudo npm run test:system" },
  docker: installed("docker", "dockerd"),
  curl: installed("curl"),
  imagemagick: installed("convert", "identify"),
  skopeo: installed("skopeo"),
  registry: installed("docker-registry", "buildah", "htpasswd", "openssl"),
  buildah: installed("buildah"),
  openssl: installed("openssl"),
  time: installed("time"),
  procfs: { name: "/proc (Linux)", isMet: () => existsSync("/proc/self/status"), remedy: "run it on Linux" },
  ldd: installed("ldd"),
  proot: installed("proot", "perl"),
  debootstrap: installed("debootstrap"),
  gcc: installed("gcc"),
  patchelf: installed("patchelf"),
  fakechroot: {
    name: "libfakechroot",
    isMet: () =>
      existsSync(`/usr/lib/${process.arch === "arm64" ? "aarch64" : "x86_64"}-linux-gnu/fakechroot/libfakechroot.so`),
    remedy: INSTALL,
  },
  arm64: {
    name: "qemu-aarch64-static, dpkg-deb, Node for arm64, on another processor",
    isMet: () =>
      process.arch !== "arm64" &&
      isExecutable("/usr/bin/qemu-aarch64-static") &&
      isExecutable("/usr/bin/dpkg-deb") &&
      existsSync(`${process.env["SCAR_TEST_ARM64"] ?? `${ROOT}.scratch/arm64`}/node/package/bin/node`),
    remedy: INSTALL,
  },
  fakechrootPackage: {
    name: "Debian 12's package libfakechroot",
    isMet: () => existsSync(FAKECHROOT_PACKAGES) && readdirSync(FAKECHROOT_PACKAGES).length > 0,
    remedy: `${INSTALL}, on Debian 12`,
    optional: true,
  },
  musl: {
    name: "busybox linked with musl, musl-gcc, patchelf",
    isMet: () =>
      isExecutable(process.env["SCAR_TEST_BUSYBOX"] ?? `${ROOT}.scratch/musl/busybox`) &&
      isExecutable("/usr/bin/musl-gcc") &&
      isExecutable("/usr/bin/patchelf"),
    remedy: INSTALL,
  },
  peer: { name: "awscli and boto3", isMet: () => isExecutable(`${PEER}/bin/aws`), remedy: INSTALL },
  moto: { name: "moto", isMet: () => isExecutable(`${MOTO}/bin/moto_server`), remedy: "bash .ci/install-moto" },
  udocker: { name: "udocker", isMet: () => isExecutable(UDOCKER), remedy: INSTALL },
  rclone: installed("rclone"),
  versitygw: goProgram("versitygw"),
  mc: goProgram("mc"),
  ordinaryUser: {
    name: "an ordinary user (nobody, in /etc/passwd)",
    isMet: () => process.getuid?.() !== 0 || ordinaryUser() !== undefined,
    remedy: "run the tests as an ordinary user",
  },
} as const satisfies Record<string, Need>;

/** `describe` for tests with needs. */
export function describeSystem(title: string, needs: readonly Need[], body: () => void): void {
  const missing = needs.filter((need) => !need.isMet());
  if (missing.length === 0) {
    describe(title, body);
    return;
  }
  const why = missing.map((need) => `${need.name} is missing (${need.remedy})`).join("; ");
  if (isCi() && !missing.every((need) => need.optional)) {
    describe(title, () => {
      it("has what it needs", () => {
        throw new Error(`in CI nothing may be skipped: ${why}`);
      });
    });
    return;
  }
  process.stderr.write(`skipped: ${title}: ${why}\n`);
  // The body is not run: it would make what nothing removes.
  describe.skip(title, () => it(why, () => {}));
}

function isCi(): boolean {
  return !["", "0", "false"].includes(process.env["CI"] ?? "");
}

/** The user without any right that every system has; undefined for tests that are run by an ordinary user anyway. */
export function ordinaryUser(): OrdinaryUser | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const line = readFileSync("/etc/passwd", "utf8")
    .split("\n")
    .find((entry) => entry.startsWith("nobody:"));
  if (line === undefined) return undefined;
  const [, , uid, gid] = line.split(":");
  return { uid: Number(uid), gid: Number(gid) };
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
