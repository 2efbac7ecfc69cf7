import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openImageArchive, openPackedImage, packImage, parseReference } from "../../../src/container/packed.ts";
import { unpackImage } from "../../../src/container/unpack/unpack-image.ts";
import { configOf, digestOf, dockerArchive, type FixtureImage, save, tarOf } from "./image-fixtures.ts";

let folder: string;
let image: FixtureImage;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "scar-packed-"));
  image = { layers: [await tarOf([{ name: "a", content: "one" }]), await tarOf([{ name: "b", content: "two" }])] };
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function pack(into: string, reference = "cow/say:1", fixture = image): Promise<string> {
  const opened = await openImageArchive(save(join(folder, "image.tar"), await dockerArchive(fixture)));
  await packImage(opened, reference, join(folder, into));
  await opened.close();
  return join(folder, into);
}

const places = (packed: string) => ({ repos: join(packed, "repos/"), layers: join(packed, "layers/") });

/** Every file below a folder with its bytes. */
function content(root: string): Array<[string, string]> {
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .sort()
    .map((path) => [path.slice(root.length), digestOf(readFileSync(path))]);
}

describe("packImage", () => {
  it("writes what udocker reads: a tag of version 2 with gzip-compressed layers", async () => {
    const tag = join(await pack("p"), "repos/cow/say/1");
    const manifest = JSON.parse(readFileSync(join(tag, "manifest"), "utf8"));
    expect(readdirSync(tag).sort()).toEqual(
      [
        "TAG",
        "manifest",
        "v2",
        manifest.config.digest,
        ...manifest.layers.map((l: { digest: string }) => l.digest),
      ].sort(),
    );
    expect(manifest).toMatchObject({ schemaVersion: 2, config: { digest: digestOf(configOf(image)) } });
    for (const [i, { digest, size }] of manifest.layers.entries()) {
      const stored = readFileSync(join(tag, digest));
      expect([digestOf(stored), stored.length]).toEqual([digest, size]);
      expect(gunzipSync(stored)).toEqual(image.layers[i]);
    }
  });

  it("gives the same bytes for the same image, however its layers were compressed", async () => {
    const plain = content(await pack("p"));
    expect(content(await pack("q"))).toEqual(plain);
    expect(content(await pack("r", "cow/say:1", { ...image, gzipLayers: true }))).toEqual(plain);
  });

  it("gives back the image", async () => {
    const opened = await openPackedImage(places(await pack("p")), "cow/say:1");
    expect(opened).toMatchObject({ id: digestOf(configOf(image)), tag: "cow/say:1", configJson: configOf(image) });
    expect(opened.config.entrypoint).toEqual(["/bin/sh"]);
    const root = join(folder, "root");
    await unpackImage(opened, root);
    expect([readFileSync(join(root, "a"), "utf8"), readFileSync(join(root, "b"), "utf8")]).toEqual(["one", "two"]);
  });

  it("keeps a damaged layer out", async () => {
    const archive = save(join(folder, "image.tar"), await dockerArchive(image));
    const opened = await openImageArchive(archive);
    const damaged = readFileSync(archive).toString("latin1").replace("two", "tow");
    writeFileSync(archive, damaged, "latin1");
    await expect(packImage(opened, "x", join(folder, "p"))).rejects.toMatchObject({ code: "DigestMismatch" });
    expect(content(join(folder, "p")).filter(([name]) => name.includes("/."))).toEqual([]);
    await opened.close();
  });
});

describe("openPackedImage refuses", () => {
  it("an image that is not there, by its name and place", async () => {
    await expect(openPackedImage(places(await pack("p")), "cow/say:2")).rejects.toMatchObject({
      code: "PackedImageNotFound",
      message: expect.stringContaining("cow/say:2"),
    });
  });

  it("a missing layer", async () => {
    const packed = await pack("p");
    const { layers } = JSON.parse(readFileSync(join(packed, "repos/cow/say/1/manifest"), "utf8"));
    rmSync(join(packed, "repos/cow/say/1", layers[1].digest));
    await expect(openPackedImage(places(packed), "cow/say:1")).rejects.toMatchObject({
      code: "MissingFromImage",
      message: expect.stringContaining(layers[1].digest),
    });
  });
});

describe("parseReference", () => {
  it.each([
    ["cowsay", "cowsay", "latest"],
    ["cowsay:1", "cowsay", "1"],
    ["grycap/cow.say:1.2-x", "grycap/cow.say", "1.2-x"],
    ["localhost:5000/cow/say", "localhost:5000/cow/say", "latest"],
    ["localhost:5000/cow/say:2", "localhost:5000/cow/say", "2"],
    ["cow@sha256:abc", "cow", "sha256:abc"],
  ])("%s", (reference, name, tag) => {
    expect(parseReference(reference)).toEqual({ name, tag });
  });

  it.each(["", ":", "../x", "a/../b", "/abs", "a:..", "a//b", "a/", "a:b/c:", "a b"])("refuses '%s'", (reference) => {
    expect(() => parseReference(reference)).toThrow(expect.objectContaining({ code: "InvalidImageReference" }));
  });
});
