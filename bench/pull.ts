/**
 * From a registry on this machine to a command's end, beside udocker (PyPI) and `curl | tar`: Debian's ImageMagick in five layers, run
 * by fakechroot (F1), on a tmpfs as Lambda's /tmp may be. Cold: `scar shell -i`, udocker's pull, create, setup and run as the first SCAR's
 * supervisor calls them. Warm: what running /bin/true takes beyond the bare program, in the supervisor's way and by `udocker run`. Disk:
 * the most that stood in the folder against what the image takes. Medians of rounds that alternate.
 * Usage: npm run bench -- pull    (as root; bash .ci/install-system)
 */
import { execFileSync, spawn, spawnSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { selectEngine } from "../src/container/engines/select.ts";
import { ensureRootfs } from "../src/container/rootfs.ts";
import { openRegistryImage } from "../src/registry/open.ts";
import { debianFakechroot } from "../test/helpers/system-engine-images.ts";
import { startDockerRegistry } from "../test/helpers/system-registry.ts";
import { pushImageMagick } from "./pull/image.ts";

// Benchmarks are started in the repository's folder.
const UDOCKER = resolve(process.env["SCAR_TEST_UDOCKER"] ?? ".scratch/udocker/bin/udocker");
if (process.geteuid?.() !== 0 || !existsSync(UDOCKER)) {
  console.log("skipped: needs root and udocker (sudo bash .ci/install-system)");
  process.exit(0);
}
const rounds = Number(process.argv[2] ?? 5);
const main = fileURLToPath(new URL("../../main.js", import.meta.url));
const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1]!;
const COMMAND = ["convert", "-version"];

const folder = mkdtempSync(join(tmpdir(), "scar-bench-pull-"));
execFileSync("mount", ["-t", "tmpfs", "-o", "size=2g", "tmpfs", folder]);
const registry = await startDockerRegistry();
try {
  const reference = await pushImageMagick(registry.host);
  const ways: Record<string, (home: string) => void> = {
    "scar shell": (home) => run(process.execPath, [main, "shell", "-i", reference, ...COMMAND], scarEnv(home)),
    udocker: byUdocker(reference),
    "curl | tar": (home) => byCurl(reference, home),
  };
  const times = await cold(ways);
  const [scar, udocker, curl] = ["scar shell", "udocker", "curl | tar"].map((name) => median(times.get(name)!));
  console.log(
    `cold: scar ${ms(scar!)}, udocker ${ms(udocker!)}: ${(udocker! / scar!).toFixed(2)}x as fast (wanted: 3)`,
  );
  console.log(`cold: curl | tar, nothing run, ${ms(curl!)}: ${(curl! / scar!).toFixed(2)} of its speed`);
  await warm(reference);
  await disk(reference);
} finally {
  await registry.close();
  execFileSync("umount", [folder]);
  rmSync(folder, { recursive: true });
}

async function cold(all: Readonly<Record<string, (home: string) => void>>): Promise<Map<string, number[]>> {
  const times = new Map(Object.keys(all).map((name) => [name, [] as number[]]));
  // The first round fills the file cache.
  for (let round = -1; round < rounds; round++) {
    for (const [name, way] of Object.entries(all)) {
      const home = mkdtempSync(join(folder, "home-"));
      const start = performance.now();
      way(home);
      if (round >= 0) times.get(name)!.push(performance.now() - start);
      rmSync(home, { recursive: true, force: true });
    }
  }
  return times;
}

function scarEnv(home: string) {
  return { PATH: process.env["PATH"], HOME: home, UDOCKER_DEFAULT_EXECUTION_MODE: "F1" };
}

/** As the supervisor of the first SCAR calls it, with Debian's library where it would have its own. */
function udockerEnv(home: string) {
  const lib = join(home, "lib");
  mkdirSync(lib, { recursive: true });
  writeFileSync(join(lib, "VERSION"), "1.2.11\n");
  copyFileSync(debianFakechroot(), join(lib, "libfakechroot.so"));
  return {
    PATH: process.env["PATH"],
    HOME: home,
    UDOCKER_DIR: join(home, "udocker"),
    UDOCKER_LIB: lib,
    UDOCKER_BIN: join(home, "bin"),
    UDOCKER_FAKECHROOT_SO: join(lib, "libfakechroot.so"),
    UDOCKER_USE_PATCHELF_EXECUTABLE: "/usr/bin/patchelf",
  };
}

function byUdocker(reference: string): (home: string) => void {
  const [host, name] = [reference.slice(0, reference.indexOf("/")), reference.slice(reference.indexOf("/") + 1)];
  return (home) => {
    const env = udockerEnv(home);
    const udocker = (...args: string[]) => run(UDOCKER, ["--allow-root", "--quiet", ...args], env);
    udocker("pull", `--registry=http://${host}`, `--index=http://${host}`, name);
    udocker("create", "--name=c", name);
    udocker("setup", "--execmode=F1", "c");
    udocker("run", "--nobanner", "c", ...COMMAND);
  };
}

