/** An image that does to its lower layers all that images do, built by a real Docker Engine on Debian. */
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { DockerEngine } from "./system-docker.ts";

const LONG = "n".repeat(200);

/** Each step is a layer. */
const STEPS = [
  // What is there to be changed.
  `mkdir -p /n/dir/sub /n/opaque/sub /n/gone /n/to-file/sub /n/to-link /n/kept "/n/with space" /n/${LONG}/${LONG} \
   && for f in dir/a dir/b dir/sub/c opaque/old opaque/sub/old gone/x to-file/sub/x to-link/x kept/x file-to-dir file-to-link; do echo $f > /n/$f; done \
   && ln -s dir /n/link && ln -s /n/dir /n/absolute && ln -s nowhere /n/dangling && ln -s loop /n/loop && ln -s ../../../../etc /n/dir/climbs \
   && ln /n/dir/a /n/dir/a2 && ln /n/dir/a /n/kept/a3 && ln -s / /n/root && ln -s kept /n/link-to-dir && ln -s dir/a /n/link-to-file`,
  // Every kind in the place of every other.
  `rm -r /n/to-file /n/to-link /n/file-to-dir /n/file-to-link /n/gone /n/link-to-dir /n/link-to-file && echo now > /n/to-file && ln -s dir /n/to-link \
   && mkdir /n/file-to-dir && echo in > /n/file-to-dir/in && ln -s kept /n/file-to-link && mkdir /n/link-to-dir && echo y > /n/link-to-dir/y && echo z > /n/link-to-file`,
  // Opaque, whiteouts, and the same name again.
  `rm -r /n/opaque && mkdir -p /n/opaque/sub && echo new > /n/opaque/new && rm /n/dir/b && rm -r /n/dir/sub && echo again > /n/dir/sub`,
  // Through links of lower layers; hard links to files of lower layers.
  `echo t > /n/link/through && echo u > /n/absolute/u && ln /n/kept/x /n/kept/x2 && ln /usr/bin/perl /n/perl && ln -s x /n/link/inner`,
  // Modes, owners, times (Docker makes all before 1970 that of 1970; tar and we keep them).
  `chmod 4755 /n/dir/a && chmod 000 /n/kept/x && chmod 1777 /n/opaque && chmod 0511 /n/file-to-dir && chown 12345:54321 /n/to-file && chown -h 7:8 /n/link \
   && echo old > /n/old && touch -d 1971-01-02 /n/old && touch -d 2200-01-02 /n/dir/through && touch -d 2001-02-03T04:05:06 /n/kept && cp -a /n/dir/a /n/copy`,
  // Names, holes, what has no place in an image.
  `echo s > "/n/with space/a b" && printf x > "/n/$(printf 'new\\nline')" && echo u > /n/ünïcödé-文件 && echo l > /n/${LONG}/${LONG}/${LONG} \
   && truncate -s 3000000 /n/holes && printf data | dd of=/n/holes bs=1 seek=2000000 conv=notrunc status=none && mkfifo /n/fifo && mknod /n/node c 1 3 \
   && : > /n/empty && printf '%0*d' 513 0 > /n/513 && mkdir -p /n/$(seq -s / 60)/deep && ln -s $(seq -s / 150) /n/long-target && echo w > /n/.wx && echo h > /n/-dash`,
  // Many small files, in a folder of which the next layer removes half.
  `mkdir /n/many && cd /n/many && for i in $(seq 500); do echo $i > $i; done`,
  `cd /n/many && rm *[13579] && mv /n/many /n/moved`,
];

/** Builds `tag` from the image `base`; on top comes a tar with sparse files and pax headers, as GNU tar writes them. */
export async function buildNasty(engine: DockerEngine, folder: string, base: string, tag: string): Promise<void> {
  const context = join(folder, "nasty");
  const added = join(context, "added");
  mkdirSync(join(added, "n/added"), { recursive: true });
  execFileSync("sh", ["-c", "truncate -s 5000000 hole && printf end >> hole && ln hole hole2"], {
    cwd: join(added, "n/added"),
  });
  const tar = join(context, "added.tar");
  execFileSync("tar", ["-C", added, "--sparse", "--format=pax", "--numeric-owner", "--owner=5", "-cf", tar, "n"]);
  writeFileSync(join(context, ".dockerignore"), "added\n");
  const steps = STEPS.map((step) => `RUN ${step}`).join("\n");
  writeFileSync(
    join(context, "Dockerfile"),
    `FROM ${base}\n${steps}\nADD added.tar /\nRUN echo end >> /n/added/hole\n`,
  );
  await engine.docker(["build", "--quiet", "--network=host", "--tag", tag, context], { timeout: 300 });
}
