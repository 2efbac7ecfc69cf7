import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { removeTree } from "../../../src/container/remove-tree.ts";
import { outputFiles } from "../../../src/supervisor/storage/output-files.ts";

let root: string;
let output: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "scar-output-"));
  output = join(root, "output");
  mkdirSync(join(output, "tree/deep"), { recursive: true });
});
afterEach(() => removeTree(root));

async function list(): Promise<{ names: string[]; skipped: string[] }> {
  const names: string[] = [];
  const skipped: string[] = [];
  for await (const file of outputFiles(output, (name) => skipped.push(name))) names.push(`${file.name} ${file.size}`);
  return { names: names.sort(), skipped: skipped.sort() };
}

it("finds the whole tree", async () => {
  writeFileSync(join(output, "a b.txt"), "1");
  writeFileSync(join(output, "tree/deep/ñ"), "");
  expect(await list()).toEqual({ names: ["a b.txt 1", "tree/deep/ñ 0"], skipped: [] });
});

it("follows links to files inside, and nothing that leads outside", async () => {
  writeFileSync(join(root, "secret"), "s");
  writeFileSync(join(output, "real"), "12");
  symlinkSync("real", join(output, "tree/none"));
  symlinkSync("../real", join(output, "tree/link"));
  symlinkSync("/etc/passwd", join(output, "passwd"));
  symlinkSync("../secret", join(output, "up"));
  symlinkSync("..", join(output, "tree/folder"));
  expect(await list()).toEqual({
    names: ["real 2", "tree/link 2"],
    skipped: ["passwd", "tree/folder", "tree/none", "up"],
  });
});

it("finds what the command gave nobody the right to read", async () => {
  writeFileSync(join(output, "tree/secret"), "12", { mode: 0 });
  chmodSync(join(output, "tree"), 0);
  expect(await list()).toEqual({ names: ["tree/secret 2"], skipped: [] });
  expect(readFileSync(join(output, "tree/secret"), "utf8")).toBe("12");
});

it("names files whose name is no UTF-8, beside the others", async () => {
  writeFileSync(Buffer.concat([Buffer.from(`${output}/a`), Buffer.from([0xff])]), "1");
  writeFileSync(join(output, "b"), "2");
  expect((await list()).names).toEqual(["a\ufffd 0", "b 1"]);
});

it("does not wait at a pipe that nobody writes", async () => {
  execFileSync("mkfifo", [join(output, "pipe")]);
  expect(await list()).toEqual({ names: [], skipped: ["pipe"] });
});

it("takes nothing through a folder that became a link, or is gone", async () => {
  rmSync(output, { recursive: true });
  expect(await list()).toEqual({ names: [], skipped: ["."] });
  symlinkSync("/etc", output);
  expect(await list()).toEqual({ names: [], skipped: ["."] });
});
