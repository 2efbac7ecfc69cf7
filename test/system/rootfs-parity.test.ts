/**
 * Root file systems made here against those that Docker makes of the same images (`docker export`, unpacked by GNU tar), entry by
 * entry: Debian's releases, and an image that does all that images do, in the layouts and compressions of docker save and skopeo.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { openImageArchive } from "../../src/container/archive/open.ts";
import { removeTree } from "../../src/container/remove-tree.ts";
import { type UnpackOptions, unpackImage } from "../../src/container/unpack/unpack-image.ts";
import { fastFolder } from "../helpers/fast-folder.ts";
import { type DebianSuite, debianTar } from "../helpers/system-debian.ts";
import { type DockerEngine, startDocker } from "../helpers/system-docker.ts";
import { buildNasty } from "../helpers/system-nasty-image.ts";
import { describeSystem, NEEDS, program } from "../helpers/system-needs.ts";
import { check, run } from "../helpers/system-process.ts";
import { type TreeOptions, treeOf } from "../helpers/system-tree.ts";

/** What Docker puts into every container. */
const DOCKERS_OWN = [
  "/.dockerenv",
  "/dev",
  "/proc",
  "/sys",
  "/etc/hostname",
  "/etc/hosts",
  "/etc/resolv.conf",
  "/etc/mtab",
];
/** Folders that it changes by that. */
const COMPARED: TreeOptions = { without: new Set(DOCKERS_OWN), timeless: new Set(["/etc"]) };

/** As an ordinary user: owners are ours, who can read, change and delete everything; nothing has its owner's rights. */
const COMPARED_AS_OURS: TreeOptions = {
  ...COMPARED,
  owners: false,
  mode: (mode, kind) => (mode & 0o1777) | (kind === "folder" ? 0o700 : 0o600),
};

const KEPT: UnpackOptions = { keepOwners: true };
const OURS: UnpackOptions = { keepOwners: false };

describeSystem(
  "root file systems are those of docker export",
  [NEEDS.root, NEEDS.docker, NEEDS.skopeo, NEEDS.buildah, NEEDS.debootstrap],
  () => {
    let folder: string;
    let engine: DockerEngine;
    beforeAll(async () => {
      folder = mkdtempSync(join(fastFolder(), "scar-parity-"));
      engine = await startDocker(folder);
    });
    afterAll(async () => {
      await engine?.close();
      rmSync(folder, { recursive: true, force: true });
    });

    /** Docker's own root file system of the image. */
    async function exported(image: string): Promise<string> {
      const root = mkdtempSync(join(folder, "export-"));
      const container = (await engine.docker(["create", image, "/bin/true"])).trim();
      const tar = `${root}.tar`;
      await engine.docker(["export", "--output", tar, container]);
      await engine.docker(["rm", container]);
      await check("tar", ["-C", root, "--numeric-owner", "-xpf", tar]);
      rmSync(tar);
      return root;
    }

    async function saved(image: string): Promise<string> {
      const archive = join(folder, `${image.replace(/\W/g, "-")}.tar`);
      await engine.docker(["save", "--output", archive, image]);
      return archive;
    }

    /** Unpacks with owners, and as who is not root would: three layers at a time, or so many. */
    async function compare(archive: string, expected: string, ways: readonly UnpackOptions[] = [KEPT, OURS]) {
      for (const options of ways) {
        const root = mkdtempSync(join(folder, "root-"));
        const image = await openImageArchive(archive);
        await unpackImage(image, root, options);
        await image.close();
        const tree = options.keepOwners ? COMPARED : COMPARED_AS_OURS;
        expect(treeOf(root, tree)).toEqual(treeOf(expected, tree));
        await removeTree(root);
      }
    }

    async function debian(suite: DebianSuite): Promise<string> {
      const tag = `example/${suite}:base`;
      await engine.docker(["import", await debianTar(suite), tag]);
      return tag;
    }

    it.each(["bullseye", "trixie"] as const)("of Debian's %s", async (suite) => {
      const tag = await debian(suite);
      const root = await exported(tag);
      expect(treeOf(root).length).toBeGreaterThan(5000);
      await compare(await saved(tag), root);
      await engine.docker(["rmi", tag]);
      rmSync(root, { recursive: true });
    });

    it("of an image that buildah made", async () => {
      const context = join(folder, "buildah");
      mkdirSync(context);
      writeFileSync(
        join(context, "Containerfile"),
        [
          `FROM docker-archive:${await saved(await debian("trixie"))}`,
          "RUN mkdir -p /b/dir /b/opaque && echo a > /b/dir/a && ln /b/dir/a /b/a2 && echo x > /b/opaque/x && ln -s /b/dir /b/link",
          "RUN rm -r /b/opaque /usr/share/doc && mkdir -m 1777 /b/opaque && echo y > /b/opaque/y && echo z > /b/link/z && ln /b/dir/a /b/a3",
          "RUN rm /b/link && mkdir /b/link && chown 5:6 /b/link && chmod 4711 /b/dir/z && mv /b/dir /b/moved",
        ].join("\n"),
      );
      const storage = [
        "--root",
        join(folder, "b/root"),
        "--runroot",
        join(folder, "b/run"),
        "--storage-driver",
        "overlay",
      ];
      const buildah = (...args: string[]) => check(program("buildah"), [...storage, ...args], { timeout: 200 });
      const policy = join(folder, "policy.json");
      writeFileSync(policy, JSON.stringify({ default: [{ type: "insecureAcceptAnything" }] }));
      try {
        await buildah(
          "bud",
          "--signature-policy",
          policy,
          "--isolation",
          "chroot",
          "--layers",
          "-q",
          "-t",
          "example/b:1",
          context,
        );
        const [docker, oci] = [join(folder, "b-docker.tar"), join(folder, "b-oci.tar")];
        await buildah(
          "push",
          "-q",
          "--signature-policy",
          policy,
          "example/b:1",
          `docker-archive:${docker}:example/b:1`,
        );
        await buildah("push", "-q", "--signature-policy", policy, "example/b:1", `oci-archive:${oci}:1`);
        await engine.docker(["load", "--input", docker]);
        const root = await exported("example/b:1");
        await compare(docker, root, [KEPT]);
        await compare(oci, root, [KEPT, OURS]);
      } finally {
        // Mounts of its own stay otherwise.
        await run(program("buildah"), [...storage, "rm", "--all"]);
        await run(program("umount"), [join(folder, "b/root/overlay")]);
      }
    });

    it("of Debian's bookworm with all that images do, in every layout and compression", async () => {
      await buildNasty(engine, folder, await debian("bookworm"), "example/nasty:1");
      const root = await exported("example/nasty:1");
      const archive = await saved("example/nasty:1");
      await compare(archive, root, [KEPT, { ...KEPT, parallel: 1 }, { ...OURS, parallel: 8 }]);
      const skopeo = program("skopeo");
      const copy = (...args: string[]) => check(skopeo, ["copy", "--quiet", "--insecure-policy", ...args]);
      await copy(`docker-archive:${archive}`, `oci-archive:${folder}/gzip.tar:nasty:1`);
      rmSync(archive);
      await compare(join(folder, "gzip.tar"), root, [KEPT]);
      const layout = join(folder, "layout");
      mkdirSync(layout);
      await copy("--dest-compress-format", "zstd", `oci-archive:${folder}/gzip.tar`, `oci:${layout}:nasty:1`);
      await check("tar", ["-C", layout, "-cf", join(folder, "zstd.tar"), "."]);
      await compare(join(folder, "zstd.tar"), root, [KEPT]);
    });
  },
);
