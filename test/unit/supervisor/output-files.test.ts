import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
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

async function list() {
  const names: string[] = [];
  const skipped: string[] = [];
  const failed: string[] = [];
  const report = {
    skipped: (name: string) => void skipped.push(name),
    failed: (name: string, why: string) => void failed.push(`${name}: ${why}`),
  };
  for await (const { name, path } of outputFiles(output, report)) names.push(`${name} ${statSync(path).size}`);
  return { names: names.sort(), skipped: skipped.sort(), failed };
}

it("finds the whole tree", async () => {
  writeFileSync(join(output, "a b.txt"), "1");
  writeFileSync(join(output, "tree/deep/ñ"), "");
  expect(await list()).toEqual({ names: ["a b.txt 1", "tree/deep/ñ 0"], skipped: [], failed: [] });
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
    failed: [],
  });
});

it("finds what the command gave nobody the right to read", async () => {
  writeFileSync(join(output, "tree/secret"), "12", { mode: 0 });
  chmodSync(join(output, "tree"), 0);
  expect(await list()).toEqual({ names: ["tree/secret 2"], skipped: [], failed: [] });
  expect(readFileSync(join(output, "tree/secret"), "utf8")).toBe("12");
});

it("tells of files and folders whose name is no UTF-8, beside the others", async () => {
  const named = (name: string) => Buffer.concat([Buffer.from(`${output}/${name}`), Buffer.from([0xff])]);
  writeFileSync(named("a"), "1");
  mkdirSync(named("tree/folder"));
  writeFileSync(join(output, "b"), "2");
  const { names, failed } = await list();
  expect(names).toEqual(["b 1"]);
  const why = "its name is not UTF-8, as a key must be";
  expect(failed.sort()).toEqual([`a\ufffd: ${why}`, `tree/folder\ufffd: ${why}`]);
});

it("tells of a folder that vanishes, and goes on with the others", async () => {
  for (const name of ["a", "b"]) {
    mkdirSync(join(output, name));
    writeFileSync(join(output, name, "file"), "");
  }
  const found: string[] = [];
  const report = { skipped: () => {}, failed: (name: string) => void found.push(`lost ${name}`) };
  for await (const { name } of outputFiles(output, report)) {
    found.push(name);
    rmSync(join(output, name[0] === "a" ? "b" : "a"), { recursive: true, force: true });
  }
  expect(found.sort()).toEqual(expect.arrayContaining([expect.stringMatching(/^lost [ab]$/)]));
  expect(found).toHaveLength(2);
});

it("tells of a file that vanishes while the others are sent", async () => {
  for (const name of ["a", "b"]) writeFileSync(join(output, name), "");
  const failed: string[] = [];
  const report = { skipped: () => {}, failed: (name: string, why: string) => void failed.push(`${name}: ${why}`) };
  for await (const { name } of outputFiles(output, report)) rmSync(join(output, name === "a" ? "b" : "a"));
  expect(failed).toEqual([expect.stringMatching(/^[ab]: it has vanished$/)]);
});

it("does not wait at a pipe that nobody writes", async () => {
  execFileSync("mkfifo", [join(output, "pipe")]);
  expect(await list()).toEqual({ names: [], skipped: ["pipe"], failed: [] });
});

it("takes nothing through a folder that became a link, or is gone", async () => {
  rmSync(output, { recursive: true });
  expect(await list()).toEqual({ names: [], skipped: ["."], failed: [] });
  symlinkSync("/etc", output);
  expect(await list()).toEqual({ names: [], skipped: ["."], failed: [] });
});
