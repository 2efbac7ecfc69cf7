/** The local S3 in the hands of clients that nobody here wrote: rclone, MinIO's mc, awscli, boto3. */
import { createHash, randomBytes } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startTestLocal, type TestLocal } from "../helpers/local.ts";
import { describeSystem, GO_PROGRAMS, NEEDS, PEER, program, ROOT } from "../helpers/system-needs.ts";
import { check, run } from "../helpers/system-process.ts";
import { peakMemory } from "../helpers/system-procfs.ts";

const GIB = 1024 ** 3;
const LARGE_BYTES = 3 * GIB;
/** MB; what the server may need while files of any size pass through it. */
const LIMIT = 200;

const ODD_NAMES = [
  "with space and+plus.txt",
  "per%cent%41.txt",
  "questions?=&#.txt",
  "quotes'\"`.txt",
  "brackets[]{}()<>.txt",
  "ünïcödé-ñ.txt",
  "日本語/キー.txt",
  "emoji 🎉.txt",
  "semi;colon:comma,.txt",
  "back\\slash.txt",
  "star*and!bang$.txt",
  "tilde~and^hat|pipe",
  ".hidden",
  "deep/er/and/deeper/still.txt",
  "dots...and.more",
  "UPPER/lower/Upper",
  "-dash",
  " leading and trailing ",
  `long-${"x".repeat(200)}`,
  "no bytes at all",
];

/** Small files in folders, the odd names among them. */
function writeTree(folder: string, count: number): void {
  const names = Array.from({ length: count - ODD_NAMES.length }, (_, i) => `folder ${i % 50}/file-${i}.bin`);
  for (const [i, name] of [...ODD_NAMES, ...names].entries()) {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, name === "no bytes at all" ? "" : `${name} ${"x".repeat(i % 3000)}`);
  }
}

/** Mostly a hole, with random bytes here and there: made in no time, and no two parts of it are alike. */
async function writeLargeFile(path: string): Promise<void> {
  const file = await open(path, "w");
  await file.truncate(LARGE_BYTES);
  for (let at = 0; at < LARGE_BYTES; at += 8 * 1024 * 1024) await file.write(randomBytes(4096), 0, 4096, at);
  await file.close();
}

const fileCount = (folder: string): number =>
  readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).length;

