/** A file larger than any process may hold: 200 MiB in and out, and the peak memory of everything it passes through. */

import { randomFillSync } from "node:crypto";
import { type FileHandle, open } from "node:fs/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { describeSystem, NEEDS } from "../helpers/system-needs.ts";
import { until } from "../helpers/system-process.ts";
import { peakMemory, supervisorPids } from "../helpers/system-procfs.ts";
import { saveSmallImage, sha256 } from "../helpers/system-rootfs.ts";
import { ScarUser } from "../helpers/system-scar.ts";

const MIB = 1024 * 1024;
const FILE_BYTES = 200 * MIB;
/** MB; the limit that the project promises for each process. */
const LIMIT = 200;

const DEFINITION = `
functions:
  aws:
    - lambda:
        name: carry
        memory: 512
        timeout: 300
        init_script: carry.sh
        container:
          image_file: small.tar
        input:
          - storage_provider: s3
            path: cargo/in
        output:
          - storage_provider: s3
            path: cargo/out
`;

describeSystem("a file of 200 MiB", [NEEDS.procfs, NEEDS.time, NEEDS.ldd], () => {
  const alice = new ScarUser();
  const peaks: Record<string, number> = {};

  beforeAll(async () => {
    await saveSmallImage(alice.folder, { programs: ["cp"] });
    alice.write("carry.sh", 'cp "$INPUT_FILE_PATH" "$TMP_OUTPUT_DIR/"\n');
    alice.write("carry.yaml", DEFINITION);
    await writeRandomFile(alice.path("cargo.bin"));
    await alice.local(["init", "-f", "carry.yaml"]);
  });
  afterAll(() => alice.close());

  it("goes in, through the function and out, unchanged", async () => {
    peaks["scar put"] = await alice.localPeak(["put", "-b", "cargo/in", "-p", "cargo.bin"]);
    await until("the output", 180, async () => {
      notePeaks();
      return (await alice.keys("cargo/out")).includes("out/cargo.bin") ? true : undefined;
    });
    notePeaks();
    peaks["scar get"] = await alice.localPeak(["get", "-b", "cargo/out", "-p", alice.mkdir("fetched")]);
    notePeaks();

    expect(await sha256(alice.path("fetched/out/cargo.bin"))).toBe(await sha256(alice.path("cargo.bin")));
  });

  it.each(["scar put", "scar get", "local AWS", "supervisor"])(`needs less than ${LIMIT} MB in: %s`, (name) => {
    process.stderr.write(`peak memory of ${name}: ${peaks[name]?.toFixed(0)} MB\n`);
    expect(peaks[name]).toBeGreaterThan(10);
    expect(peaks[name]).toBeLessThan(LIMIT);
  });

  function notePeaks(): void {
    const server = alice.serverPid();
    note("local AWS", server === undefined ? [] : [server]);
    note("supervisor", supervisorPids("carry"));
  }

  function note(name: string, pids: readonly number[]): void {
    peaks[name] = Math.max(peaks[name] ?? 0, ...pids.map((pid) => peakMemory(pid) ?? 0));
  }
});

/** Random bytes: nothing on the way can make them smaller. */
async function writeRandomFile(path: string): Promise<void> {
  const file: FileHandle = await open(path, "w");
  const chunk = Buffer.alloc(MIB);
  for (let written = 0; written < FILE_BYTES; written += MIB) await file.write(randomFillSync(chunk));
  await file.close();
}
