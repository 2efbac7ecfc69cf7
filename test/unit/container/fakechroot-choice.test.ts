import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { LibraryFacts } from "../../../src/container/elf/library.ts";
import { type FakechrootLibrary, fittingLibraries, serves } from "../../../src/container/engines/fakechroot/choice.ts";
import { DEBIAN as PUBLISHED_BY_DEBIAN } from "../../../src/container/engines/fakechroot/published.ts";
import { parseEngineMode } from "../../../src/container/engines/modes.ts";
import type { RootFacts } from "../../../src/container/inspect.ts";

const library = (name: string, facts: Partial<LibraryFacts> = {}): FakechrootLibrary => ({
  name,
  path: `/lib/${name}`,
  facts: { machine: "amd64", libc: "glibc", needsGlibc: [2, 14], defines: new Set(["__xstat", "statx"]), ...facts },
});
const musl = (release: string) =>
  library(`libfakechroot-Alpine-${release}-x86_64.so`, { libc: "musl", needsGlibc: [0, 0] });

/** As udocker publishes them, and Debian's. */
const DEBIAN = library("libfakechroot.so", { needsGlibc: [2, 34], defines: new Set(["stat", "statx"]) });
const ALL = [
  library("libfakechroot-CentOS-6-x86_64.so", { needsGlibc: [2, 4], defines: new Set(["__xstat"]) }),
  library("libfakechroot-CentOS-7-x86_64.so", { defines: new Set(["__xstat"]) }),
  library("libfakechroot-AlmaLinux-8-x86_64.so"),
  library("libfakechroot-Ubuntu-16-x86_64.so", { defines: new Set(["__xstat"]) }),
  library("libfakechroot-Ubuntu-18-x86_64.so", { defines: new Set(["__xstat"]) }),
  library("libfakechroot-Ubuntu-20-x86_64.so"),
  library("libfakechroot-Ubuntu-22-x86_64.so", { needsGlibc: [2, 34] }),
  ...["3.6", "3.10", "3.13", "3.18"].map(musl),
  DEBIAN,
];

const root = (libc: "glibc" | "musl", version: string, id?: string, versionId = ""): RootFacts => ({
  libc,
  version,
  machine: "amd64",
  ...(id && { distribution: { id, versionId } }),
});

