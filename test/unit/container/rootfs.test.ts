import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { readlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { removeTree } from "../../../src/container/remove-tree.ts";
import { ensureRootfs } from "../../../src/container/rootfs.ts";
import type { Image } from "../../../src/registry/image.ts";
import { digestOf, tarOf } from "./image-fixtures.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "scar-rootfs-"));
});
afterEach(() => removeTree(folder));

/** Counts how often its layer is read. */
async function countingImage(damage = false): Promise<Image & { reads: number }> {
  const layer = await tarOf([{ name: "file", content: "content" }]);
  const image = {
    id: `sha256:${"ab".repeat(32)}`,
    config: { architecture: "amd64", os: "linux", env: ["A=1"], entrypoint: [], cmd: [], workingDir: "/", user: "" },
    configJson: '{"os":"linux"}',
    reads: 0,
    layers: [
      {
        digest: digestOf(damage ? "other" : layer),
        open: async () => {
          image.reads++;
          return Readable.from([layer]);
        },
      },
    ],
    close: async () => {},
  };
  return image;
}

const containers = () => readdirSync(join(folder, "containers"));

describe("ensureRootfs", () => {
  it("unpacks at udocker's place, once", async () => {
    const image = await countingImage();
    const place = join(folder, "containers", "ab".repeat(32));
    const first = await ensureRootfs({ image, udockerDir: folder });
    expect(first).toMatchObject({ rootfs: join(place, "ROOT"), config: image.config, created: true });
    expect(readFileSync(join(place, "ROOT/file"), "utf8")).toBe("content");
    expect(readFileSync(join(place, "container.json"), "utf8")).toBe(image.configJson);
    expect(await ensureRootfs({ image, udockerDir: folder })).toMatchObject({ rootfs: first.rootfs, created: false });
    expect(image.reads).toBe(1);
  });

  it("shares one unpacking between calls at the same time", async () => {
    const image = await countingImage();
    const results = await Promise.all([1, 2, 3].map(() => ensureRootfs({ image, udockerDir: folder })));
    expect(results.map(({ created }) => created)).toEqual([true, false, false]);
    expect(image.reads).toBe(1);
  });

  it("leaves nothing when it fails, and works the next time", async () => {
    await expect(ensureRootfs({ image: await countingImage(true), udockerDir: folder })).rejects.toMatchObject({
      code: "DigestMismatch",
    });
    expect(containers()).toEqual([]);
    expect((await ensureRootfs({ image: await countingImage(), udockerDir: folder })).created).toBe(true);
  });

  it("clears what a process that is gone left half-made, not what another is making", async () => {
    const space = /\d+/.exec(await readlink("/proc/self/ns/pid"))![0];
    const [gone, living, elsewhere] = [`${space}-4194305`, `${space}-${process.ppid}`, "1-4194305"].map(
      (id) => `.staging-${id}-00`,
    );
    for (const name of [gone!, living!, elsewhere!])
      mkdirSync(join(folder, "containers", name, "ROOT"), { recursive: true });
    await ensureRootfs({ image: await countingImage(), udockerDir: folder });
    expect(containers().sort()).toEqual([living, elsewhere, "ab".repeat(32)].sort());
  });

  it("replaces a folder without a root file system, reading the image once", async () => {
    const place = join(folder, "containers", "ab".repeat(32));
    mkdirSync(place, { recursive: true });
    for (const name of ["container.json", "rest"]) writeFileSync(join(place, name), "");
    const image = await countingImage();
    const { created, rootfs } = await ensureRootfs({ image, udockerDir: folder });
    expect([created, image.reads, readFileSync(join(rootfs, "file"), "utf8")]).toEqual([true, 1, "content"]);
    expect(containers()).toEqual(["ab".repeat(32)]);
    expect(existsSync(join(place, "rest"))).toBe(false);
  });

  it("takes what another process finished first", async () => {
    const image = await countingImage();
    const layer = image.layers[0]!;
    const slower = {
      ...image,
      layers: [
        {
          ...layer,
          open: async () => {
            mkdirSync(join(folder, "containers", "ab".repeat(32), "ROOT/theirs"), { recursive: true });
            return layer.open();
          },
        },
      ],
    };
    const { created, rootfs } = await ensureRootfs({ image: slower, udockerDir: folder });
    expect([created, existsSync(join(rootfs, "theirs"))]).toEqual([false, true]);
    expect(containers()).toEqual(["ab".repeat(32)]);
  });
});

describe("ensureRootfs ends when its signal says so, with the signal's reason", () => {
  const space = async () => /\d+/.exec(await readlink("/proc/self/ns/pid"))![0];
  const stopSoon = () => {
    const stop = new AbortController();
    setTimeout(() => stop.abort(new Error("stopped")), 200);
    return stop.signal;
  };

  it("while another caller unpacks, who goes on", async () => {
    const image = await countingImage();
    const layer = image.layers[0]!;
    let begin = (): void => {};
    const begun = new Promise<void>((resolve) => {
      begin = resolve;
    });
    const slow = {
      ...image,
      layers: [{ ...layer, open: async () => begun.then(() => layer.open()) }],
    };
    const first = ensureRootfs({ image: slow, udockerDir: folder });
    const second = ensureRootfs({ image: slow, udockerDir: folder, signal: stopSoon() });
    await expect(second).rejects.toThrow("stopped");
    begin();
    expect((await first).created).toBe(true);
  }, 5000);

  it("while other processes take the space", async () => {
    mkdirSync(join(folder, "containers", `.staging-${await space()}-${process.ppid}-00`), { recursive: true });
    const image = await countingImage();
    const open = async () => {
      throw Object.assign(new Error("no space"), { code: "ENOSPC" });
    };
    const full = { ...image, layers: [{ ...image.layers[0]!, open }] };
    await expect(ensureRootfs({ image: full, udockerDir: folder, signal: stopSoon() })).rejects.toThrow("stopped");
  }, 5000);

  it("while the image is being evicted, which leaves no mark", async () => {
    const place = join(folder, "containers", "ab".repeat(32));
    mkdirSync(join(place, "ROOT"), { recursive: true });
    const flag = `.evicting-${await space()}-${process.ppid}`;
    writeFileSync(join(place, flag), "");
    const work = ensureRootfs({ image: await countingImage(), udockerDir: folder, signal: stopSoon() });
    await expect(work).rejects.toThrow("stopped");
    expect(readdirSync(place).sort()).toEqual([flag, "ROOT"]);
  }, 5000);
});

describe("removeTree", () => {
  it("removes folders without rights, and links but not what they lead to", async () => {
    const tree = join(folder, "tree");
    mkdirSync(join(tree, "a/b"), { recursive: true });
    mkdirSync(join(folder, "kept"));
    writeFileSync(join(folder, "kept/file"), "");
    writeFileSync(join(tree, "a/b/file"), "");
    symlinkSync(join(folder, "kept"), join(tree, "a/link"));
    for (const name of ["a/b", "a"]) chmodSync(join(tree, name), 0o000);
    await removeTree(tree);
    expect(existsSync(tree)).toBe(false);
    expect(readdirSync(join(folder, "kept"))).toEqual(["file"]);
  });

  it("does not mind a path that is not there", async () => {
    await expect(removeTree(join(folder, "none"))).resolves.toBeUndefined();
  });
});
