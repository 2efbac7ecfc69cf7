import { lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { setImmediate as turn } from "node:timers/promises";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { unpackImage } from "../../../src/container/unpack/unpack-image.ts";
import { ScarError } from "../../../src/errors.ts";
import { fastFolder } from "../../helpers/fast-folder.ts";
import { type FixtureEntry, imageOf, inPieces, tarOf } from "./image-fixtures.ts";

let folder: string;
let root: string;
beforeEach(() => {
  folder = mkdtempSync(join(fastFolder(), "scar-parallel-"));
  root = join(folder, "root");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const name = fc.constantFrom("a", "b", "c", "d");
const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((parts) => parts.join("/"));
const entry: fc.Arbitrary<FixtureEntry> = fc
  .record({
    kind: fc.oneof(
      { weight: 5, arbitrary: fc.constant("file" as const) },
      { weight: 3, arbitrary: fc.constantFrom("directory" as const, "symlink" as const, "link" as const) },
      { weight: 2, arbitrary: fc.constantFrom("whiteout" as const, "opaque" as const) },
    ),
    path,
    target: path,
    absolute: fc.boolean(),
    mode: fc.constantFrom(0o755, 0o700, 0o644, 0o4711, 0o000),
    time: fc.integer({ min: 1, max: 1_000_000 }),
    content: fc.string({ maxLength: 700 }),
  })
  .map(({ kind, path, target, absolute, mode, time, content }) => {
    const common = { mode, mtime: new Date(time * 1000) };
    const at = path.lastIndexOf("/") + 1;
    if (kind === "whiteout") return { name: `${path.slice(0, at)}.wh.${path.slice(at)}` };
    if (kind === "opaque") return { name: `${path}/.wh..wh..opq` };
    if (kind === "symlink")
      return { name: path, type: "symlink", linkname: absolute ? `/${target}` : target, ...common };
    if (kind === "link") return { name: path, type: "link", linkname: target, ...common };
    return { name: path, type: kind, ...common, ...(kind === "file" ? { content } : {}) };
  });

/** What stands in a folder, entry by entry: kind, mode, time, content or target, and which names are one file. */
function snapshot(top: string): string[] {
  const firsts = new Map<number, string>();
  const list = (folder: string): string[] =>
    readdirSync(folder)
      .sort()
      .flatMap((child) => {
        const full = join(folder, child);
        const stat = lstatSync(full);
        const name = full.slice(top.length);
        // Folders that no layer names are made when they are needed: their time says nothing.
        const time = stat.mtimeMs > 1e12 ? "now" : stat.mtimeMs;
        const what = [name, stat.mode.toString(8), stat.uid, time];
        if (stat.isDirectory()) return [what.join(" "), ...list(full)];
        if (!firsts.has(stat.ino)) firsts.set(stat.ino, name);
        const content = stat.isSymbolicLink() ? readlinkSync(full) : readFileSync(full, "latin1");
        return [[...what, firsts.get(stat.ino), content].join(" ")];
      });
  return list(top);
}

/** A layer that comes in pieces, each after so many turns of the event loop. */
function slowly(layer: Buffer, size: number, turns: number): Readable {
  return Readable.from(
    (async function* () {
      for (const piece of inPieces(layer, size)) {
        for (let i = 0; i < turns; i++) await turn();
        yield piece;
      }
    })(),
  );
}

async function outcome(work: Promise<unknown>): Promise<"done" | string> {
  try {
    await work;
    return "done";
  } catch (error) {
    expect(error).toBeInstanceOf(ScarError);
    return (error as ScarError).code;
  }
}

it("layers read side by side give what layers one after the other give", async () => {
  let compared = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(entry, { maxLength: 14 }), { minLength: 2, maxLength: 5 }),
      fc.array(fc.tuple(fc.constantFrom(100, 512, 1500, 10_000), fc.integer({ min: 0, max: 4 })), {
        minLength: 5,
        maxLength: 5,
      }),
      fc.integer({ min: 2, max: 5 }),
      async (layers, speeds, parallel) => {
        const base = mkdtempSync(join(folder, "run-"));
        try {
          const tars = await Promise.all(layers.map(tarOf));
          const [inOrder, beside] = [join(base, "one"), join(base, "two")];
          const image = imageOf(tars, (layer, i) => slowly(layer, ...speeds[i]!));
          const expected = await outcome(unpackImage(imageOf(tars), inOrder, { parallel: 1 }));
          const found = await outcome(unpackImage(image, beside, { parallel }));
          // Which of two failures comes first is open.
          expect(found === "done").toBe(expected === "done");
          if (expected === "done") {
            expect(snapshot(beside)).toEqual(snapshot(inOrder));
            compared++;
          }
          expect(readdirSync(base).sort()).toEqual(["one", "two"]);
        } finally {
          rmSync(base, { recursive: true, force: true });
        }
      },
    ),
    { numRuns: 250 },
  );
  // Hard links to nowhere end many runs: enough must be left.
  expect(compared).toBeGreaterThan(20);
}, 180_000);

const file = (name: string, content = name): FixtureEntry => ({ name, content });
const beside = () => readdirSync(folder);

/** A stream that never says anything, and whether it was ended. */
function silent(): { readonly stream: Readable; readonly ended: () => boolean } {
  const stream = new Readable({ read() {} });
  return { stream, ended: () => stream.destroyed };
}

