/**
 * Unpacking an image beside `tar -x` of the same layer, plain and gzip-compressed: a real tree (parts of this machine's /usr), both
 * keeping owners where root runs it. Medians of rounds that alternate; speed is tar's time over ours (wanted: 0.7 or more).
 * Usage: npm run bench -- unpack
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { createReadStream, existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openImageArchive } from "../src/container/archive/open.ts";
import { unpackImage } from "../src/container/unpack/unpack-image.ts";

const rounds = Number(process.argv[2] ?? 5);
/** About 70 MB in 5000 files, as the layers of a language's image are. */
const TREES = ["usr/share/perl", "usr/share/zoneinfo", "usr/lib/python3", "usr/share/doc/libc6"];
const keepOwners = process.geteuid?.() === 0;

const folder = mkdtempSync(join(tmpdir(), "scar-bench-unpack-"));
try {
  const layer = join(folder, "layer.tar");
  execFileSync("tar", ["-C", "/", "-cf", layer, ...TREES.filter((tree) => existsSync(`/${tree}`))], {
    stdio: "ignore",
  });
  const diffId = await sha256(layer);
  execFileSync("gzip", ["-6", "-k", layer]);
  process.stdout.write(`layer: ${(statSync(layer).size / 1e6).toFixed(0)} MB\n`);
  for (const [kind, file] of [
    ["plain", layer],
    ["gzip", `${layer}.gz`],
  ] as const)
    await compare(kind, file, diffId);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function compare(kind: string, layer: string, diffId: string): Promise<void> {
  const archive = saveAs(kind, layer, diffId);
  const times = { tar: [] as number[], scar: [] as number[] };
  let entries = 0;
  for (let round = 0; round < rounds; round++) {
    times.tar.push(await timed((target) => execFileSync("tar", ["-C", target, "-xf", layer])));
    times.scar.push(
      await timed(async (target) => {
        const image = await openImageArchive(archive);
        ({ entries } = await unpackImage(image, target, { keepOwners }));
        await image.close();
      }),
    );
  }
  const [tar, scar] = [median(times.tar), median(times.scar)];
  process.stdout.write(
    `${kind}: ${entries} entries; tar ${tar.toFixed(0)} ms, scar ${scar.toFixed(0)} ms; speed ${(tar / scar).toFixed(2)} of tar's\n`,
  );
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

/** An image archive with that one layer. */
function saveAs(kind: string, layer: string, diffId: string): string {
  const source = mkdtempSync(join(folder, `${kind}-`));
  const config = JSON.stringify({ architecture: "amd64", os: "linux", rootfs: { type: "layers", diff_ids: [diffId] } });
  writeFileSync(join(source, "config.json"), config);
  writeFileSync(join(source, "manifest.json"), JSON.stringify([{ Config: "config.json", Layers: ["layer.tar"] }]));
  execFileSync("ln", [layer, join(source, "layer.tar")]);
  const archive = `${source}.tar`;
  execFileSync("tar", ["-C", source, "-cf", archive, "layer.tar", "config.json", "manifest.json"]);
  return archive;
}

async function sha256(file: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return `sha256:${hash.digest("hex")}`;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1]!;
}
