/**
 * The main job on real input: an image with Debian's ImageMagick, made by a real Docker Engine, turns pictures grey when they are
 * put into a bucket; what comes out is checked by ImageMagick's `identify`.
 */
import { copyFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startDocker } from "../helpers/system-docker.ts";
import { saveImageMagick } from "../helpers/system-imagemagick.ts";
import { describeSystem, NEEDS, ordinaryUser, program } from "../helpers/system-needs.ts";
import { check, until } from "../helpers/system-process.ts";
import { ScarUser } from "../helpers/system-scar.ts";

const SCRIPT = `#!/bin/sh
set -e
convert "$INPUT_FILE_PATH" -colorspace Gray "$TMP_OUTPUT_DIR/$(basename "$INPUT_FILE_PATH")"
echo "grey: $(basename "$INPUT_FILE_PATH")"
`;

const definition = (name: string, archive: string): string => `
functions:
  aws:
    - lambda:
        name: ${name}
        memory: 1024
        timeout: 60
        init_script: grey.sh
        container:
          image_file: ${archive}
        input:
          - storage_provider: s3
            path: ${name}-photos/in
        output:
          - storage_provider: s3
            path: ${name}-photos/out
`;

/** What `identify` says of a picture. */
interface Picture {
  readonly format: string;
  readonly colorspace: string;
  readonly geometry: string;
}

async function identify(folder: string): Promise<Map<string, Picture>> {
  const files = readdirSync(folder).map((name) => join(folder, name));
  const text = await check(program("identify"), ["-format", "%f\t%m\t%[colorspace]\t%wx%h\n", ...files]);
  return new Map(
    text
      .trim()
      .split("\n")
      .map((line) => line.split("\t"))
      .map(([name, format, colorspace, geometry]) => [
        name!,
        { format: format!, colorspace: colorspace!, geometry: geometry! },
      ]),
  );
}

const inGrey = (pictures: Map<string, Picture>): Map<string, Picture> =>
  new Map([...pictures].map(([name, picture]) => [name, { ...picture, colorspace: "Gray" }]));

const needs = [NEEDS.root, NEEDS.ordinaryUser, NEEDS.docker, NEEDS.imagemagick, NEEDS.skopeo, NEEDS.ldd];

