/** Unpacked images shared by processes on a file system that cannot hold them all, and by root without its capabilities. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildSync } from "esbuild";
import { afterAll, beforeAll, expect, it } from "vitest";
import { describeSystem, NEEDS, program, ROOT } from "../helpers/system-needs.ts";
import { check, run } from "../helpers/system-process.ts";
import { saveImage } from "../helpers/system-rootfs.ts";

describeSystem("unpacked images", [NEEDS.root], () => {
  let folder: string;
  let user: string;
  let archives: string[];
  const use = (task: object) => [process.execPath, [user, JSON.stringify(task)]] as const;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "scar-shared-"));
    user = join(folder, "user.mjs");
    buildSync({
      entryPoints: [`${ROOT}test/system/rootfs-shared/ensure.ts`],
      bundle: true,
      platform: "node",
      format: "esm",
      outfile: user,
      logLevel: "error",
    });
    archives = [];
    for (const index of [0, 1, 2, 3]) archives.push(await imageOf(index));
  });
  afterAll(async () => {
    rmSync(folder, { recursive: true, force: true });
  });

  /** 20 MB in 50 files, and folders that shut their owner out. */
  async function imageOf(index: number): Promise<string> {
    const root = join(folder, `root-${index}`);
    mkdirSync(join(root, "files"), { recursive: true });
    writeFileSync(join(root, "name"), `${index}`);
    for (let i = 0; i < 50; i++) writeFileSync(join(root, "files", `${i}`), Buffer.alloc(400_000, index + i));
    mkdirSync(join(root, "shut/in"), { recursive: true });
    writeFileSync(join(root, "shut/in/file"), "", { mode: 0o000 });
    for (const name of ["shut/in", "shut"]) await check(program("chmod"), ["000", join(root, name)]);
    const archive = join(folder, `${index}.tar`);
    await saveImage(root, archive);
    await check(program("rm"), ["-r", root]);
    return archive;
  }

  it("that do not all fit are made and removed by two processes, and never while the other uses them", async () => {
    const small = join(folder, "small");
    mkdirSync(small);
    await check(program("mount"), ["-t", "tmpfs", "-o", "size=70m", "scar-test", small]);
    try {
      const task = { udockerDir: small, archives, rounds: 60 };
      const answers = await Promise.all([1, 2].map(() => check(...use(task), { timeout: 200 })));
      const totals = answers.map((answer) => JSON.parse(answer) as { created: number; notices: number });
      expect(totals.every(({ created, notices }) => created > 3 && notices > 0)).toBe(true);
      // Three fit at most; nothing half-made stays.
      const left = readdirSync(join(small, "containers"));
      expect(left.length).toBeLessThan(4);
      expect(left.filter((name) => name.startsWith("."))).toEqual([]);
    } finally {
      // Lazily: after a failure the other process may still be there.
      await run(program("umount"), ["-l", small]);
    }
  });

  it("made by root without capabilities can be used and removed by it", async () => {
    const dir = join(folder, "without");
    mkdirSync(dir);
    const without = ["--inh-caps=-all", "--bounding-set=-all", "--no-new-privs"];
    const [file, args] = use({ udockerDir: dir, archives: archives.slice(0, 1), rounds: 1, keepOwners: true });
    const answer = await check(program("setpriv"), [...without, file, ...args]);
    expect(JSON.parse(answer)).toMatchObject({ created: 1 });
    const [place] = readdirSync(join(dir, "containers"));
    expect(statSync(join(dir, "containers", place!, "ROOT/shut/in")).mode & 0o777).toBe(0o700);
    await check(program("setpriv"), [...without, program("rm"), "-r", join(dir, "containers")]);
  });
});