describeSystem("S3 clients", [NEEDS.peer, NEEDS.rclone, NEEDS.mc, NEEDS.procfs], () => {
  const folder = mkdtempSync(join(tmpdir(), "scar-s3-clients-"));
  const path = (...names: readonly string[]) => join(folder, ...names);
  let local: TestLocal;
  let env: Record<string, string> = {};

  beforeAll(async () => {
    local = await startTestLocal();
    const { endpoint, region, accessKeyId, secretAccessKey } = local.server;
    env = {
      ...local.env,
      HOME: folder,
      LANG: "C.UTF-8",
      RCLONE_CONFIG: path("rclone.conf"),
      RCLONE_RETRIES: "1",
      RCLONE_CONFIG_LOCAL_TYPE: "s3",
      RCLONE_CONFIG_LOCAL_PROVIDER: "Minio",
      RCLONE_CONFIG_LOCAL_ENDPOINT: endpoint,
      RCLONE_CONFIG_LOCAL_REGION: region,
      RCLONE_CONFIG_LOCAL_ACCESS_KEY_ID: accessKeyId,
      RCLONE_CONFIG_LOCAL_SECRET_ACCESS_KEY: secretAccessKey,
    };
    writeFileSync(path("rclone.conf"), "");
    mkdirSync(path("mc"));
    const alias = { url: endpoint, accessKey: accessKeyId, secretKey: secretAccessKey, api: "S3v4", path: "on" };
    writeFileSync(path("mc", "config.json"), JSON.stringify({ version: "10", aliases: { local: alias } }));
    writeTree(path("tree"), 5000);
  });
  afterAll(async () => {
    rmSync(folder, { recursive: true, force: true });
    await local?.stop();
  });

  const options = () => ({ env, cwd: folder, timeout: 170 });
  const rclone = (...args: readonly string[]) => check(program("rclone"), [...args], options());
  const mc = (...args: readonly string[]) =>
    check(join(GO_PROGRAMS, "mc"), ["--no-color", "--config-dir", path("mc"), ...args], options());
  const aws = (...args: readonly string[]) => check(join(PEER, "bin/aws"), args, options());

  const MANY = ["--transfers", "16", "--checkers", "16"];

  it("rclone: sync and check of 5000 files, there and back", async () => {
    await rclone("mkdir", "local:rclone");
    await rclone("sync", ...MANY, "tree", "local:rclone/copy");
    await rclone("check", ...MANY, "tree", "local:rclone/copy");
    await rclone("sync", ...MANY, "local:rclone/copy", "back");
    await rclone("check", ...MANY, "tree", "back");
    expect(fileCount(path("back"))).toBe(5000);
    expect(JSON.parse(await rclone("size", "--json", "local:rclone/copy"))).toMatchObject({ count: 5000 });
  });

  it("rclone: sync brings changes and deletions, both ways, and nothing else", async () => {
    writeFileSync(path("back", ".hidden"), "changed");
    rmSync(path("back", "-dash"));
    writeFileSync(path("back", "new file"), "new");
    await rclone("sync", ...MANY, "back", "local:rclone/copy");
    await rclone("check", ...MANY, "back", "local:rclone/copy");
    expect(await rclone("cat", "local:rclone/copy/.hidden")).toBe("changed");
    await rclone("sync", ...MANY, "local:rclone/copy", "tree");
    expect([existsSync(path("tree", "-dash")), readFileSync(path("tree", "new file"), "utf8")]).toEqual([false, "new"]);
    const different = await run(program("rclone"), ["check", path("tree"), "local:rclone/absent"], options());
    expect(different.status).not.toBe(0);
    await rclone("purge", "local:rclone/copy");
    expect(await rclone("lsf", "-R", "local:rclone")).toBe("");
  });

  it(`rclone: a file of 3 GiB up and down, and the server never needs ${LIMIT} MB`, async () => {
    await writeLargeFile(path("large"));
    const parts = ["--s3-chunk-size", "64M", "--s3-upload-concurrency", "4"];
    await rclone("copyto", ...parts, "large", "local:rclone/large");
    await rclone("check", "--download", "--include", "/large", folder, "local:rclone");
    await rclone("deletefile", "local:rclone/large");
    rmSync(path("large"));
    const peak = peakMemory(local.server.pid)!;
    process.stderr.write(`peak memory of the server: ${peak.toFixed(0)} MB\n`);
    expect(peak).toBeLessThan(LIMIT);
  });

  it("mc: mirror, ls, cat, stat, find, cp, rm", async () => {
    mkdirSync(path("some"));
    for (const name of ODD_NAMES.filter((each) => !/[\\/]/.test(each))) writeFileSync(path("some", name), name);
    await mc("mb", "local/mc-files");
    await mc("mirror", "some", "local/mc-files/some");
    await mc("mirror", "local/mc-files/some", "mirrored");
    expect(readdirSync(path("mirrored"))).toEqual(readdirSync(path("some")));
    const listed = (await mc("ls", "--json", "local/mc-files/some/")).trim().split("\n");
    expect(listed.map((line) => (JSON.parse(line) as { key: string }).key).sort()).toEqual(
      readdirSync(path("some")).sort(),
    );
    expect(await mc("cat", "local/mc-files/some/.hidden")).toBe(".hidden");
    expect(await mc("find", "local/mc-files", "--name", "*.txt", "--larger", "20B")).toContain(
      "with space and+plus.txt",
    );

    writeFileSync(path("big.bin"), randomBytes(40_000_000));
    await mc("cp", "--attr", "Cache-Control=max-age=60;colour=grey", "big.bin", "local/mc-files/big.bin");
    const stat = JSON.parse(await mc("stat", "--json", "local/mc-files/big.bin")) as {
      size: number;
      etag: string;
      metadata: Record<string, string>;
    };
    expect(stat).toMatchObject({ size: 40_000_000, etag: expect.stringMatching(/^[0-9a-f]{32}-\d+$/) });
    expect(stat.metadata).toMatchObject({ "Cache-Control": "max-age=60", "X-Amz-Meta-Colour": "grey" });
    await mc("cp", "local/mc-files/big.bin", "local/mc-files/copied.bin");
    await mc("cp", "local/mc-files/copied.bin", "copied.bin");
    expect(readFileSync(path("copied.bin")).equals(readFileSync(path("big.bin")))).toBe(true);

    await mc("rm", "--recursive", "--force", "local/mc-files/some");
    expect(await mc("find", "local/mc-files", "--name", "*.txt")).toBe("");
  });

  it("mc: tags", async () => {
    await mc("tag", "set", "local/mc-files/copied.bin", "colour=grey&size=large one");
    expect(JSON.parse(await mc("tag", "list", "--json", "local/mc-files/copied.bin"))).toMatchObject({
      tagset: { colour: "grey", size: "large one" },
    });
    await mc("tag", "remove", "local/mc-files/copied.bin");
    const none = await run(
      join(GO_PROGRAMS, "mc"),
      ["--config-dir", path("mc"), "tag", "list", "local/mc-files/copied.bin"],
      options(),
    );
    expect(none.stdout + none.stderr).toContain("No tags found");
  });

  it("mc and awscli: presigned links", async () => {
    await mc("cp", "some/.hidden", "local/mc-files/shared ñ+.txt");
    const shared = JSON.parse(
      await mc("share", "download", "--json", "--expire", "1h", "local/mc-files/shared ñ+.txt"),
    ) as {
      share: string;
    };
    const presigned = (await aws("s3", "presign", "s3://mc-files/shared ñ+.txt", "--expires-in", "60")).trim();
    for (const url of [shared.share, presigned]) {
      const answer = await fetch(url);
      expect([answer.status, await answer.text()], url).toEqual([200, ".hidden"]);
      expect((await fetch(url.replace("shared", "sharee"))).status).toBe(403);
    }
  });

  it("awscli: sync both ways, nothing left to do, and checksums", async () => {
    await aws("s3", "mb", "s3://awscli");
    await aws("s3", "sync", "--only-show-errors", "some", "s3://awscli/some");
    await aws("s3", "sync", "--only-show-errors", "s3://awscli/some", "synced");
    expect(readdirSync(path("synced"))).toEqual(readdirSync(path("some")));
    expect(await aws("s3", "sync", "--delete", "some", "s3://awscli/some")).toBe("");
    const place = ["--bucket", "awscli", "--key", "checked"];
    const put = await aws("s3api", "put-object", ...place, "--body", "some/.hidden", "--checksum-algorithm", "SHA256");
    const head = await aws("s3api", "head-object", ...place, "--checksum-mode", "ENABLED");
    const { ChecksumSHA256 } = JSON.parse(put) as { ChecksumSHA256: string };
    expect(ChecksumSHA256).toBe(createHash("sha256").update(".hidden").digest("base64"));
    expect(JSON.parse(head)).toMatchObject({ ChecksumSHA256 });
    const wrong = ["--bucket", "awscli", "--key", "wrong", "--body", "some/.hidden", "--checksum-crc32", "AAAAAA=="];
    const refused = await run(join(PEER, "bin/aws"), ["s3api", "put-object", ...wrong], options());
    expect(refused.stderr).toContain("BadDigest");
  });

  it("boto3: presigned URLs as it makes them by itself (version 2), and of version 4", async () => {
    const script = join(ROOT, "test/system/s3_presigned.py");
    expect(await check(join(PEER, "bin/python"), [script, "presigned-boto3"], options())).toBe("2 4\n");
  });
});
