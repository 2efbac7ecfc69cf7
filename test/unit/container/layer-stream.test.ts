import { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, expect, it } from "vitest";
import { readLayer } from "../../../src/container/unpack/layer-stream.ts";

const unhandled: unknown[] = [];
const note = (reason: unknown) => void unhandled.push(reason);
beforeEach(() => void process.on("unhandledRejection", note));
afterEach(() => {
  process.off("unhandledRejection", note);
  unhandled.length = 0;
});

it.each([
  ["before its first byte", () => new Readable({ read() {} })],
  ["with its bytes at hand", () => Readable.from([gzipSync(Buffer.alloc(100_000, 7))])],
])(
  "a layer that is given up the moment it opens, %s, ends with the reason and leaves nothing to handle",
  async (_, make) => {
    const stop = new AbortController();
    const stored = make();
    let opened = (_stream: Readable): void => {};
    const opening = new Promise<Readable>((resolve) => {
      opened = resolve;
    });
    const layer = { digest: "sha256:0", open: () => opening };
    const sink = { write: () => {}, end: () => {} };
    const read = readLayer(layer, "layer 1", sink, { bytes: 1e9 }, stop.signal);
    opened(stored);
    stop.abort(new Error("enough"));
    await expect(read).rejects.toThrow("enough");
    await sleep(20);
    expect(stored.destroyed).toBe(true);
    expect(unhandled).toEqual([]);
  },
);
