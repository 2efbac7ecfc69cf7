import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeMachineImage, SHELL_PROGRAMS } from "../../../demo/machine-image.ts";
import { openImageArchive } from "../../../src/container/archive/open.ts";
import { readImageFacts } from "../../../src/container/image-facts.ts";
import type { FunctionSpec } from "../../../src/fdl/spec.ts";
import { checkImages } from "../../../src/providers/aws/images/check.ts";
import type { Image } from "../../../src/registry/image.ts";

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
    libraries: async () => [],
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

  it("is not looked into for this machine, where other engines stand in", async () => {
    await checkImages([{ spec: spec(), onAws: false, ecrLogin }], options);
    expect(notices).toEqual([]);
  });

  it("of static programs is taken, with a word on what they see", async () => {
    const bare = join(folder, "bare.tar");
    await makeMachineImage({ file: bare, tag: "bare:1", programs: [], env: [] });
    const scratch = { ...spec(), files: { image_file: bare } } as FunctionSpec;
    await checkImages([{ spec: scratch, onAws: true, ecrLogin }], options);
    expect(notices.join("\n")).toMatch(/bare\.tar' has no C library: its programs are static/);
  });
});
