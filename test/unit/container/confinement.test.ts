import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import fc from "fast-check";
import { expect, it } from "vitest";
import { RootPaths } from "../../../src/container/root-paths.ts";
import { unpackImage } from "../../../src/container/unpack/unpack-image.ts";
import { ScarError } from "../../../src/errors.ts";
import { fastFolder } from "../../helpers/fast-folder.ts";
import { digestOf, type FixtureEntry, tarOf } from "./image-fixtures.ts";

const plain = fc.constantFrom("a", "b", "c");
const part = fc.oneof(
  { weight: 8, arbitrary: plain },
  { weight: 2, arbitrary: fc.constantFrom("file", "outside", "") },
  { weight: 1, arbitrary: fc.constantFrom("..", ".wh.a", ".wh.b", ".wh.file", ".wh..wh..opq") },
);
/** What links lead to climbs far more often than names do: a name that climbs ends the unpacking. */
const target = fc.oneof(
  fc.constantFrom(".", "..", "a/..", "b/..", "a/../outside", "b/../outside", "/", "../..", "/a/..", "c/../../outside"),
  fc
    .array(fc.constantFrom("a", "b", "c", "..", "..", "outside", "file", "."), { minLength: 1, maxLength: 5 })
    .map((p) => p.join("/")),
);
const path = fc.tuple(
  fc.integer({ max: 9, min: 0 }).map((n) => n === 0),
  fc.array(part, { minLength: 1, maxLength: 3 }),
);

/** Paths that know where the forbidden folder is: by name from the root of the machine, or climbing. */
const named = (base: string, [absolute, parts]: readonly [boolean, readonly string[]]) =>
  absolute ? `${base}/${parts.join("/")}` : parts.join("/");

const entry = fc.record({
  type: fc.constantFrom("file" as const, "directory" as const, "symlink" as const, "symlink" as const, "link" as const),
  name: path,
  linkname: target,
});

/** All that stands in a folder: names, kinds, contents, link targets, modes, times. */
function snapshot(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .flatMap((child) => {
      const full = join(folder, child.name);
      const content = child.isFile() ? readFileSync(full, "utf8") : child.isSymbolicLink() ? readlinkSync(full) : "";
      const { mode, uid, mtimeMs } = lstatSync(full);
      // By hand: Node 24's own recursion follows links.
      return [[full, mode, uid, mtimeMs, content].join(" "), ...(child.isDirectory() ? snapshot(full) : [])];
    })
    .sort();
}

it("nothing outside of the root is ever made, changed or removed", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(entry, { maxLength: 15 }), { minLength: 1, maxLength: 3 }), async (layers) => {
      const base = mkdtempSync(join(fastFolder(), "scar-confined-"));
      try {
        mkdirSync(join(base, "outside/a"), { recursive: true });
        for (const name of ["file", "outside/file", "outside/a/file"]) writeFileSync(join(base, name), "mine");
        const before = snapshot(base);
        const tars = await Promise.all(
          layers.map((entries) =>
            tarOf(
              entries.map(
                ({ type, name, linkname }): FixtureEntry => ({
                  type,
                  name: named(base, name) || "x",
                  ...(type === "symlink" || type === "link" ? { linkname } : {}),
                  ...(type === "file" ? { content: "theirs" } : {}),
                }),
              ),
            ),
          ),
        );
        const image = {
          id: "sha256:0",
          config: { architecture: "amd64", os: "linux", env: [], entrypoint: [], cmd: [], workingDir: "/", user: "" },
          configJson: "{}",
          layers: tars.map((tar) => ({ digest: digestOf(tar), open: async () => Readable.from([tar]) })),
          close: async () => {},
        };
        const root = join(base, "the-root");
        try {
          await unpackImage(image, root);
        } catch (error) {
          expect(error).toBeInstanceOf(ScarError);
        }
        expect(snapshot(base).filter((line) => !line.startsWith(root))).toEqual(before);
      } finally {
        rmSync(base, { recursive: true, force: true });
      }
    }),
    { numRuns: 400 },
  );
});

it("a path is resolved to the root or below it, whatever links there are", () => {
  fc.assert(
    fc.property(path, (name) => {
      const root = "/nowhere/at/all";
      const { path: found } = new RootPaths(root).locate(named("", name));
      expect(found === root || found.startsWith(`${root}/`)).toBe(true);
      expect(found.split("/")).not.toContain("..");
    }),
  );
});
