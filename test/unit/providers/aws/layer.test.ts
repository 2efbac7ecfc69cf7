import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, expect, it } from "vitest";
import { packageLayer } from "../../../../src/providers/aws/package/layer.ts";
import { ownRelease } from "../../../../src/providers/aws/package/layer-release.ts";
import { libraryEntries } from "../../../../src/providers/aws/package/libraries.ts";
import { distDir } from "../../../helpers/local.ts";

const root = mkdtempSync(join(tmpdir(), "scar-layer-test-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

interface FileOnDisk {
  readonly name: string;
  readonly content: string;
  readonly mode: number;
  /** Seconds since the epoch. */
  readonly time: number;
}

let folders = 0;

/** The layer of a bundle that was written in this order, with these modes and times. */
async function layerOf(files: readonly FileOnDisk[]) {
  const folder = join(root, String(++folders));
  for (const { name, content, mode, time } of files) {
    const path = join(folder, "supervisor", name);
    mkdirSync(join(path, ".."), { recursive: true });
    writeFileSync(path, content);
    chmodSync(path, mode);
    utimesSync(path, time, time);
  }
  const { description, zip } = await packageLayer(folder, "scar-supervisor", join(folder, "layer.zip"));
  const { path, size } = await zip();
  return { description, bytes: readFileSync(path), size };
}

const bundle = fc.uniqueArray(
  fc.record({ name: fc.stringMatching(/^[a-z]{1,8}(\/[a-z]{1,8})?\.mjs$/), content: fc.string({ maxLength: 3_000 }) }),
  { selector: ({ name }) => name, minLength: 1, maxLength: 6 },
);
const asWritten = { mode: fc.constantFrom(0o600, 0o644, 0o755), time: fc.integer({ min: 0, max: 2_000_000_000 }) };

it("is the same bytes for the same content, however and whenever that was installed", async () => {
  await fc.assert(
    fc.asyncProperty(
      bundle,
      fc.infiniteStream(fc.record(asWritten)),
      fc.infiniteStream(fc.record(asWritten)),
      async (files, once, again) => {
        const written = (order: readonly (typeof files)[number][], how: typeof once): FileOnDisk[] =>
          order.map((file) => ({ ...file, ...(how.next().value as { mode: number; time: number }) }));
        const first = await layerOf(written(files, once));
        const second = await layerOf(written([...files].reverse(), again));
        expect(second).toEqual(first);
      },
    ),
    { numRuns: 25 },
  );
});

it("holds files as they are: no version of zlib has a say in its bytes", async () => {
  const content = "a".repeat(10_000);
  const { size } = await layerOf([{ name: "handler.mjs", content, mode: 0o644, time: 0 }]);
  expect(size).toBeGreaterThan(content.length);
});

it("takes further entries, which count for its name", async () => {
  const folder = join(root, "extra");
  mkdirSync(join(folder, "supervisor"), { recursive: true });
  writeFileSync(join(folder, "supervisor", "handler.mjs"), "");
  const library = (text: string) => [{ name: "udocker/lib/libfakechroot.so", source: { text }, size: text.length }];
  const [none, one, two] = [
    await packageLayer(folder, "scar-supervisor", join(folder, "layer.zip")),
    await packageLayer(folder, "scar-supervisor", join(folder, "layer.zip"), { extra: library("one") }),
    await packageLayer(folder, "scar-supervisor", join(folder, "layer.zip"), { extra: library("two") }),
  ];
  expect(new Set([none, one, two].map(({ description }) => description)).size).toBe(3);
  const arm = await packageLayer(folder, "scar-supervisor", join(folder, "layer.zip"), { architecture: "arm64" });
  expect(arm.description).not.toBe(none.description);
  expect(one.unpackedSize).toBe(none.unpackedSize + 3);
});

it("has the same bytes wherever the libraries are kept, and without one of them too", async () => {
  const folder = join(root, "libraries");
  mkdirSync(join(folder, "supervisor"), { recursive: true });
  writeFileSync(join(folder, "supervisor", "handler.mjs"), "");
  const made = async (home: string, time: number, names: readonly string[]) => {
    const files = names.map((name) => ({ name, path: join(root, home, name) }));
    mkdirSync(join(root, home), { recursive: true });
    for (const { name, path } of files) {
      writeFileSync(path, `library ${name}`);
      utimesSync(path, time, time);
    }
    const layer = join(folder, "layer.zip");
    const extra = await libraryEntries(files);
    const { description, zip } = await packageLayer(folder, "scar-supervisor", layer, { extra });
    await zip();
    return { description, bytes: readFileSync(layer) };
  };
  const all = ["libfakechroot-CentOS-7-x86_64.so", "libfakechroot-Debian-12-2.20.1-x86_64.so"];
  const first = await made("alice", 1_000_000_000, all);
  expect(await made("bob", 1_700_000_000, all)).toEqual(first);
  for (const some of [[all[0]!], [all[1]!]]) {
    const less = await made("carol", 1_000_000_000, some);
    expect(less.description).not.toBe(first.description);
    expect(await made("dave", 1_700_000_000, some)).toEqual(less);
  }
});

it("knows its own versions from any other", () => {
  expect(ownRelease(`0.1.0 sha256:${"a".repeat(64)}`)).toBe("0.1.0");
  for (const other of ["1.5.8", "", "0.1.0 sha256:abc", `sha256:${"a".repeat(64)}`]) {
    expect(ownRelease(other)).toBeUndefined();
  }
});

it("is as large as the README says, within a tenth", async () => {
  const layer = await packageLayer(distDir, "scar-supervisor", join(root, "layer.zip"));
  const zip = await layer.zip();
  const readme = readFileSync(new URL("../../../../README.md", import.meta.url), "utf8");
  const told = /layer[^.]*?\((\d+(?:\.\d+)?) MB\)/.exec(readme)?.[1];
  expect(told, "the README tells the size of the layer as '(N MB)'").toBeDefined();
  expect(Math.abs(zip.size / 1_000_000 - Number(told)) / Number(told)).toBeLessThan(0.1);
});
