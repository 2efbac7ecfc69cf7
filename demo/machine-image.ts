/**
 * Makes a small container image from this machine's own programs and the libraries they load: an image without a network, a
 * registry or Docker. Written as `docker save` writes it. Used by the demo and by the tests.
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { accessSync, constants, createWriteStream, readFileSync, realpathSync } from "node:fs";
import { basename, delimiter, dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { pack } from "tar-stream";

/** What an ordinary shell script needs. */
export const SHELL_PROGRAMS = [
  ..."sh cat cp mv rm ls mkdir basename dirname head tail sort uniq wc tr cut sed awk grep date env id sleep touch".split(
    " ",
  ),
  ..."echo printf true false test expr seq od sha256sum gzip find uname".split(" "),
];

export interface MachineImageOptions {
  /** Archive to write. */
  readonly file: string;
  /** Default {@link SHELL_PROGRAMS}; one that the machine lacks is left out, but `sh` must be there. */
  readonly programs?: readonly string[];
  /** Default `machine:latest`. */
  readonly tag?: string;
  readonly cmd?: readonly string[];
  readonly entrypoint?: readonly string[];
  readonly env?: readonly string[];
  readonly workingDir?: string;
  /** Further files of the image: absolute path inside → content. */
  readonly files?: Readonly<Record<string, string>>;
}

interface Entry {
  readonly name: string;
  readonly content?: Buffer;
  readonly link?: string;
  readonly mode: number;
}

function onPath(program: string): string | undefined {
  for (const folder of [...(process.env["PATH"] ?? "").split(delimiter), "/bin", "/usr/bin"]) {
    const path = join(folder, program);
    try {
      accessSync(path, constants.X_OK);
      // Scripts (version managers' shims) need interpreters that are not in the image.
      if (readFileSync(path).subarray(0, 4).toString("latin1") === "\x7fELF") return path;
    } catch {
      // Not here: the next folder.
    }
  }
  return undefined;
}

/** Paths that the dynamic loader opens for a program, the loader among them; empty for a static one. */
function libraries(program: string): string[] {
  let output: string;
  try {
    output = execFileSync("ldd", [program], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  } catch {
    return [];
  }
  return output.split("\n").flatMap((line) => line.match(/(?:=>\s+|^\s+)(\/\S+)\s+\(0x/)?.[1] ?? []);
}

function collect(options: MachineImageOptions): Entry[] {
  const entries = new Map<string, Entry>();
  const placed = new Map<string, string>();
  const libs = new Set<string>();
  for (const program of options.programs ?? SHELL_PROGRAMS) {
    const found = onPath(program);
    if (found === undefined) {
      if (program === "sh") throw new Error("this machine has no /bin/sh to make an image of");
      continue;
    }
    const real = realpathSync(found);
    const name = `bin/${program}`;
    const first = placed.get(real);
    if (first !== undefined) {
      // One busybox, many names.
      entries.set(name, { name, link: basename(first), mode: 0o777 });
      continue;
    }
    placed.set(real, name);
    entries.set(name, { name, content: readFileSync(real), mode: 0o755 });
    for (const lib of libraries(real)) libs.add(lib);
  }
  for (const lib of libs) entries.set(lib.slice(1), { name: lib.slice(1), content: readFileSync(lib), mode: 0o755 });
  const files = { "/etc/passwd": "root:x:0:0:root:/root:/bin/sh\n", "/etc/group": "root:x:0:\n", ...options.files };
  for (const [path, text] of Object.entries(files)) {
    entries.set(path.slice(1), {
      name: path.slice(1),
      content: Buffer.from(text),
      mode: path.startsWith("/bin/") ? 0o755 : 0o644,
    });
  }
  return [...entries.values()];
}

async function tarOf(entries: readonly Entry[]): Promise<Buffer> {
  const tar = pack();
  const folders = new Set<string>(["tmp", "root"]);
  for (const { name } of entries) {
    for (let folder = dirname(name); folder !== "."; folder = dirname(folder)) folders.add(folder);
  }
  for (const folder of [...folders].sort()) {
    tar.entry({ name: `${folder}/`, type: "directory", mode: folder === "tmp" ? 0o1777 : 0o755 });
  }
  for (const entry of entries) {
    if (entry.link !== undefined) tar.entry({ name: entry.name, type: "symlink", linkname: entry.link });
    else tar.entry({ name: entry.name, mode: entry.mode }, entry.content ?? Buffer.alloc(0));
  }
  tar.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of tar) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

const sha256 = (data: Buffer): string => createHash("sha256").update(data).digest("hex");

/** Writes the image's archive; returns its size in bytes. Throws when the machine has no `sh`. */
export async function makeMachineImage(options: MachineImageOptions): Promise<number> {
  const layer = await tarOf(collect(options));
  const config = Buffer.from(
    JSON.stringify({
      architecture: process.arch === "x64" ? "amd64" : process.arch,
      os: "linux",
      created: "1970-01-01T00:00:00Z",
      config: {
        Env: options.env ?? ["PATH=/bin"],
        Cmd: options.cmd ?? ["/bin/sh"],
        ...(options.entrypoint ? { Entrypoint: options.entrypoint } : {}),
        WorkingDir: options.workingDir ?? "/",
      },
      rootfs: { type: "layers", diff_ids: [`sha256:${sha256(layer)}`] },
    }),
  );
  const id = sha256(layer);
  const manifest = [
    { Config: `${sha256(config)}.json`, RepoTags: [options.tag ?? "machine:latest"], Layers: [`${id}/layer.tar`] },
  ];
  const archive = pack();
  archive.entry({ name: `${id}/`, type: "directory" });
  archive.entry({ name: `${id}/layer.tar` }, layer);
  archive.entry({ name: `${sha256(config)}.json` }, config);
  archive.entry({ name: "manifest.json" }, JSON.stringify(manifest));
  archive.finalize();
  await pipeline(archive, createWriteStream(options.file));
  return layer.length;
}
