import {
  chmodSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { replaceConfig } from "../../../src/config/migration/replace.ts";
import { placeNew, placeOver } from "../../../src/config/place-file.ts";

let folder: string;
let file: string;
const OLD = Buffer.from("the old one");
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "scar-replace-"));
  file = join(folder, "scar.cfg");
  writeFileSync(file, OLD, { mode: 0o644 });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const read = (name: string): string => readFileSync(join(folder, name), "utf8");
const modeOf = (name: string): number => statSync(join(folder, name)).mode & 0o777;

describe("replaceConfig", () => {
  it("saves the old file and puts the new one there, both for the owner alone", () => {
    expect(replaceConfig(file, OLD, "new")).toBe(`${file}_old`);
    expect([read("scar.cfg"), read("scar.cfg_old")]).toEqual(["new", "the old one"]);
    expect([modeOf("scar.cfg"), modeOf("scar.cfg_old")]).toEqual([0o600, 0o600]);
    expect(readdirSync(folder).sort()).toEqual(["scar.cfg", "scar.cfg_old"]);
  });

  it("leaves earlier saves as they are", () => {
    writeFileSync(`${file}_old`, "earlier");
    mkdirSync(`${file}_old.1`);
    expect(replaceConfig(file, OLD, "new")).toBe(`${file}_old.2`);
    expect([read("scar.cfg_old"), read("scar.cfg_old.2")]).toEqual(["earlier", "the old one"]);
  });

  it("goes on where another one was killed after saving", () => {
    // All that a kill can leave behind: a temporary file, the save, or both.
    const temporary = `${file}.0011223344ff.tmp`;
    writeFileSync(temporary, "ne");
    utimesSync(temporary, 0, 0);
    writeFileSync(`${file}_old.0011223344ff.tmp`, "of a process that runs");
    writeFileSync(`${file}_old`, OLD, { mode: 0o644 });
    expect(replaceConfig(file, OLD, "new")).toBe(`${file}_old`);
    expect([read("scar.cfg"), read("scar.cfg_old"), modeOf("scar.cfg_old")]).toEqual(["new", "the old one", 0o600]);
    expect(readdirSync(folder).sort()).toEqual(["scar.cfg", "scar.cfg_old", "scar.cfg_old.0011223344ff.tmp"]);
  });

  it("touches nothing when the file is not what was read any more", () => {
    expect(replaceConfig(file, Buffer.from("another"), "new")).toBeUndefined();
    expect(readdirSync(folder)).toEqual(["scar.cfg"]);
    expect(read("scar.cfg")).toBe("the old one");
  });

  it("a link to a file elsewhere stays a link", () => {
    const elsewhere = join(folder, "dotfiles");
    mkdirSync(elsewhere);
    writeFileSync(join(elsewhere, "cfg"), OLD);
    rmSync(file);
    symlinkSync(join("dotfiles", "cfg"), file);
    replaceConfig(file, OLD, "new");
    expect(lstatSync(file).isSymbolicLink()).toBe(true);
    expect([read("dotfiles/cfg"), read("scar.cfg_old")]).toEqual(["new", "the old one"]);
  });

  it("leaves the old file, and nothing else, where it cannot be saved", () => {
    // The name of the save is longer than the system's longest path: this holds for root too.
    let deep = folder;
    while (deep.length < 3800) deep = join(deep, "d".repeat(200));
    deep = join(deep, "d".repeat(4095 - "/scar.cfg".length - deep.length - 2));
    mkdirSync(deep, { recursive: true });
    const cfg = join(deep, "scar.cfg");
    writeFileSync(cfg, OLD);
    expect(() => replaceConfig(cfg, OLD, "new")).toThrow("ENAMETOOLONG");
    expect(readdirSync(deep)).toEqual(["scar.cfg"]);
    expect(readFileSync(cfg)).toEqual(OLD);
  });
});

describe("a file is placed whole", () => {
  it("new: the one that is there stays", () => {
    expect(placeNew(join(folder, "a"), "1")).toBe(true);
    expect(placeNew(join(folder, "a"), "2")).toBe(false);
    expect([read("a"), modeOf("a")]).toEqual(["1", 0o600]);
    symlinkSync("nowhere", join(folder, "b"));
    expect(placeNew(join(folder, "b"), "1")).toBe(false);
    expect(readdirSync(folder).sort()).toEqual(["a", "b", "scar.cfg"]);
  });

  it("over: who has the old one open goes on reading it", () => {
    linkSync(file, join(folder, "held"));
    chmodSync(file, 0o666);
    placeOver(file, "2");
    expect([read("scar.cfg"), modeOf("scar.cfg"), read("held")]).toEqual(["2", 0o600, "the old one"]);
  });

  it("and leaves nothing behind when it cannot be", () => {
    mkdirSync(join(folder, "taken"));
    expect(() => placeOver(join(folder, "taken"), "2")).toThrow();
    expect(readdirSync(folder).sort()).toEqual(["scar.cfg", "taken"]);
  });
});
