import { mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openImageArchive } from "../../../src/container/archive/open.ts";
import type { LayerSource } from "../../../src/registry/image.ts";
import {
  configOf,
  digestOf,
  dockerArchive,
  type FixtureImage,
  ociArchive,
  ociIndexArchive,
  save,
  tarOf,
} from "./image-fixtures.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "scar-archive-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const file = (name = "image.tar") => join(folder, name);

async function fixture(more: Partial<FixtureImage> = {}): Promise<FixtureImage> {
  return {
    layers: [await tarOf([{ name: "a", content: "one" }]), await tarOf([{ name: "b", content: "two" }])],
    tag: "cow/say:1",
    ...more,
  };
}

async function content(layer: LayerSource): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of await layer.open()) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

const LAYOUTS: ReadonlyArray<readonly [string, (image: FixtureImage) => Promise<Buffer>]> = [
  ["docker save up to 24", dockerArchive],
  ["OCI layout", (image) => ociArchive(image)],
  ["docker save from 25 (both)", (image) => ociArchive(image, true)],
  ["gzip around it", async (image) => gzipSync(await dockerArchive(image))],
  ["without the closing blocks", async (image) => (await dockerArchive(image)).subarray(0, -1024)],
];

describe("openImageArchive", () => {
  it.each(LAYOUTS)("reads %s", async (_, make) => {
    const image = await fixture();
    const opened = await openImageArchive(save(file(), await make(image)));
    expect(opened.id).toBe(digestOf(configOf(image)));
    expect(opened.configJson).toBe(configOf(image));
    expect(opened.tag).toBe("cow/say:1");
    expect(opened.config).toMatchObject({
      os: "linux",
      env: ["PATH=/bin:/usr/bin", "A=1"],
      entrypoint: ["/bin/sh"],
      cmd: ["-c", ":"],
      workingDir: "/work",
      user: "me",
    });
    expect(opened.layers.map((layer) => layer.digest)).toEqual(image.layers.map(digestOf));
    for (const [i, layer] of opened.layers.entries()) expect(await content(layer)).toEqual(image.layers[i]);
    await opened.close();
    await opened.close();
  });

  it("fills in what a configuration leaves out", async () => {
    const opened = await openImageArchive(save(file(), await dockerArchive({ layers: [], config: {} })));
    expect(opened.tag).toBeUndefined();
    expect(opened.config).toMatchObject({ env: [], entrypoint: [], cmd: [], workingDir: "/", user: "" });
    await opened.close();
  });

  it("follows the links by which docker save shares layers", async () => {
    const layer = await tarOf([{ name: "a", content: "one" }]);
    const image = { layers: [layer, layer] };
    const config = configOf(image);
    const archive = await tarOf([
      { name: "x/layer.tar", content: layer },
      { name: "y/layer.tar", type: "symlink", linkname: "../x/layer.tar" },
      { name: "config.json", content: config },
      {
        name: "manifest.json",
        content: JSON.stringify([{ Config: "config.json", Layers: ["x/layer.tar", "y/layer.tar"] }]),
      },
    ]);
    const opened = await openImageArchive(save(file(), archive));
    expect(await content(opened.layers[1]!)).toEqual(layer);
    await opened.close();
  });

  it("takes the asked architecture from an index of several", async () => {
    const images = [await fixture({ architecture: "amd64" }), await fixture({ architecture: "arm64", layers: [] })];
    const path = save(file(), await ociIndexArchive(images));
    for (const [i, architecture] of ["amd64", "arm64"].entries()) {
      const opened = await openImageArchive(path, { architecture });
      expect(opened.config.architecture).toBe(architecture);
      expect(opened.layers).toHaveLength(images[i]!.layers.length);
      await opened.close();
    }
    await expect(openImageArchive(path, { architecture: "riscv64" })).rejects.toMatchObject({
      code: "NoImageForArchitecture",
      message: expect.stringContaining("amd64, arm64"),
    });
  });

  it("leaves the architecture of a lone image to the caller", async () => {
    const path = save(file(), await ociArchive(await fixture({ architecture: "s390x" })));
    const opened = await openImageArchive(path);
    expect(opened.config.architecture).toBe("s390x");
    await opened.close();
  });

  it("leaves no temporary file of a compressed archive", async () => {
    const before = readdirSync(tmpdir()).filter((name) => name.startsWith("scar-image-"));
    const opened = await openImageArchive(save(file(), gzipSync(await dockerArchive(await fixture()))));
    expect(readdirSync(tmpdir()).filter((name) => name.startsWith("scar-image-"))).toEqual(before);
    await opened.close();
  });
});

