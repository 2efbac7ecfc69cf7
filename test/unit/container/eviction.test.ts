import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep, setImmediate as turn } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { evictImages } from "../../../src/container/evict.ts";
import { hold, letGo, startUse, takeAway } from "../../../src/container/image-uses.ts";
import { ownMark } from "../../../src/container/process-mark.ts";
import { removeTree } from "../../../src/container/remove-tree.ts";
import { ensureRootfs } from "../../../src/container/rootfs.ts";
import type { Image } from "../../../src/registry/image.ts";
import { imageOf, tarOf } from "./image-fixtures.ts";

let folder: string;
let containers: string;
let own: string;
let space: string;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "scar-evict-"));
  containers = join(folder, "containers");
  mkdirSync(containers);
  own = await ownMark();
  space = own.split("-")[0]!;
});
afterEach(() => removeTree(folder));

const idOf = (digit: string) => digit.repeat(64);
const there = () => readdirSync(containers).map((name) => name.slice(0, 1));
/** A process that cannot exist: beyond the kernel's highest pid. */
const GONE = 4_194_305;

/** An unpacked image, last used so many hours ago. */
function unpacked(digit: string, hours: number, ...files: readonly string[]): string {
  const place = join(containers, idOf(digit));
  mkdirSync(join(place, "ROOT"), { recursive: true });
  for (const file of ["container.json", ...files]) writeFileSync(join(place, file), "");
  const time = Date.now() / 1000 - hours * 3600;
  utimesSync(join(place, "container.json"), time, time);
  return place;
}

async function image(digit: string, size?: number): Promise<Image> {
  const made = imageOf([await tarOf([{ name: "file", content: digit }])]);
  const layers = made.layers.map((layer) => ({ ...layer, ...(size === undefined ? {} : { size }) }));
  return { ...made, id: `sha256:${idOf(digit)}`, layers };
}

async function evict(enoughAfter: number): Promise<string[]> {
  let asked = 0;
  const removed = await evictImages(containers, own, async () => asked++ >= enoughAfter);
  return removed.map(({ id }) => id.slice(0, 1));
}

describe("evictImages", () => {
  it("removes the least recently used first until there is enough", async () => {
    for (const [digit, hours] of [
      ["a", 2],
      ["b", 9],
      ["c", 1],
      ["d", 5],
    ] as const)
      unpacked(digit, hours);
    expect(await evict(2)).toEqual(["b", "d"]);
    expect(there().sort()).toEqual(["a", "c"]);
  });

  it("keeps what a living process uses, and what it did not make", async () => {
    unpacked("a", 9, `.in-use-${space}-${process.ppid}`);
    unpacked("b", 9, `.in-use-${space}-${GONE}`);
    unpacked("c", 9, `.in-use-1-${GONE}`);
    const old = unpacked("d", 9, `.in-use-1-${GONE}`);
    utimesSync(join(old, `.in-use-1-${GONE}`), 1, 1);
    unpacked("e", 9, `.in-use-${own}`);
    mkdirSync(join(containers, "0f1e2d3c-udockers-own"));
    expect(await evict(99)).toHaveLength(3);
    expect(there().sort()).toEqual(["0", "a", "c"]);
  });

  it("removes folders without rights in an image", async () => {
    const locked = join(unpacked("a", 1), "ROOT/locked");
    mkdirSync(join(locked, "sub"), { recursive: true });
    for (const path of [join(locked, "sub"), locked]) chmodSync(path, 0o000);
    expect(await evict(99)).toHaveLength(1);
    expect(there()).toEqual([]);
  });
});

describe("ensureRootfs, short of space", () => {
  it("removes what nobody uses, then says early that it is not enough", async () => {
    const first = await ensureRootfs({ image: await image("a"), udockerDir: folder });
    const second = await ensureRootfs({ image: await image("b"), udockerDir: folder });
    await second.release();
    unpacked("c", 3);
    const notices: string[] = [];
    const work = ensureRootfs({
      image: await image("d", 2 ** 60),
      udockerDir: folder,
      notice: (text) => notices.push(text),
    });
    await expect(work).rejects.toMatchObject({ code: "NoSpaceLeft" });
    expect(there()).toEqual(["a"]);
    expect(notices.map((text) => text.split(" ")[3]?.[0])).toEqual(["c", "b"]);
    await first.release();
    await first.release();
    await expect(ensureRootfs({ image: await image("d", 2 ** 60), udockerDir: folder })).rejects.toThrow();
    expect(there()).toEqual([]);
  });

  it("tries again with the room that it made", async () => {
    unpacked("c", 3);
    const small = await image("d");
    let opened = 0;
    const layer = small.layers[0]!;
    const open = async () => {
      if (opened++ === 0) throw Object.assign(new Error("no space"), { code: "ENOSPC" });
      return layer.open();
    };
    const { created } = await ensureRootfs({ image: { ...small, layers: [{ ...layer, open }] }, udockerDir: folder });
    expect([created, there(), opened]).toEqual([true, ["d"], 2]);
  });

  it("counts every use of this process", async () => {
    const uses = [];
    for (let i = 0; i < 3; i++) uses.push(await ensureRootfs({ image: await image("a"), udockerDir: folder }));
    for (const use of uses) {
      expect(await evict(99)).toEqual([]);
      await use.release();
    }
    expect(await evict(99)).toHaveLength(1);
  });
});

describe("two at the same time", () => {
  const marks = (place: string) => readdirSync(place).filter((name) => name.startsWith(".in-use-"));

  it("a use that begins while another ends has its mark", async () => {
    const place = unpacked("a", 1);
    const some = await image("a");
    let use = await ensureRootfs({ image: some, udockerDir: folder });
    for (let i = 0; i < 300; i++) {
      const ending = use.release();
      for (let turns = i % 4; turns > 0; turns--) await turn();
      use = await ensureRootfs({ image: some, udockerDir: folder });
      await ending;
      expect(marks(place)).toEqual([`.in-use-${own}`]);
    }
    await use.release();
    expect(marks(place)).toEqual([]);
  });

  it("a use that is ended twice at once ends no other", async () => {
    unpacked("a", 1);
    const some = await image("a");
    const [one, other] = [
      await ensureRootfs({ image: some, udockerDir: folder }),
      await ensureRootfs({ image: some, udockerDir: folder }),
    ];
    await Promise.all([one.release(), one.release()]);
    expect(await evict(99)).toEqual([]);
    await other.release();
    expect(await evict(99)).toHaveLength(1);
  });

  it("an image that is being evicted is waited for, and made again", async () => {
    const place = unpacked("a", 1, `.evicting-${space}-${process.ppid}`);
    const work = ensureRootfs({ image: await image("a"), udockerDir: folder });
    await sleep(100);
    renameSync(place, join(folder, "away"));
    expect((await work).created).toBe(true);
    expect(existsSync(join(place, "ROOT/file"))).toBe(true);
  });

  it("an eviction that is given up leaves the image to who waited", async () => {
    const place = unpacked("a", 1);
    hold(place);
    expect(await takeAway(place, join(folder, "away"), own)).toBe(false);
    expect(await startUse(place, own)).toBe(true);
    await letGo(place, own);
    expect(readdirSync(place).sort()).toEqual(["ROOT", "container.json"]);
  });

  it("an eviction whose process died does not hold anyone up", async () => {
    unpacked("a", 1, `.evicting-${space}-${GONE}`);
    const { created } = await ensureRootfs({ image: await image("a"), udockerDir: folder });
    expect(created).toBe(false);
  });
});
