import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { StorageLocation } from "../../../src/fdl/contract.ts";
import { createLogger } from "../../../src/supervisor/logger.ts";
import type { ObjectAddress, ObjectStore } from "../../../src/supervisor/storage/object-store.ts";
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

  async upload(file: string, { bucket, key }: ObjectAddress): Promise<number> {
    this.most = Math.max(this.most, ++this.atOnce);
    if (this.atOnce === this.#together) this.#open();
    await this.#gate;
    this.atOnce--;
    if (key.includes("refused")) throw new Error(`upload of ${key} failed: AccessDenied`);
    const content = readFileSync(file, "utf8");
    this.objects.set(`${bucket}/${key}`, content);
    return content.length;
  }
}

const { signal } = new AbortController();

function send(outputs: StorageLocation[], openStore: () => Promise<ObjectStore>, until = signal): Promise<number> {
  return stageOut({ folder, outputs, openStore, signal: until, log: logger });
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
  const store = new MemoryStore(16);
  expect(await send([output("b/out")], async () => store)).toBe(2000);
  expect(store.objects).toEqual(expected);
  expect(store.most).toBe(16);
});

it("tries every file, and fails when one failed", async () => {
  for (let i = 0; i < 9; i++) writeFileSync(join(folder, `refused-${i}`), "");
  writeFileSync(join(folder, "fine"), "1");
  const store = new MemoryStore();
  await expect(send([output("b")], async () => store)).rejects.toThrow(
    /^upload of refused-.*AccessDenied; .*; and 4 more, see the log; 1 were uploaded$/,
  );
  expect([...store.objects.keys()]).toEqual(["b/fine"]);
  expect(log.match(/ERROR - upload of refused/g)).toHaveLength(9);
});

it("opens no storage when there is nothing to send", async () => {
  const never = async (): Promise<ObjectStore> => {
    throw new Error("opened");
  };
  expect(await send([output("b")], never)).toBe(0);
  writeFileSync(join(folder, "x.txt"), "");
  expect(await send([], never)).toBe(0);
  expect(await send([output("b", { suffix: [".png"] })], never)).toBe(0);
});

it("sends one file to each output that takes it", async () => {
  writeFileSync(join(folder, "a.txt"), "1");
  const store = new MemoryStore();
  await send([output("b/one"), output("c/two"), output("d", { prefix: ["x"] })], async () => store);
  expect([...store.objects.keys()].sort()).toEqual(["b/one/a.txt", "c/two/a.txt"]);
});

it("begins nothing more when the time is over, and says how much is missing", async () => {
  for (let i = 0; i < 40; i++) writeFileSync(join(folder, `f${i}`), "");
  const controller = new AbortController();
  const store = new MemoryStore(16);
  const openStore = async (): Promise<ObjectStore> => {
    if (store.atOnce === 15) controller.abort();
    return store;
  };
  await expect(send([output("b")], openStore, controller.signal)).rejects.toThrow(
    /^24 outputs were not begun before the time was over; 16 were uploaded$/,
  );
});