describe("openImageArchive refuses", () => {
  const refusal = async (path: string) => {
    const error = await openImageArchive(path).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    return error as { code: string; message: string };
  };

  it("a missing file", async () => {
    expect(await refusal(file("none.tar"))).toMatchObject({
      code: "ImageArchiveNotFound",
      message: expect.stringContaining("none.tar"),
    });
  });

  it.each([
    ["a folder", () => folder],
    ["an empty file", () => save(file(), Buffer.alloc(0))],
    ["text", () => save(file(), Buffer.from("no tar at all\n".repeat(200)))],
    ["damaged gzip", () => save(file(), Buffer.concat([Buffer.from([0x1f, 0x8b]), Buffer.alloc(2000, 7)]))],
  ])("%s", async (_, make) => {
    const error = await refusal(make());
    expect(error.code).toBe("NotAnImageArchive");
    expect(error.message).toContain(folder);
  });

  it("a tar that holds no image, and says how one is made", async () => {
    const path = save(file(), await tarOf([{ name: "etc/passwd", content: "root" }]));
    expect(await refusal(path)).toMatchObject({
      code: "NotAnImageArchive",
      hint: expect.stringContaining("docker save"),
    });
  });

  it.each([
    ["zstd", [0x28, 0xb5, 0x2f, 0xfd]],
    ["xz", [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0]],
  ])("%s compression, by name", async (name, magic) => {
    const path = save(file(), Buffer.concat([Buffer.from(magic), Buffer.alloc(600)]));
    expect(await refusal(path)).toMatchObject({ code: "NotSupportedYet", message: expect.stringContaining(name) });
  });

  it.each([
    ["a docker archive", dockerArchive],
    ["an OCI archive", (image: FixtureImage) => ociArchive(image)],
  ])("%s cut anywhere", async (_, make) => {
    const whole = await make(await fixture({ layers: [await tarOf([{ name: "a", content: "x".repeat(5000) }])] }));
    // Up to the last entry's data: what is cut off after it is padding.
    const data = whole.length - 1024 - 512;
    for (let size = 100; size < data; size += 777) {
      const error = await refusal(save(file(), whole.subarray(0, size)));
      expect(error.code, `cut at ${size}`).toBe("ImageArchiveCutShort");
      expect(error.message).toContain(file());
    }
  });

  it("a compressed archive cut short", async () => {
    const whole = gzipSync(await dockerArchive(await fixture()));
    const path = save(file(), whole);
    truncateSync(path, whole.length - 20);
    expect(await refusal(path)).toMatchObject({ code: "ImageArchiveCutShort", message: expect.stringContaining(path) });
  });

  it("a missing layer, by its name", async () => {
    const image = await fixture();
    const config = configOf(image);
    const path = save(
      file(),
      await tarOf([
        { name: "config.json", content: config },
        {
          name: "manifest.json",
          content: JSON.stringify([{ Config: "config.json", Layers: ["x/layer.tar", "y/layer.tar"] }]),
        },
      ]),
    );
    expect(await refusal(path)).toMatchObject({
      code: "MissingFromImage",
      message: expect.stringContaining("x/layer.tar"),
    });
  });

  it("a configuration that is not what its name says", async () => {
    const path = file();
    const name = "0".repeat(64);
    writeFileSync(
      path,
      await tarOf([
        { name: `${name}.json`, content: configOf({ layers: [] }) },
        { name: "manifest.json", content: JSON.stringify([{ Config: `${name}.json`, Layers: [] }]) },
      ]),
    );
    expect(await refusal(path)).toMatchObject({ code: "DigestMismatch", message: expect.stringContaining(name) });
  });

  it.each([
    ["a manifest that is no JSON", "{"],
    ["a manifest without images", "[]"],
    ["a manifest without configuration", "[{}]"],
  ])("%s", async (_, manifest) => {
    expect(await refusal(save(file(), await tarOf([{ name: "manifest.json", content: manifest }])))).toMatchObject({
      code: "InvalidImage",
    });
  });

  it("another number of layers than the configuration has", async () => {
    const path = save(
      file(),
      await tarOf([
        { name: "config.json", content: configOf(await fixture()) },
        { name: "manifest.json", content: JSON.stringify([{ Config: "config.json", Layers: [] }]) },
      ]),
    );
    expect(await refusal(path)).toMatchObject({ code: "InvalidImage", message: expect.stringContaining("0 layers") });
  });
});