function byCurl(reference: string, home: string): void {
  const [host, name] = [reference.slice(0, reference.indexOf("/")), reference.slice(reference.indexOf("/") + 1)];
  const [repository, tag] = name.split(":");
  const accept = "application/vnd.docker.distribution.manifest.v2+json,application/vnd.oci.image.manifest.v1+json";
  const base = `http://${host}/v2/${repository}`;
  const manifest = JSON.parse(
    execFileSync("curl", ["-sf", "-H", `Accept: ${accept}`, `${base}/manifests/${tag}`], { encoding: "utf8" }),
  ) as { layers: { digest: string }[] };
  const root = join(home, "root");
  mkdirSync(root);
  const lines = manifest.layers.map(({ digest }) => `curl -sf ${base}/blobs/${digest} | tar -C ${root} -xzf -`);
  run("/bin/sh", ["-ec", lines.join("\n")], { PATH: process.env["PATH"] });
}

function run(file: string, args: readonly string[], env: Record<string, string | undefined>): void {
  const { status, stdout, stderr } = spawnSync(file, args, { env, cwd: "/", encoding: "utf8" });
  if (status !== 0) throw new Error(`${file} ${args.join(" ")}: exit code ${status}\n${stdout}${stderr}`);
}

async function warm(reference: string): Promise<void> {
  const home = mkdtempSync(join(folder, "warm-"));
  const env = udockerEnv(home);
  byUdocker(reference)(home);
  const image = await openRegistryImage(reference, {
    architecture: process.arch === "arm64" ? "arm64" : "amd64",
    env: {},
  });
  const { rootfs } = await ensureRootfs({ image, udockerDir: join(home, "ours") });
  const engine = await selectEngine("F1", { rootfs, env: { PATH: process.env["PATH"] } });
  const scratch = join(home, "scratch");
  mkdirSync(scratch);
  const ways: Record<string, () => Promise<void>> = {
    bare: () => ended("/bin/true", [], {}),
    scar: async () => {
      const plan = await engine.plan({ rootfs, argv: ["/bin/true"], env: {}, workdir: "/", volumes: [], scratch });
      await ended(plan.file, plan.args, plan.env, plan.cwd);
      await plan.cleanup();
    },
    udocker: () => ended(UDOCKER, ["--allow-root", "--quiet", "run", "--nobanner", "c", "/bin/true"], env),
  };
  const times = new Map(Object.keys(ways).map((name) => [name, [] as number[]]));
  for (let round = -2; round < rounds * 4; round++) {
    for (const [name, way] of Object.entries(ways)) {
      const start = performance.now();
      await way();
      if (round >= 0) times.get(name)!.push(performance.now() - start);
    }
  }
  const [bare, scar, udocker] = ["bare", "scar", "udocker"].map((name) => median(times.get(name)!)) as [
    number,
    number,
    number,
  ];
  const [ours, theirs] = [scar - bare, udocker - bare];
  console.log(
    `warm, beyond the program's ${ms(bare)}: scar ${ms(ours)}, udocker ${ms(theirs)}: ${(theirs / ours).toFixed(1)}x less (wanted: 5)`,
  );
  rmSync(home, { recursive: true, force: true });
}

function ended(
  file: string,
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  cwd = "/",
): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, [...args], { env: { ...env }, cwd, stdio: "ignore" });
    child.once("error", reject);
    child.once("exit", (code) => (code === 0 ? resolve() : reject(new Error(`${file}: exit code ${code}`))));
  });
}

/** Of what stands on the tmpfs while the image is fetched. */
async function disk(reference: string): Promise<void> {
  const udockerDir = mkdtempSync(join(folder, "disk-"));
  const used = (): number => {
    const { blocks, bfree, bsize } = statfsSync(folder);
    return (blocks - bfree) * bsize;
  };
  const before = used();
  let most = 0;
  const watch = setInterval(() => {
    most = Math.max(most, used());
  }, 2);
  const image = await openRegistryImage(reference, {
    architecture: process.arch === "arm64" ? "arm64" : "amd64",
    env: {},
  });
  await ensureRootfs({ image, udockerDir });
  clearInterval(watch);
  const after = used() - before;
  most = Math.max(most - before, after);
  console.log(
    `disk: ${(most / 1e6).toFixed(0)} MB at the most for an image of ${(after / 1e6).toFixed(0)} MB: ${(most / after).toFixed(2)}x (wanted: 1.1)`,
  );
  if (readdirSync(join(udockerDir, "containers")).length !== 1) throw new Error("something was left behind");
}

function ms(value: number): string {
  return value < 100 ? `${value.toFixed(1)} ms` : `${value.toFixed(0)} ms`;
}
