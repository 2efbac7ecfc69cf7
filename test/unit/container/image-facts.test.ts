import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeMachineImage, SHELL_PROGRAMS } from "../../../demo/machine-image.ts";
import { openImageArchive } from "../../../src/container/archive/open.ts";
import { readImageFacts } from "../../../src/container/image-facts.ts";
import type { FunctionSpec } from "../../../src/fdl/spec.ts";
import { checkImages } from "../../../src/providers/aws/images/check.ts";
import type { Image } from "../../../src/registry/image.ts";
import { imageOf, inPieces, tarOf } from "./image-fixtures.ts";

let folder: string;
let file: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "scar-facts-"));
  file = join(folder, "image.tar");
  await makeMachineImage({ file, tag: "tools:1", programs: SHELL_PROGRAMS, env: [] });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const open = (): Promise<Image> => openImageArchive(file);
const signal = new AbortController().signal;

describe("the facts of an image", () => {
  it("are its C library, its version and its processor, told from the layers", async () => {
    const image = await open();
    const facts = await readImageFacts(image, signal);
    await image.close();
    const [version] = /\d+\.\d+$/m.exec(execFileSync("ldd", ["--version"], { encoding: "utf8" }).split("\n")[0]!)!;
    expect(facts).toMatchObject({ libc: "glibc", version, machine: process.arch === "x64" ? "amd64" : "arm64" });
  });

  it("need no layer above the one with the C library", async () => {
    const image = await open();
    const never = {
      digest: "sha256:0",
      open: () => Promise.reject(new Error("opened without need")),
    };
    const facts = await readImageFacts({ ...image, layers: [...image.layers, never] }, signal);
    await image.close();
    expect(facts.libc).toBe("glibc");
  });

  it("are given up with the signal's reason", async () => {
    const image = await open();
    await expect(readImageFacts(image, AbortSignal.abort(new Error("enough")))).rejects.toThrow("enough");
    await image.close();
  });
});

describe("an image that is not what it says", () => {
  it("takes no memory for a file that is all holes", async () => {
    const pax = {
      "GNU.sparse.major": "0",
      "GNU.sparse.minor": "1",
      "GNU.sparse.size": "700000000",
      "GNU.sparse.map": "0,0",
    };
    const holes = await tarOf([{ name: "etc/os-release", pax, content: "" }]);
    const before = process.memoryUsage().rss;
    expect(await readImageFacts(imageOf([holes]), signal)).toEqual({ libc: "none" });
    expect(process.memoryUsage().rss - before).toBeLessThan(200_000_000);
  });

  it("fills no disk with many files of the right names", async () => {
    const content = Buffer.alloc(40 * 1024 * 1024);
    const many = await tarOf(Array.from({ length: 10 }, (_, i) => ({ name: `lib/ld-${i}.so`, content })));
    let most = 0;
    const looks = () => readdirSync(tmpdir()).filter((name) => name.startsWith("scar-look-"));
    const chunks = inPieces(many, 1024 * 1024);
    const image = imageOf([many], () =>
      Readable.from(
        (function* () {
          for (const chunk of chunks) {
            most = Math.max(most, ...looks().map((name) => sizeOf(join(tmpdir(), name))));
            yield chunk;
          }
        })(),
      ),
    );
    await readImageFacts(image, signal);
    expect(most).toBeGreaterThan(40 * 1024 * 1024);
    expect(most).toBeLessThanOrEqual(256 * 1024 * 1024);
  });

  it("is told as damaged, with the layer's number, and by no name of ours", async () => {
    const broken = imageOf([Buffer.alloc(2048, 1)]);
    await expect(readImageFacts(broken, signal)).rejects.toMatchObject({
      code: "DamagedLayer",
      message: expect.stringMatching(/^layer 1 of 1: .*not a tar header/),
    });
  });

  it("is no less good for a large program with a second name", async () => {
    const large = Buffer.alloc(65 * 1024 * 1024);
    const layer = await tarOf([
      { name: "usr/bin/python3.12", content: large },
      { name: "usr/bin/python3", type: "link", linkname: "usr/bin/python3.12" },
      { name: "etc/os-release", content: "ID=debian\nVERSION_ID=12\n" },
    ]);
    expect(await readImageFacts(imageOf([layer]), signal)).toEqual({
      libc: "none",
      distribution: { id: "debian", versionId: "12" },
    });
  });
});

const sizeOf = (folder: string): number =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);

describe("an image file for AWS", () => {
  const spec = () =>
    ({
      lambda: { name: "grey", container: { environment: { Variables: {} } }, architectures: undefined },
      files: { image_file: file },
    }) as unknown as FunctionSpec;
  const notices: string[] = [];
  const options = {
    env: {},
    signal,
    notice: (text: string) => notices.push(text),
    libraries: async () => ({ files: [], missing: [] }),
  };

  const ecrLogin = () => Promise.reject(new Error("never asked"));

  it("is refused where no libfakechroot serves its C library, before anything is made", async () => {
    await expect(checkImages([{ spec: spec(), onAws: true, ecrLogin }], options)).rejects.toMatchObject({
      code: "NoFakechrootLibrary",
      message: expect.stringMatching(
        /function 'grey': image file '.*image\.tar' \(.*glibc 2\.\d+.*\) cannot run on Lambda/,
      ),
      hint: expect.stringContaining("libfakechroot"),
    });
  });

  it("that is none is told with its function, as all that is wrong is", async () => {
    const none = { ...spec(), files: { image_file: join(folder, "none.tar") } } as FunctionSpec;
    const refused = checkImages(
      [
        { spec: none, onAws: true, ecrLogin },
        { spec: spec(), onAws: true, ecrLogin },
      ],
      options,
    );
    await expect(refused).rejects.toMatchObject({
      code: "ImagesUnusable",
      message: expect.stringMatching(/function 'grey': .*none\.tar[\s\S]*cannot run on Lambda/),
    });
  });

  it("is not looked into for this machine, where other engines stand in", async () => {
    await checkImages([{ spec: spec(), onAws: false, ecrLogin }], options);
    expect(notices).toEqual([]);
  });

  it("of static programs is taken, with a word on what they see", async () => {
    const bare = join(folder, "bare.tar");
    await makeMachineImage({ file: bare, tag: "bare:1", programs: [], env: [] });
    const scratch = { ...spec(), files: { image_file: bare } } as FunctionSpec;
    await checkImages([{ spec: scratch, onAws: true, ecrLogin }], options);
    expect(notices.join("\n")).toMatch(/bare\.tar' has no C library at a usual place: on Lambda, static programs see/);
  });
});
