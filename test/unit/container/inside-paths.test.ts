import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { InsidePaths } from "../../../src/container/inside-paths.ts";
import { unpackImage } from "../../../src/container/unpack/unpack-image.ts";
import { type FixtureEntry, imageOf, tarOf } from "./image-fixtures.ts";

let folder: string;
let rootfs: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "scar-inside-"));
  rootfs = join(folder, "1/2/3/root");
  mkdirSync(rootfs, { recursive: true });
  writeFileSync(join(folder, "file"), "the machine's");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const link = (name: string, linkname: string): FixtureEntry => ({ name, type: "symlink", linkname });
const read = (path: string | undefined) => path && readFileSync(path, "utf8");

async function paths(...entries: FixtureEntry[]): Promise<InsidePaths> {
  await unpackImage(imageOf([await tarOf([{ name: "file", content: "the image's" }, ...entries])]), rootfs);
  return new InsidePaths({ rootfs, volumes: [{ source: folder, target: "/in" }] });
}

it.each([
  ["that is as good from outside", [link("usr/l", "/file")], "usr/l"],
  ["through a link to the root, and up from there", [link("a/b/c/x", "/"), link("a/b/c/l", "x/../../../../file")], ""],
])("a link %s is to the image's file", async (_, entries, named) => {
  const inside = await paths(...entries);
  const found = inside.outside(`/${entries.at(-1)!.name}`);
  expect(read(found)).toBe("the image's");
  expect(found).toBe(join(rootfs, named || "file"));
});

it("a volume's files are where its source is; what is not there is nowhere", async () => {
  const inside = await paths();
  expect(read(inside.outside("/in/file"))).toBe("the machine's");
  expect(["/in/none", "/none", "/file/none", "/file/none/x"].map((path) => inside.outside(path))).toEqual(
    Array(4).fill(undefined),
  );
});
