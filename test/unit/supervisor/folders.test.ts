import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import {
  makeRequestFolders,
  removeRequestFolders,
  sweepRequestFolders,
} from "../../../src/supervisor/request/folders.ts";

let tmp: string;
beforeEach(() => {
  tmp = mkdtempSync(join(tmpdir(), "scar-folders-"));
});
afterEach(() => rmSync(tmp, { recursive: true, force: true }));

const remove = (path: string) => rm(path, { recursive: true, force: true });

it("are where scripts of the first SCAR look for them, and go again", async () => {
  const folders = await makeRequestFolders(tmp, "req-1", remove);
  expect(folders).toMatchObject({
    root: join(tmp, "req-1"),
    input: join(tmp, "req-1/input"),
    output: join(tmp, "req-1/output"),
  });
  expect(readdirSync(folders.root).sort()).toEqual(["input", "output"]);
  await removeRequestFolders(folders, remove);
  expect(readdirSync(tmp)).toEqual([]);
});

it.each(["../up", "a/b", "", ".."])("stay in their place for the odd request id %j", async (id) => {
  const folders = await makeRequestFolders(tmp, id, remove);
  expect(folders.root).toMatch(new RegExp(`^${tmp}/[\\w-]+$`));
});

it("begin empty when the same request comes again", async () => {
  const first = await makeRequestFolders(tmp, "again", remove);
  writeFileSync(join(first.output, "half"), "");
  const second = await makeRequestFolders(tmp, "again", remove);
  expect(readdirSync(second.output)).toEqual([]);
});

it("of processes that are gone are swept, of live ones and of others are not", async () => {
  const live = await makeRequestFolders(tmp, "live", remove);
  const { pid } = spawnSync("true");
  for (const name of [`.scar-${pid}.1-gone`, "gone", "users-own", `.scar-${pid}.1-..`, ".scar-x"])
    mkdirSync(join(tmp, name));
  // The pid of a live process, but another's: it began at another time.
  for (const name of [`.scar-${process.pid}.1-reused`, "reused"]) mkdirSync(join(tmp, name));
  await sweepRequestFolders(tmp, remove);
  const left = readdirSync(tmp);
  expect(left).not.toEqual(expect.arrayContaining([expect.stringMatching(/gone|reused/)]));
  expect(left).toEqual(expect.arrayContaining(["live", "users-own", `.scar-${pid}.1-..`, ".scar-x"]));
  expect(readdirSync(live.root)).toHaveLength(2);
});
