/** A file of 2 GiB in and out through a function of 256 MB, and the most memory that its supervisor had on the way. */
import { randomFillSync } from "node:crypto";
import { open } from "node:fs/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { describeSystem, NEEDS } from "../helpers/system-needs.ts";
import { until } from "../helpers/system-process.ts";
import { peakMemory, supervisorPids } from "../helpers/system-procfs.ts";
import { saveSmallImage, sha256 } from "../helpers/system-rootfs.ts";
import { ScarUser } from "../helpers/system-scar.ts";

const MIB = 1024 * 1024;
const FILE_BYTES = 2048 * MIB;
/** MB; of the function's 256 the rest is the command's. */
const LIMIT = 160;

const DEFINITION = `
functions:
  aws:
    - lambda:
        name: haul
        memory: 256
        ephemeral_storage: 5120
        timeout: 900
        init_script: haul.sh
        container:
          image_file: small.tar
        input:
          - storage_provider: s3
            path: freight/in
        output:
          - storage_provider: s3
            path: freight/out
`;

describeSystem("a file of 2 GiB through a function of 256 MB", [NEEDS.procfs, NEEDS.ldd], () => {
  const alice = new ScarUser();
  let peak = 0;

  beforeAll(async () => {
    await saveSmallImage(alice.folder, { programs: ["mv"] });
    // What is moved needs no second place in /tmp.
    alice.write("haul.sh", 'mv "$INPUT_FILE_PATH" "$TMP_OUTPUT_DIR/"\n');
    alice.write("haul.yaml", DEFINITION);
    await writeRandomFile(alice.path("freight.bin"));
    await alice.local(["init", "-f", "haul.yaml"]);
  });
  afterAll(() => alice.close());

  it("arrives unchanged", async () => {
    await alice.local(["put", "-b", "freight/in", "-p", "freight.bin"], { timeout: 300 });
    await until("the output", 600, async () => {
      peak = Math.max(peak, ...supervisorPids("haul").map((pid) => peakMemory(pid) ?? 0));
      return (await alice.keys("freight/out")).includes("out/freight.bin") ? true : undefined;
    });
    peak = Math.max(peak, ...supervisorPids("haul").map((pid) => peakMemory(pid) ?? 0));
    await alice.local(["get", "-b", "freight/out", "-p", alice.mkdir("fetched")], { timeout: 300 });
    expect(await sha256(alice.path("fetched/out/freight.bin"))).toBe(await sha256(alice.path("freight.bin")));
  }, 1_200_000);

  it(`needs less than ${LIMIT} MB in the supervisor`, () => {
    process.stderr.write(`peak memory of the supervisor: ${peak.toFixed(0)} MB\n`);
    expect(peak).toBeGreaterThan(10);
    expect(peak).toBeLessThan(LIMIT);
  });
});

async function writeRandomFile(path: string): Promise<void> {
  const file = await open(path, "w");
  const chunk = randomFillSync(Buffer.alloc(MIB));
  for (let written = 0; written < FILE_BYTES; written += MIB) {
    // No two pieces are alike: one in the place of another would be seen.
    chunk.writeUInt32BE(written / MIB);
    await file.write(chunk);
  }
  await file.close();
}