describe("a failure", () => {
  it.each([0, 1, 2])(
    "of layer %i ends the others at once, and nothing of theirs stays beside the root",
    async (bad) => {
      const good = await tarOf([file("a", "x".repeat(100_000)), file("b")]);
      const streams: Readable[] = [];
      const image = imageOf([good, good, good], (layer, i) => {
        const stream =
          i === bad
            ? slowly(layer.subarray(0, -3000), 40_000, 3)
            : // All of it, and then no end.
              new Readable({
                read() {
                  if (streams.length > 0) this.push(layer.subarray(0, 50_000));
                  this._read = () => {};
                },
              });
        streams[i] = stream;
        return stream;
      });
      await expect(unpackImage(image, root)).rejects.toMatchObject({
        code: "DamagedLayer",
        message: expect.stringContaining(`layer ${bad + 1} of 3`),
      });
      expect(streams.map((stream) => stream.destroyed)).toEqual([true, true, true]);
      expect(beside()).toEqual(["root"]);
    },
  );

  it("does not wait for a layer that is still being opened, which is ended when it comes", async () => {
    const late = silent();
    let open = (_: Readable): void => {};
    const opening = new Promise<Readable>((resolve) => {
      open = resolve;
    });
    const good = imageOf([await tarOf([file("a")]), Buffer.alloc(1024)]);
    const image = {
      ...good,
      layers: [
        { ...good.layers[0]!, open: () => opening },
        { ...good.layers[1]!, open: () => Promise.reject(new ScarError("RegistryFailed", "the registry is gone")) },
      ],
    };
    await expect(unpackImage(image, root)).rejects.toMatchObject({ code: "RegistryFailed" });
    open(late.stream);
    await turn();
    expect(late.ended()).toBe(true);
  });

  it("of an entry that waited ends what is still being read, its own layer too", async () => {
    const good = await tarOf([file("a")]);
    const bad = await tarOf([{ name: "b", type: "link", linkname: "nowhere" }, file("c", "x".repeat(5000))]);
    const unending = silent();
    const endless = silent();
    const image = imageOf([good, bad, good], (layer, i) => {
      if (i === 0) return slowly(layer, 512, 3);
      if (i === 2) return endless.stream;
      unending.stream.push(layer.subarray(0, 2048));
      return unending.stream;
    });
    await expect(unpackImage(image, root)).rejects.toMatchObject({
      code: "UnsafeImage",
      message: expect.stringMatching(/layer 2 of 3.*'b' is a hard link/),
    });
    expect([unending.ended(), endless.ended()]).toEqual([true, true]);
    expect(beside()).toEqual(["root"]);
  }, 5000);

  it("before the limit's end: too many bytes, over all layers", async () => {
    const layer = await tarOf([file("a", "x".repeat(50_000))]);
    const three = imageOf([layer, layer, layer]);
    await expect(unpackImage(three, root, { limit: 150_000 })).rejects.toMatchObject({ code: "ImageTooLarge" });
    await expect(unpackImage(three, root, { limit: 3 * layer.length })).resolves.toMatchObject({
      entries: 3,
      bytes: 3 * layer.length,
    });
  });

  it("is told before anything is read when the layers cannot fit", async () => {
    const image = imageOf([await tarOf([file("a")])], () => {
      throw new Error("must not be opened");
    });
    const layers = [{ ...image.layers[0]!, size: 2 ** 60 }];
    await expect(unpackImage({ ...image, layers }, root)).rejects.toMatchObject({
      code: "NoSpaceLeft",
      message: expect.stringContaining("test:1"),
    });
  });
});

it.each([0, 1, 20])("is ended by a signal (after %i turns), with the signal's reason", async (turns) => {
  const stop = new AbortController();
  const layers = [await tarOf([file("a")]), Buffer.alloc(1024)];
  const streams: Readable[] = [];
  const open = () => {
    const stream = new Readable({ read() {} });
    streams.push(stream);
    return stream;
  };
  const work = unpackImage(imageOf(layers, open), root, { signal: stop.signal });
  work.catch(() => {});
  for (let i = 0; i < turns; i++) await turn();
  stop.abort(new ScarError("Interrupted", "stopped"));
  await expect(work).rejects.toMatchObject({ code: "Interrupted" });
  expect(streams.every((stream) => stream.destroyed)).toBe(true);
  expect(beside()).toEqual(["root"]);
});

it("reads no more layers at a time than told", async () => {
  let [open, most] = [0, 0];
  const layers = await Promise.all(Array.from({ length: 8 }, (_, i) => tarOf([file(`f${i}`)])));
  const image = imageOf(layers, (layer) => {
    most = Math.max(most, ++open);
    return slowly(layer, 512, 2).on("close", () => open--);
  });
  await unpackImage(image, root, { parallel: 3 });
  expect(most).toBe(3);
  expect(readdirSync(root)).toHaveLength(8);
});

it("staged files leave nothing beside a root that has other things there", async () => {
  mkdirSync(join(folder, "root.layers-mine"));
  const layers = await Promise.all([tarOf([file("a", "x".repeat(5000))]), tarOf([file("b"), file("a", "new")])]);
  await unpackImage(
    imageOf(layers, (layer, i) => slowly(layer, 512, i === 0 ? 5 : 0)),
    root,
  );
  expect(readFileSync(join(root, "a"), "utf8")).toBe("new");
  expect(beside().sort()).toEqual(["root", "root.layers-mine"]);
});