describeSystem("an ImageMagick image turns pictures grey", needs, () => {
  const alice = new ScarUser();
  let archive = "";

  beforeAll(async () => {
    const engine = await startDocker();
    try {
      archive = await saveImageMagick(engine, alice.folder);
    } finally {
      // From here on there is no Docker: scar needs none.
      await engine.close();
    }
    alice.write("grey.sh", SCRIPT);
    alice.write("grey.yaml", definition("grey", archive));
  });
  afterAll(() => alice.close());

  /** Waits until the output folder holds as many files as there are inputs, and fetches them. */
  async function outputs(
    user: ScarUser,
    bucket: string,
    names: readonly string[],
    seconds: number,
  ): Promise<Map<string, Picture>> {
    const wanted = new Set(names.map((name) => `out/${name}`));
    await until(
      `${names.length} outputs in ${bucket}/out`,
      seconds,
      async () => {
        const keys = new Set(await user.keys(`${bucket}/out`));
        return [...wanted].every((key) => keys.has(key)) ? true : undefined;
      },
      500,
    );
    const target = user.mkdir(`fetched-${names.length}`);
    await user.local(["get", "-b", `${bucket}/out`, "-p", target]);
    return identify(join(target, "out"));
  }

  const logLines = async (start: string): Promise<number> =>
    (await alice.local(["log", "-n", "grey"])).split("\n").filter((line) => line.startsWith(start)).length;

  it("is deployed from a docker save archive", async () => {
    expect(await alice.local(["init", "-f", "grey.yaml"])).toContain("Function 'grey' successfully created.");
    expect(await alice.local(["ls"])).toMatch(/^grey +1024 +60 /m);
  });

  it("turns PNG and JPEG files grey, keeping size and format", async () => {
    const photos = alice.mkdir("photos");
    const convert = (...args: readonly string[]): Promise<string> => check(program("convert"), args);
    await convert("-size", "640x400", "plasma:tomato-steelblue", join(photos, "plasma.png"));
    await convert("rose:", "-resize", "300%", "-quality", "90", join(photos, "the rose+ñ 1.jpg"));
    // Resized, which gives it more colours than a palette holds: identify calls even a grey palette sRGB.
    await convert("logo:", "-resize", "150%", join(photos, "logo.png"));
    const before = await identify(photos);
    expect([...before.values()].map((picture) => picture.colorspace)).toEqual(["sRGB", "sRGB", "sRGB"]);

    await alice.local(["put", "-b", "grey-photos/in", "-p", photos]);

    const after = await outputs(alice, "grey-photos", [...before.keys()], 60);
    expect(after).toEqual(inGrey(before));
  });

  it("turns 200 files put at once grey, each exactly once", async () => {
    const folder = alice.mkdir("many");
    // Each picture has a size of its own, so that no output can stand for another's.
    const pictures = Array.from({ length: 200 }, (_, i) => [
      ...["(", "+clone", "-resize", `${40 + i}x${30 + i}!`],
      ...["-write", join(folder, `rose-${i}.${i % 2 === 0 ? "png" : "jpg"}`), "+delete", ")"],
    ]).flat();
    await check(program("convert"), ["rose:", ...pictures, "null:"]);
    const before = await identify(folder);
    const earlier = new Set(await alice.keys("grey-photos/out"));
    const startsBefore = await logLines("START RequestId: ");

    await alice.local(["put", "-b", "grey-photos/in", "-p", folder], { timeout: 240 });
    await outputs(alice, "grey-photos", [...before.keys()], 240);

    const keys = (await alice.keys("grey-photos/out")).filter((key) => !earlier.has(key));
    expect(keys.sort()).toEqual([...before.keys()].map((name) => `out/${name}`).sort());
    const fetched = alice.path("fetched-200", "out");
    const after = await identify(fetched);
    for (const [name, picture] of inGrey(before)) expect([name, after.get(name)]).toEqual([name, picture]);
    // A log line may be a moment later than the output it is about.
    const reports = startsBefore + 200;
    await until("200 REPORT lines", 30, async () =>
      (await logLines("REPORT RequestId: ")) >= reports ? true : undefined,
    );
    expect(await logLines("START RequestId: ")).toBe(reports);
  });

  it("is removed, and its pictures are kept", async () => {
    const before = await alice.keys("grey-photos");
    expect(await alice.local(["rm", "-f", "grey.yaml"])).toContain("Function 'grey' successfully deleted.");
    expect(await alice.keys("grey-photos")).toEqual(before);
    expect(await alice.local(["ls"])).not.toContain("grey");
  });

  it("is deployed from the same image in the OCI layout", async () => {
    const oci = alice.path("oci.tar");
    await check(program("skopeo"), [
      ...["--insecure-policy", "--tmpdir", alice.path("tmp"), "copy", "--quiet"],
      ...[`docker-archive:${archive}`, `oci-archive:${oci}:imagemagick`],
    ]);
    alice.write("oci.yaml", definition("grey-oci", oci));
    await alice.local(["init", "-f", "oci.yaml"]);

    await alice.local(["put", "-b", "grey-oci-photos/in", "-p", alice.path("photos", "plasma.png")]);

    const after = await outputs(alice, "grey-oci-photos", ["plasma.png"], 60);
    expect(after.get("plasma.png")).toEqual({ format: "PNG", colorspace: "Gray", geometry: "640x400" });
  });

  it("works for an ordinary user as well, from a gzipped archive", async () => {
    const bob = new ScarUser({ user: ordinaryUser() });
    try {
      await check("/bin/sh", ["-c", 'gzip -1 <"$1" >"$2"', "sh", archive, bob.path("imagemagick.tar.gz")]);
      bob.write("grey.sh", SCRIPT);
      bob.write("grey.yaml", definition("grey", "imagemagick.tar.gz"));
      copyFileSync(alice.path("photos", "plasma.png"), bob.path("plasma.png"));
      await bob.local(["init", "-f", "grey.yaml"]);

      await bob.local(["put", "-b", "grey-photos/in", "-p", "plasma.png"]);

      const after = await outputs(bob, "grey-photos", ["plasma.png"], 60);
      expect(after.get("plasma.png")).toEqual({ format: "PNG", colorspace: "Gray", geometry: "640x400" });
    } finally {
      await bob.close();
    }
  });
});
