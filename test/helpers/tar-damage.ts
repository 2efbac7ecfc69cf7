/** Archives with damage where it hurts: what a hostile author, a bad disk or a bad line makes of real ones. */
import { execFileSync } from "node:child_process";
import { linkSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { fastFolder } from "./fast-folder.ts";

const BLOCK = 512;

/** Real archives of GNU tar, in all its formats, of a tree with every kind of entry. */
export function realArchives(): Buffer[] {
  const source = mkdtempSync(join(fastFolder(), "scar-damage-"));
  try {
    const deep = join(source, "long-name/".repeat(15), "x".repeat(120));
    mkdirSync(deep, { recursive: true });
    writeFileSync(join(deep, "file"), "deep");
    mkdirSync(join(source, "a"));
    for (const name of ["a/one", "two", ".wh.three", "a/.wh..wh..opq"])
      writeFileSync(join(source, name), name.repeat(200));
    linkSync(join(source, "a/one"), join(source, "hard"));
    symlinkSync("a/one", join(source, "soft"));
    symlinkSync("../".repeat(40), join(source, "up"));
    symlinkSync("/etc", join(source, "a/abs"));
    for (const size of [8_192, 20_480, 32_768, 45_056, 57_344, 69_632]) {
      truncateSync(join(source, "two"), size);
      writeFileSync(join(source, "two"), "data", { flag: "a" });
    }
    return [
      ["--format=v7", "--exclude=long-name", "--exclude=up"],
      ["--format=ustar", "--exclude=long-name", "--exclude=up"],
      ["--format=gnu"],
      ["--format=gnu", "--sparse"],
      ["--format=pax"],
      ...["0.0", "0.1", "1.0"].map((version) => ["--format=pax", "--sparse", `--sparse-version=${version}`]),
    ].map((args) =>
      execFileSync("tar", ["-C", source, "-b1", ...args, "-c", "."], { stdio: ["ignore", "pipe", "ignore"] }),
    );
  } finally {
    rmSync(source, { recursive: true, force: true });
  }
}

/** Fields of a header that are worth a change: name, mode, owner, size, time, type, target, magic, GNU's sparse map, prefix. */
const FIELDS = [0, 1, 100, 108, 124, 125, 130, 135, 136, 156, 157, 257, 263, 345, 386, 398, 410, 482, 483, 484, 504];
const VALUES = [
  0, 0x20, 0x2e, 0x2f, 0x30, 0x31, 0x32, 0x33, 0x35, 0x37, 0x39, 0x4b, 0x4c, 0x53, 0x67, 0x78, 0x80, 0xff,
];
const TEXTS = [
  "../",
  "/",
  "..",
  ".",
  "../../../canary",
  "a/../..",
  ".wh..",
  ".wh.",
  "\0",
  "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
  "77777777777",
];

/** One change: at a block's field, or anywhere; or blocks taken away, doubled or put elsewhere. */
const change = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("field" as const),
      block: fc.nat(),
      at: fc.constantFrom(...FIELDS),
      value: fc.constantFrom(...VALUES),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("text" as const),
      block: fc.nat(),
      at: fc.constantFrom(0, 124, 157, 345, 386, 483),
      text: fc.constantFrom(...TEXTS),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("byte" as const), at: fc.nat(), value: fc.nat(255) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constantFrom("drop" as const, "double" as const, "move" as const),
      block: fc.nat(),
      to: fc.nat(),
      count: fc.integer({ min: 1, max: 4 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("cut" as const), at: fc.nat() }) },
);

export const damage = fc.record({
  archive: fc.nat(),
  changes: fc.array(change, { minLength: 1, maxLength: 6 }),
  /** Checksums are put right afterwards: else most changes end at them. */
  mended: fc.boolean(),
});

export type Damage = typeof damage extends fc.Arbitrary<infer T> ? T : never;

export function damaged(archives: readonly Buffer[], { archive, changes, mended }: Damage): Buffer {
  let data: Buffer = Buffer.from(archives[archive % archives.length]!);
  for (const step of changes) {
    const blocks = Math.max(1, Math.floor(data.length / BLOCK));
    if (step.kind === "byte") data[step.at % data.length] = step.value;
    else if (step.kind === "cut") data = data.subarray(0, 1 + (step.at % data.length));
    else {
      // Headers stand near the beginning more often than not.
      const at = (step.block % Math.min(blocks, 60)) * BLOCK;
      if (step.kind === "field") data[at + step.at] = step.value;
      else if (step.kind === "text")
        Buffer.from(step.text, "latin1").copy(data, Math.min(at + step.at, data.length - 1));
      else data = moved(data, step.kind, at, step.count * BLOCK, (step.to % blocks) * BLOCK);
    }
    if (data.length === 0) data = Buffer.alloc(BLOCK);
  }
  return mended ? withChecksums(data) : data;
}

function moved(data: Buffer, kind: "drop" | "double" | "move", at: number, length: number, to: number): Buffer {
  const part = data.subarray(at, at + length);
  const rest = kind === "double" ? data : Buffer.concat([data.subarray(0, at), data.subarray(at + length)]);
  return kind === "drop" ? rest : Buffer.concat([rest.subarray(0, to), part, rest.subarray(to)]);
}

/** Gives every block that looks like a header, by a checksum field that ends as such do, the right sum. */
function withChecksums(data: Buffer): Buffer {
  for (let at = 0; at + BLOCK <= data.length; at += BLOCK) {
    if (data[at + 154] !== 0 || data[at + 155] !== 0x20 || (data[at + 148]! & 0xf8) !== 0x30) continue;
    let sum = 8 * 0x20;
    for (let i = 0; i < BLOCK; i++) if (i < 148 || i >= 156) sum += data[at + i]!;
    data.write(`${sum.toString(8).padStart(6, "0")}\0 `, at + 148, "latin1");
  }
  return data;
}
