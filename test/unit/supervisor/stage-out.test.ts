import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { createLogger } from "../../../src/supervisor/logger.ts";
import type { ObjectStore } from "../../../src/supervisor/storage/object-store.ts";
import { stageOut } from "../../../src/supervisor/storage/stage-out.ts";

let folder: string;
let log: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "scar-stage-out-"));
  log = "";
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const logger = createLogger({ write: (chunk) => (log += chunk) }, "info");

/** A storage in memory; keys that hold `refused` fail, and the first uploads wait until `together` are under way. */
class MemoryStore implements ObjectStore {
  readonly objects = new Map<string, string>();
  readonly #together: number;
  #open = () => {};
  readonly #gate = new Promise<void>((resolve) => {
    this.#open = resolve;
  });
  atOnce = 0;
  most = 0;

  constructor(together = 1) {
    this.#together = together;
  }

  async download(): Promise<void> {}

  async upload(file: string, _size: number, bucket: string, key: string): Promise<void> {
    this.most = Math.max(this.most, ++this.atOnce);
    if (this.atOnce === this.#together) this.#open();
    await this.#gate;
    this.atOnce--;
    if (key.includes("refused")) throw new Error(`upload of ${key} failed: AccessDenied`);
    this.objects.set(`${bucket}/${key}`, readFileSync(file, "utf8"));
  }
}

const output = (path: string, lists: object = {}) => ({ storage_provider: "s3", path, ...lists });

it("sends a tree of thousands of files, a few at a time, each once", async () => {
  const expected = new Map<string, string>();
  for (let i = 0; i < 2000; i++) {
    const name = `d${i % 20}/e${i % 7}/f${i}`;
    mkdirSync(join(folder, `d${i % 20}/e${i % 7}`), { recursive: true });
    writeFileSync(join(folder, name), String(i));
    expected.set(`b/out/${name}`, String(i));
  }
  const store = new MemoryStore(8);
  expect(await stageOut(folder, [output("b/out")], async () => store, logger)).toBe(2000);
  expect(store.objects).toEqual(expected);
  expect(store.most).toBe(8);
});

it("tries every file, and fails when one failed", async () => {
  for (let i = 0; i < 9; i++) writeFileSync(join(folder, `refused-${i}`), "");
  writeFileSync(join(folder, "fine"), "1");
  const store = new MemoryStore();
  await expect(stageOut(folder, [output("b")], async () => store, logger)).rejects.toThrow(
    /^upload of refused-.*AccessDenied; .*; and 4 more, see the log$/,
  );
  expect([...store.objects.keys()]).toEqual(["b/fine"]);
  expect(log.match(/ERROR - upload of refused/g)).toHaveLength(9);
});

it("opens no storage when there is nothing to send", async () => {
  const never = async (): Promise<ObjectStore> => {
    throw new Error("opened");
  };
  expect(await stageOut(folder, [output("b")], never, logger)).toBe(0);
  writeFileSync(join(folder, "x.txt"), "");
  expect(await stageOut(folder, [], never, logger)).toBe(0);
  expect(await stageOut(folder, [output("b", { suffix: [".png"] })], never, logger)).toBe(0);
});

it("sends one file to each output that takes it", async () => {
  writeFileSync(join(folder, "a.txt"), "1");
  const store = new MemoryStore();
  await stageOut(folder, [output("b/one"), output("c/two"), output("d", { prefix: ["x"] })], async () => store, logger);
  expect([...store.objects.keys()].sort()).toEqual(["b/one/a.txt", "c/two/a.txt"]);
});
