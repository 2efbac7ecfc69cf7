/**
 * `scar put` and `scar get` beside rclone and mc, each with its own defaults, on versitygw: 1 000 files of 4 KiB and one of 1 GiB, up and
 * down; rounds alternate, medians; what comes back is compared. A ratio above 1 says how many times faster scar is than the faster of the
 * two. Processor time, which other programs of the machine disturb less, is given too. The peak of scar's memory is to be below 150 MB.
 * Usage: npm run bench -- transfers     (rclone, mc, versitygw: bash .ci/install-system); or transfers.mjs [ROUNDS] [CASE…]
 */
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { fastFolder } from "../test/helpers/fast-folder.ts";
import { startVersitygw } from "../test/helpers/system-peers.ts";
import { GO, type Measured, median } from "./measured/programs.ts";
import { clients } from "./transfers/clients.ts";
import { digestOf, makeFiles } from "./transfers/files.ts";

const [rounds = "3", ...only] = process.argv.slice(2);
const CASES = [
  { name: "1000 x 4 KiB", count: 1000, bytes: 4096 },
  { name: "1 x 1 GiB", count: 1, bytes: 1024 ** 3 },
].filter(({ name }) => only.length === 0 || only.some((start) => name.startsWith(start)));

process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] ??= "true";
const versitygw = join(GO, "versitygw");
if (!existsSync(versitygw)) {
  console.log("skipped: versitygw is missing (sudo bash .ci/install-system, with Go 1.25 or newer)");
  process.exit(0);
}
// What is compared are clients: no disk is to be in their way.
process.env["TMPDIR"] = fastFolder();
const folder = mkdtempSync(join(tmpdir(), "scar-bench-transfers-"));
const server = await startVersitygw(versitygw);
try {
  const main = fileURLToPath(new URL("../../main.js", import.meta.url));
  const present = clients(server, main, folder).filter(({ file }) => existsSync(file));
  const [scar] = present;
  // rclone and mc need a bucket that is there.
  const seed = join(folder, "seed");
  makeFiles(seed, 1, 1);
  await scar!.up(seed, "bench/seed");
  console.log(`load average ${loadavg()[0]!.toFixed(1)}; each: seconds (of processor, peak MB)`);
  for (const { name, count, bytes } of CASES) {
    const source = join(folder, "source");
    makeFiles(source, count, bytes);
    const digest = digestOf(source);
    const found = present.map(() => ({ up: [] as Measured[], down: [] as Measured[] }));
    for (let round = 0; round < Number(rounds); round++) {
      for (const [i, client] of present.entries()) {
        const remote = `bench/${client.name}-${bytes}-${round}`;
        const target = join(folder, "target");
        mkdirSync(target);
        found[i]!.up.push(await client.up(source, remote));
        found[i]!.down.push(await client.down(remote, target));
        if (digestOf(target) !== digest) throw new Error(`${client.name}: ${name} came back as something else`);
        rmSync(target, { recursive: true });
        rmSync(join(server.data, remote), { recursive: true });
      }
    }
    rmSync(source, { recursive: true });
    for (const way of ["up", "down"] as const) {
      const runs = found.map((each) => each[way]);
      const seconds = runs.map((each) => median(each.map((one) => one.seconds)));
      const best = Math.min(...seconds.slice(1));
      const shown = runs.map((each, i) => {
        const processor = median(each.map((one) => one.processor));
        const peak = Math.max(...each.map((one) => one.peak));
        return `${present[i]!.name} ${seconds[i]!.toFixed(2)} (${processor.toFixed(2)}, ${peak.toFixed(0)})`;
      });
      console.log(
        `${name.padEnd(13)} ${way.padEnd(5)} ${shown.join("  ").padEnd(75)} ${(best / seconds[0]!).toFixed(2)}x`,
      );
    }
  }
} finally {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
}
