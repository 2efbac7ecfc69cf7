/**
 * scar beside the original, SCAR 4.3.1: the same command lines, the same AWS (the local one, its files in memory, as what is compared are
 * clients; behind a proxy that counts the requests and, where the case says so, holds each back for 20 ms as the way to AWS does); rounds
 * alternate, medians. A ratio above 1 says how many times faster scar is. Every request is held back, the original's to the releases of its
 * supervisor and ours to the image's registry too.
 * Usage: npm run bench -- original     (the original: bash .ci/install-bench); or original.mjs [CASE…], a case by the beginning of its name
 */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startLocal, stopLocal } from "../src/local/control.ts";
import { fastFolder } from "../test/helpers/fast-folder.ts";
import { makeImage, startRegistry } from "../test/helpers/registry.ts";
import { type Measured, median } from "./measured/programs.ts";
import { SlowProxy } from "./measured/slow-proxy.ts";
import { AWAY, cases } from "./original/cases.ts";
import { contenders, ORIGINAL } from "./original/contenders.ts";
import { makeFunctions, publishLayer } from "./original/functions.ts";
import { startReleases } from "./original/release.ts";

process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] ??= "true";
const FUNCTIONS = 500;
const only = process.argv.slice(2);

if (!existsSync(join(ORIGINAL, "bin/scar"))) {
  console.log("skipped: the original is missing (bash .ci/install-bench)");
  process.exit(0);
}
const dist = fileURLToPath(new URL("../../", import.meta.url));
process.env["TMPDIR"] = fastFolder();
const folder = mkdtempSync(join(tmpdir(), "scar-bench-original-"));
/** @param latency milliseconds that it holds each request back */
const options = (name: string, latency: number) => ({
  env: {
    PATH: process.env["PATH"],
    HOME: folder,
    SCAR_LOCAL_DIR: join(folder, name),
    SCAR_LOCAL_BEHAVIOUR: `latency=${latency}`,
  },
  distDir: dist,
  attached: true,
  port: 0,
});
const [near, far] = [options("near", 0), options("far", AWAY)];
const image = await makeImage({ repository: "bench/cowsay" });
const registry = await startRegistry({ images: [image] });
const releases = await startReleases();
const proxies: SlowProxy[] = [];
const slow = async (port: number): Promise<SlowProxy> => {
  const proxy = await SlowProxy.start(port);
  proxies.push(proxy);
  return proxy;
};
try {
  const server = await startLocal(near);
  const slower = await startLocal(far);
  const aws = await slow(server.port);
  const [hub, shelf] = [await slow(Number(registry.host.split(":")[1])), await slow(releases.port)];
  const place = { dist, releases: shelf.endpoint };
  const nearby = contenders({ ...place, folder: join(folder, "n"), server, endpoint: aws.endpoint });
  const faraway = contenders({ ...place, folder: join(folder, "f"), server: slower, endpoint: slower.endpoint });
  const wanted = cases(FUNCTIONS, `${new URL(hub.endpoint).host}/bench/cowsay`).filter(
    ({ name }) => only.length === 0 || only.some((start) => name.startsWith(start)),
  );
  const layer = await publishLayer(server);
  if (wanted.some(({ name }) => name.startsWith("ls"))) await makeFunctions(server, FUNCTIONS, layer);
  console.log(`load average ${loadavg()[0]!.toFixed(1)}`);
  console.log("case                       scar s  requests   MB   original s  requests   MB    ratio  target");
  for (const { name, target, delay, heldByServer = false, rounds, line, check } of wanted) {
    for (const proxy of proxies) proxy.delay = delay;
    const both = heldByServer ? faraway : nearby;
    const found = both.map(() => [] as { readonly measured: Measured; readonly requests: number }[]);
    for (let round = -1; round < rounds; round++) {
      for (const [i, contender] of both.entries()) {
        const args = line(contender, round);
        for (const proxy of proxies) proxy.taken();
        const measured = await contender.run(args);
        check?.(measured.stdout, contender);
        const counted = proxies.reduce((sum, proxy) => sum + proxy.taken(), 0);
        const requests = heldByServer ? Number.NaN : counted;
        if (round >= 0) found[i]!.push({ measured, requests });
      }
    }
    const [ours, theirs] = found.map((runs) => ({
      seconds: median(runs.map(({ measured }) => measured.seconds)),
      peak: median(runs.map(({ measured }) => measured.peak)),
      requests: median(runs.map(({ requests }) => requests)),
    })) as [Sums, Sums];
    console.log(
      `${name.padEnd(24)} ${shown(ours)}   ${shown(theirs)} ${(theirs.seconds / ours.seconds).toFixed(1).padStart(9)}x ${`${target}x`.padStart(6)}`,
    );
  }
} finally {
  for (const proxy of proxies) proxy.close();
  releases.close();
  await registry.close();
  await Promise.all([near, far].map((one) => stopLocal(one)));
  rmSync(folder, { recursive: true, force: true });
}

interface Sums {
  readonly seconds: number;
  readonly peak: number;
  readonly requests: number;
}

function shown({ seconds, peak, requests }: Sums): string {
  const counted = Number.isNaN(requests) ? "-" : requests.toFixed(0);
  return `${seconds.toFixed(2).padStart(8)} ${counted.padStart(9)} ${peak.toFixed(0).padStart(5)}`;
}
