import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import yauzl from "yauzl";
import { folderEntries } from "../../../../src/providers/aws/package/files.ts";
import { writeZip } from "../../../../src/providers/aws/package/zip.ts";

const root = mkdtempSync(join(tmpdir(), "scar-zip-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

interface Listed {
  readonly name: string;
  readonly mode: number;
  readonly size: number;
}

async function list(path: string): Promise<Listed[]> {
  const found: Listed[] = [];
  const zip = await yauzl.openPromise(path);
  for await (const entry of zip.eachEntry()) {
    found.push({ name: entry.fileName, mode: entry.externalFileAttributes >>> 16, size: entry.uncompressedSize });
  }
  return found;
}

function folder(name: string, order: readonly string[]): string {
  const path = join(root, name);
  mkdirSync(join(path, "sub"), { recursive: true });
  for (const file of order) writeFileSync(join(path, file), `content of ${file}`);
  chmodSync(join(path, "run.sh"), 0o700);
  chmodSync(join(path, "b.txt"), 0o600);
  return path;
}

describe("writeZip", () => {
  it("writes the same bytes for the same content, whatever the files' order, times and rights of others", async () => {
    const one = folder("one", ["b.txt", "run.sh", "sub/c.txt"]);
    const two = folder("two", ["sub/c.txt", "run.sh", "b.txt"]);
    utimesSync(join(two, "b.txt"), 1, 1);
    chmodSync(join(two, "b.txt"), 0o644);
    const first = await writeZip(await folderEntries(one, "x"), join(root, "one.zip"));
    const second = await writeZip((await folderEntries(two, "x")).reverse(), join(root, "two.zip"));
    expect(readFileSync(first.path).equals(readFileSync(second.path))).toBe(true);
    expect(first.sha256).toBe(second.sha256);
  });

  it("keeps the x bit and lets everyone read", async () => {
    const zip = await writeZip(await folderEntries(join(root, "one"), "x"), join(root, "modes.zip"));
    expect((await list(zip.path)).map(({ name, mode }) => [name, (mode & 0o777).toString(8)])).toEqual([
      ["x/b.txt", "644"],
      ["x/run.sh", "755"],
      ["x/sub/c.txt", "644"],
    ]);
  });

  it("tells its sizes and Lambda's hash, and is for its owner alone", async () => {
    const text = "a".repeat(10_000);
    const zip = await writeZip([{ name: "a", source: { text }, size: text.length }], join(root, "size.zip"));
    expect(zip.unpackedSize).toBe(10_000);
    expect(zip.size).toBe(statSync(zip.path).size);
    expect(zip.size).toBeLessThan(1_000);
    expect(statSync(zip.path).mode & 0o777).toBe(0o600);
    const sum = execFileSync("sha256sum", [zip.path], { encoding: "utf8" }).slice(0, 64);
    expect(Buffer.from(zip.sha256, "base64").toString("hex")).toBe(sum);
  });

  it("fails when a file has gone", async () => {
    const gone = { name: "a", source: { path: join(root, "gone") }, size: 1 };
    await expect(writeZip([gone], join(root, "gone.zip"))).rejects.toThrow("ENOENT");
  });
});