describe("the library for an image", () => {
  it.each([
    ["Debian 13", root("glibc", "2.41", "debian", "13"), "libfakechroot.so"],
    ["Debian 12", root("glibc", "2.36", "debian", "12"), "libfakechroot.so"],
    ["Ubuntu 22.04, whose own build leaves stat(2) out", root("glibc", "2.35", "ubuntu", "22.04"), "libfakechroot.so"],
    ["Debian 11", root("glibc", "2.31", "debian", "11"), "libfakechroot-Ubuntu-20-x86_64.so"],
    ["Ubuntu 20.04", root("glibc", "2.31", "ubuntu", "20.04"), "libfakechroot-Ubuntu-20-x86_64.so"],
    ["Ubuntu 16.04", root("glibc", "2.23", "ubuntu", "16.04"), "libfakechroot-Ubuntu-16-x86_64.so"],
    ["Ubuntu 17.10", root("glibc", "2.26", "ubuntu", "17.10"), "libfakechroot-Ubuntu-16-x86_64.so"],
    ["Rocky 8", root("glibc", "2.28", "rocky", "8.9"), "libfakechroot-Ubuntu-20-x86_64.so"],
    ["AlmaLinux 8", root("glibc", "2.28", "almalinux", "8.9"), "libfakechroot-AlmaLinux-8-x86_64.so"],
    ["CentOS 7", root("glibc", "2.17", "centos", "7"), "libfakechroot-CentOS-7-x86_64.so"],
    ["CentOS 6", root("glibc", "2.12", "centos", "6.10"), "libfakechroot-CentOS-6-x86_64.so"],
    ["Alpine 3.18", root("musl", "1.2.4", "alpine", "3.18.4"), "libfakechroot-Alpine-3.18-x86_64.so"],
    [
      "Alpine 3.15, rather of an older release",
      root("musl", "1.2.2", "alpine", "3.15.0"),
      "libfakechroot-Alpine-3.13-x86_64.so",
    ],
    ["Alpine 3.9", root("musl", "1.1.20", "alpine", "3.9.6"), "libfakechroot-Alpine-3.6-x86_64.so"],
    ["an unknown musl", root("musl", "1.2.3"), "libfakechroot-Alpine-3.18-x86_64.so"],
  ])("of %s", (_, facts, name) => {
    expect(fittingLibraries(facts, ALL)[0]?.name).toBe(name);
  });

  it.each([
    ["Debian 12", root("glibc", "2.36", "debian", "12"), true],
    ["Debian 13", root("glibc", "2.41", "debian", "13"), true],
    ["Ubuntu 22.04", root("glibc", "2.35", "ubuntu", "22.04"), true],
    ["Ubuntu 24.04", root("glibc", "2.39", "ubuntu", "24.04"), true],
    ["Fedora 40", root("glibc", "2.39", "fedora", "40"), true],
    ["RHEL 9", root("glibc", "2.34", "rhel", "9.4"), true],
    ["Fedora 34", root("glibc", "2.33", "fedora", "34"), false],
    ["Debian 11", root("glibc", "2.31", "debian", "11"), false],
  ])(
    "of %s may be Debian's as it is fetched, which udocker's of the same release does not hide",
    (_, facts, served) => {
      const fetched = { ...DEBIAN, name: PUBLISHED_BY_DEBIAN.amd64.library };
      const broken = library("libfakechroot-Debian-12-x86_64.so", { needsGlibc: [2, 34] });
      const all = [...ALL.filter((one) => one !== DEBIAN), broken, fetched];
      expect(fittingLibraries(facts, all)[0] === fetched).toBe(served);
    },
  );

  it("is the user's own rather than the fetched one of the same release", () => {
    const fetched = { ...DEBIAN, name: PUBLISHED_BY_DEBIAN.amd64.library };
    const own = { ...DEBIAN, name: "libfakechroot-Debian-12-x86_64.so" };
    const debian = root("glibc", "2.36", "debian", "12");
    for (const all of [
      [own, fetched],
      [fetched, own],
    ])
      expect(fittingLibraries(debian, all)[0]).toBe(own);
  });

  it("is none that another processor or another C library needs, whatever its name", () => {
    fc.assert(
      fc.property(fc.constantFrom("glibc", "musl"), fc.integer({ min: 3, max: 60 }), (libc, minor) => {
        const facts = {
          ...root(libc as "glibc" | "musl", libc === "musl" ? "1.2.3" : `2.${minor}`),
          machine: "amd64" as const,
        };
        for (const { facts: found } of fittingLibraries(facts, [...ALL, library("a.so", { machine: "arm64" })])) {
          expect(found.machine).toBe("amd64");
          expect(found.libc).toBe(libc);
          if (libc === "glibc") {
            expect(found.needsGlibc[1]).toBeLessThanOrEqual(minor);
            if (minor >= 33) expect(found.defines.has("stat")).toBe(true);
            if (minor >= 28) expect(found.defines.has("statx")).toBe(true);
          }
        }
      }),
    );
    expect(fittingLibraries({ libc: "none" }, ALL)).toEqual([]);
  });

  it("is tried when glibc does not tell its version", () => {
    expect(serves(DEBIAN.facts, { libc: "glibc" })).toBe(true);
  });
});

it("udocker's modes have one of ours each, in any case", () => {
  expect(parseEngineMode("auto")).toEqual({ mode: "auto" });
  expect(parseEngineMode("f1")).toEqual({ mode: "F1" });
  expect(parseEngineMode("f4")).toEqual({ mode: "F1", standsFor: "F4" });
  expect(parseEngineMode("P2")).toEqual({ mode: "P1", standsFor: "P2" });
  expect(parseEngineMode("r3")).toEqual({ mode: "R1", standsFor: "R3" });
  expect(parseEngineMode("constructor")).toBeUndefined();
  expect(parseEngineMode("Z9")).toBeUndefined();
});
