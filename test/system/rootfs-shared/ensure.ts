/** A process that uses images from one folder with others: takes one at random, looks that it is whole, waits, looks again, lets go. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { openImageArchive } from "../../../src/container/archive/open.ts";
import { ensureRootfs } from "../../../src/container/rootfs.ts";

interface Task {
  readonly udockerDir: string;
  readonly archives: readonly string[];
  readonly rounds: number;
  readonly keepOwners?: boolean;
}

const { udockerDir, archives, rounds, keepOwners = false } = JSON.parse(process.argv[2]!) as Task;
let [created, notices] = [0, 0];
for (let round = 0; round < rounds; round++) {
  const index = Math.floor(Math.random() * archives.length);
  const image = await openImageArchive(archives[index]!);
  const root = await ensureRootfs({ image, udockerDir, keepOwners, notice: () => notices++ });
  await image.close();
  if (root.created) created++;
  for (let look = 0; look < 3; look++) {
    const found = readFileSync(join(root.rootfs, "name"), "utf8");
    if (found !== `${index}`) throw new Error(`${root.rootfs} is image ${found}, not ${index}`);
    const files = readdirSync(join(root.rootfs, "files")).length;
    if (files !== 50) throw new Error(`${root.rootfs} has ${files} files`);
    await sleep(Math.random() * 10);
  }
  await root.release();
}
process.stdout.write(JSON.stringify({ created, notices }));
