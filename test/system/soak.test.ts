/** Ten thousand events through three functions of a server that is killed again and again: each event's output is exactly there. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { paginateListObjectsV2 } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startTestLocal, type TestLocal } from "../helpers/local.ts";
import { s3Client } from "../helpers/local-clients.ts";
import { describeSystem, NEEDS } from "../helpers/system-needs.ts";
import { until } from "../helpers/system-process.ts";
import { pidsWithEnvironment } from "../helpers/system-procfs.ts";
import { saveSmallImage } from "../helpers/system-rootfs.ts";
import { ScarUser } from "../helpers/system-scar.ts";
import { BUCKETS, createInvoked, createNotified, DEFINITION, eventOf, SCRIPT } from "./soak/functions.ts";
import { Load } from "./soak/load.ts";

/** `SCAR_SOAK_EVENTS` scales it: 10 000 take about three minutes on two processors. */
const EVENTS = Number(process.env["SCAR_SOAK_EVENTS"] ?? 10_000);
const KILLS = 5;
const SENDERS = 4;

describeSystem("a soak with kill -9", [NEEDS.procfs, NEEDS.ldd], () => {
  const alice = new ScarUser();
  let local: TestLocal;

  beforeAll(async () => {
    local = await startTestLocal();
    await saveSmallImage(alice.folder, { programs: ["cp"] });
    alice.write("copy.sh", SCRIPT);
    alice.write("soak.yaml", DEFINITION);
    await alice.local(["init", "-f", "soak.yaml"], { env: { ...alice.env, SCAR_LOCAL_DIR: local.dir } });
    await createNotified(local.server);
    await createInvoked(local.server);
  });
  afterAll(async () => {
    await local?.stop();
    await alice.close();
  });

  /** `BUCKET/KEY` → ETag of all outputs. */
  async function outputs(): Promise<Map<string, string>> {
    const found = new Map<string, string>();
    for (const Bucket of BUCKETS) {
      const pages = paginateListObjectsV2({ client: s3Client(local.server) }, { Bucket, Prefix: "out/" });
      for await (const { Contents = [] } of pages) {
        // `init` makes the folders themselves.
        for (const { Key, ETag } of Contents.filter(({ Key }) => Key !== "out/"))
          found.set(`${Bucket}/${Key}`, ETag!.replaceAll('"', ""));
      }
    }
    return found;
  }

  /** Events on disk; what is half written was not acknowledged. */
  const waiting = (): number =>
    readdirSync(join(local.dir, "lambda/queue"), { recursive: true, withFileTypes: true }).filter(
      (entry) => entry.isFile() && !entry.name.startsWith("."),
    ).length;

  it(`${EVENTS} events, ${KILLS} times killed: nothing is lost and nothing is there that was not asked for`, {
    timeout: 900_000,
  }, async () => {
    const load = new Load(local.server);
    const events = Array.from({ length: EVENTS }, (_, n) => eventOf(n));
    const started = Date.now();
    const sending = load.sendAll(events, SENDERS);
    // A refusal ends the killing too.
    const failed = sending.then(() => new Promise<never>(() => {}));
    for (let kill = 1; kill <= KILLS; kill++) {
      const due = (EVENTS * kill) / (KILLS + 1);
      await Promise.race([until(`${due} events`, 300, () => (load.acknowledged >= due ? true : undefined), 5), failed]);
      await local.restart("killed");
    }
    await sending;
    const sent = Date.now();
    await until("the last output", 600, async () => ((await outputs()).size >= EVENTS ? true : undefined), 1000);
    await until("the end of the queue", 60, () => (waiting() === 0 ? true : undefined));
    process.stderr.write(
      `soak: ${EVENTS} events sent in ${(sent - started) / 1000} s, all done after ${(Date.now() - started) / 1000} s, ${load.repeated} sent again\n`,
    );
    expect(await outputs()).toEqual(load.expected);
    // Duplicates only overwrite: one more server finds nothing to do.
    await local.restart("killed");
    await sleep(1000);
    expect(waiting()).toBe(0);
    expect(await outputs()).toEqual(load.expected);
  });

  it("leaves no process behind", async () => {
    await local.restart("gently");
    const left = BUCKETS.flatMap((name) => pidsWithEnvironment(`AWS_LAMBDA_FUNCTION_NAME=${name}`));
    expect(left).toEqual([]);
  });
});
