import { setTimeout as sleep } from "node:timers/promises";
import { it } from "vitest";
import { startTestLocal } from "../helpers/local.ts";
import { RoleWriter } from "./under-load/iam.ts";
import { FunctionWriter, InvocationWriter, LayerWriter } from "./under-load/lambda.ts";
import { EventWriter, GroupWriter } from "./under-load/logs.ts";
import { BucketWriter, ObjectWriter, TagWriter, UploadWriter } from "./under-load/s3.ts";
import { MessageWriter } from "./under-load/sqs.ts";
import type { Writer } from "./under-load/writer.ts";

const KILLS = 5;

it("every acknowledged write outlives SIGKILL at any moment, and none is half there", {
  timeout: 120_000,
}, async () => {
  const local = await startTestLocal();
  try {
    const writers: Writer[] = [
      ...["objects-1", "objects-2", "objects-3"].map((name) => new ObjectWriter(name, local.dir)),
      ...["uploads-1", "uploads-2"].map((name) => new UploadWriter(name)),
      new TagWriter(),
      new BucketWriter(),
      ...["functions-1", "functions-2"].map((name) => new FunctionWriter(name)),
      new LayerWriter(),
      new InvocationWriter(),
      ...["events-1", "events-2"].map((name) => new EventWriter(name)),
      new GroupWriter(),
      new RoleWriter(),
      new MessageWriter(),
    ];
    await Promise.all(writers.map((writer) => writer.prepare(local.server)));
    for (let kill = 0; kill < KILLS; kill++) {
      const before = writers.map((writer) => writer.acknowledged);
      const killed = new AbortController();
      const writing = Promise.all(writers.map((writer) => writer.write(killed.signal)));
      // Each writer had its turn, and the moment is never the same; one that ended before it was killed failed.
      const turn = async () => {
        while (writers.some((writer, i) => writer.acknowledged === before[i])) await sleep(20);
      };
      await Promise.race([turn(), writing]);
      await sleep(Math.random() * 1200);
      await local.restart("killed");
      killed.abort();
      await writing;
      for (const writer of writers) await writer.check();
    }
  } finally {
    await local.stop();
  }
});
