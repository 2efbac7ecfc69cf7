/**
 * Damaged and hostile archives: no crash, no escape, no hang, no memory taken. SCAR_FUZZ_SECONDS=600 goes on for ten minutes
 * (`npm run unit -- test/unit/container/tar-fuzz`); what it finds it prints with the seed.
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import fc from "fast-check";
import { expect, it } from "vitest";
import { removeTree } from "../../../src/container/remove-tree.ts";
import { TarError } from "../../../src/container/tar/header.ts";
import { TarFile } from "../../../src/container/tar/random-access.ts";
import { unpackImage } from "../../../src/container/unpack/unpack-image.ts";
import { ScarError } from "../../../src/errors.ts";
import { fastFolder } from "../../helpers/fast-folder.ts";
import { damage, damaged, realArchives } from "../../helpers/tar-damage.ts";
import { imageOf, inPieces } from "./image-fixtures.ts";

const seconds = Number(process.env["SCAR_FUZZ_SECONDS"] ?? 8);
const archives = realArchives();

it("damaged layers end with an error of ours or a tree inside the root", {
  timeout: (seconds + 60) * 1000,
}, async () => {
  const base = mkdtempSync(join(fastFolder(), "scar-fuzz-"));
  mkdirSync(join(base, "canary"));
  writeFileSync(join(base, "canary/file"), "mine");
  const outcomes = new Map<string, number>();
  const memory = process.memoryUsage().rss;
  let slowest = 0;
  try {
    await fc.assert(
      fc.asyncProperty(
        fc.array(damage, { minLength: 1, maxLength: 3 }),
        fc.integer({ min: 100, max: 70_000 }),
        async (layers, size) => {
          const root = join(base, "root");
          const image = imageOf(
            layers.map((layer) => damaged(archives, layer)),
            (layer) => Readable.from(inPieces(layer, size)),
          );
          const start = Date.now();
          const outcome = await unpackImage(image, root).then(
            () => "unpacked",
            (error: unknown) => {
              if (error instanceof ScarError) return error.code;
              throw error;
            },
          );
          slowest = Math.max(slowest, Date.now() - start);
          outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
          expect(readdirSync(base).sort()).toEqual(["canary", "root"]);
          expect(readdirSync(join(base, "canary"))).toEqual(["file"]);
          expect(readFileSync(join(base, "canary/file"), "utf8")).toBe("mine");
          expect(statSync(join(base, "canary/file")).nlink).toBe(1);
          await removeTree(root);
        },
      ),
      { numRuns: 1_000_000_000, interruptAfterTimeLimit: seconds * 1000, markInterruptAsFailure: false },
    );
  } finally {
    rmSync(base, { recursive: true, force: true });
  }
  process.stderr.write(`tar fuzz: ${JSON.stringify(Object.fromEntries(outcomes))}, slowest ${slowest} ms\n`);
  // That all were refused, or none, would prove little.
  for (const outcome of ["unpacked", "DamagedLayer"]) expect(outcomes.get(outcome) ?? 0).toBeGreaterThan(0);
  expect(process.memoryUsage().rss - memory).toBeLessThan(700 * 1024 * 1024);
});

it("damaged archives are read by name, or are none", { timeout: (seconds + 60) * 1000 }, async () => {
  const base = mkdtempSync(join(fastFolder(), "scar-fuzz-"));
  try {
    const path = join(base, "archive.tar");
    await fc.assert(
      fc.asyncProperty(damage, async (one) => {
        writeFileSync(path, damaged(archives, one));
        const file = await open(path);
        try {
          const tar = await TarFile.open(file);
          for (const name of ["two", "hard", "soft", "up", "a"]) {
            const extent = tar.find(name);
            if (extent?.type === "file" && extent.size < 2 ** 20) await tar.read(extent);
          }
        } catch (error) {
          expect(error).toBeInstanceOf(TarError);
        } finally {
          await file.close();
        }
      }),
      { numRuns: 1_000_000_000, interruptAfterTimeLimit: (seconds / 5) * 1000, markInterruptAsFailure: false },
    );
  } finally {
    rmSync(base, { recursive: true, force: true });
  }
});
