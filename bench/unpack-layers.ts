/**
 * Unpacking an image of several layers beside `tar -x` of the same layers one after the other: gzip-compressed, as registries keep them,
 * with owners where root runs it. Prints the speed against tar (medians of rounds that alternate; of three layers at a time and of one),
 * and the most that stood on disk against what the image takes in the end (wanted: at most 1.1).
 * Usage: npm run bench -- unpack-layers
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { createReadStream, existsSync, mkdirSync, mkdtempSync, rmSync, statfsSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Transform } from "node:stream";
import { unpackImage } from "../src/container/unpack/unpack-image.ts";
import type { Image, LayerSource } from "../src/registry/image.ts";

const rounds = Number(process.argv[2] ?? 5);
/** About 100 MB in 7000 files, as an image of a language has them; the lowest is not the largest. */
const LAYERS = [
  ["usr/share/zoneinfo", "usr/share/i18n"],
  ["usr/share/perl", "usr/lib/python3"],
  ["usr/lib/python3.11"],
  ["usr/include/linux", "usr/lib/apt", "usr/share/bash-completion"],
];
const keepOwners = process.geteuid?.() === 0;

const folder = mkdtempSync(join(tmpdir(), "scar-bench-layers-"));
try {
  const layers = [];
  for (const [i, trees] of LAYERS.entries()) layers.push(await layerOf(i, trees));
  const megabytes = layers.map(({ file }) => (statSync(file).size / 1e6).toFixed(0)).join(", ");
  process.stdout.write(`layers, compressed: ${megabytes} MB\n`);
  await compareSpeed(layers);
  await measureDisk(layers);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

interface Layer {
  readonly file: string;
  readonly digest: string;
}

async function layerOf(index: number, trees: readonly string[]): Promise<Layer> {
  const tar = join(folder, `${index}.tar`);
  const present = trees.filter((tree) => existsSync(`/${tree}`));
  execFileSync("tar", ["-C", "/", "-cf", tar, ...present], { stdio: "ignore" });
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(tar)) hash.update(chunk as Buffer);
  execFileSync("gzip", ["-6", tar]);
  return { file: `${tar}.gz`, digest: `sha256:${hash.digest("hex")}` };
}

/** `seen` is called with each chunk of any layer. */
function imageOf(layers: readonly Layer[], seen?: () => void): Image {
  const sources = layers.map(({ file, digest }): LayerSource => {
    const open = async () => {
      const stream = createReadStream(file);
      if (seen === undefined) return stream;
      const watch = (chunk: Buffer, _: unknown, done: (error: null, chunk: Buffer) => void) => {
        seen();
        done(null, chunk);
      };
      return stream.pipe(new Transform({ transform: watch }));
    };
    return { digest, size: statSync(file).size, open };
  });
  const config = { architecture: "amd64", os: "linux", env: [], entrypoint: [], cmd: [], workingDir: "/", user: "" };
  return { id: "sha256:0", config, configJson: "{}", layers: sources, close: async () => {} };
}

async function compareSpeed(layers: readonly Layer[]): Promise<void> {
  const times = { tar: [] as number[], three: [] as number[], one: [] as number[] };
  for (let round = 0; round < rounds; round++) {
    times.tar.push(
      await timed((target) => {
        for (const { file } of layers) execFileSync("tar", ["-C", target, "-xzf", file]);
      }),
    );
    times.three.push(await timed((target) => unpackImage(imageOf(layers), target, { keepOwners })));
    times.one.push(await timed((target) => unpackImage(imageOf(layers), target, { keepOwners, parallel: 1 })));
  }
  const [tar, three, one] = [median(times.tar), median(times.three), median(times.one)];
  process.stdout.write(
    `tar ${tar.toFixed(0)} ms; three layers at a time ${three.toFixed(0)} ms, speed ${(tar / three).toFixed(2)} of tar's; ` +
      `one at a time ${one.toFixed(0)} ms, ${(tar / one).toFixed(2)}\n`,
  );
}

/** On a file system of its own where root can have one, else on the one that all use: then others may disturb. */
async function measureDisk(layers: readonly Layer[]): Promise<void> {
  const target = join(folder, "disk");
  mkdirSync(target);
  const mounted = mountMemory(target);
  try {
    const used = () => {
      const { bsize, blocks, bfree } = statfsSync(target);
      return bsize * (blocks - bfree);
    };
    const before = used();
    let peak = 0;
    const look = () => {
      peak = Math.max(peak, used() - before);
    };
    await unpackImage(imageOf(layers, look), join(target, "root"), { keepOwners });
    const final = used() - before;
    look();
    process.stdout.write(
      `disk: at most ${(peak / 1e6).toFixed(1)} MB for an image of ${(final / 1e6).toFixed(1)} MB: ${(peak / final).toFixed(2)}\n`,
    );
  } finally {
    if (mounted) execFileSync("umount", [target]);
  }
}

function mountMemory(target: string): boolean {
  try {
    execFileSync("mount", ["-t", "tmpfs", "scar-bench", target], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** Milliseconds of `work` into an empty folder, with nothing left to be written by what went before. */
async function timed(work: (target: string) => unknown): Promise<number> {
  const target = join(folder, "target");
  mkdirSync(target);
  execFileSync("sync");
  const start = process.hrtime.bigint();
  await work(target);
  const taken = Number(process.hrtime.bigint() - start) / 1e6;
  rmSync(target, { recursive: true });
  return taken;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1]!;
}
