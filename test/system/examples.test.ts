/**
 * The examples that can run here, as their READMEs say it: each is deployed from its own folder with the image of its file in a registry
 * (one image made of Debian's packages stands for all of them), gets a file, and its output is looked at.
 */
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { debianArchive } from "../helpers/system-engine-images.ts";
import { describeSystem, NEEDS, program, ROOT } from "../helpers/system-needs.ts";
import { check, until } from "../helpers/system-process.ts";
import { type DockerRegistry, startDockerRegistry } from "../helpers/system-registry.ts";
import { ScarUser } from "../helpers/system-scar.ts";

const PACKAGES = ["imagemagick", "ffmpeg", "ruby", "r-base-core", "elixir"];
const needs = [NEEDS.root, NEEDS.debootstrap, NEEDS.fakechroot, NEEDS.registry, NEEDS.skopeo, NEEDS.imagemagick];

describeSystem("the examples", needs, () => {
  const alice = new ScarUser();
  let registry: DockerRegistry;
  let image = "";

  beforeAll(async () => {
    registry = await startDockerRegistry();
    image = `${registry.host}/tools:1`;
    const archive = await debianArchive("bookworm", PACKAGES);
    const copy = ["copy", "--quiet", "--dest-tls-verify=false", `docker-archive:${archive}`, `docker://${image}`];
    await check(program("skopeo"), copy, { timeout: 300 });
  });
  afterAll(async () => {
    await alice.close();
    await registry?.close();
  });

  /** Deploys the example, with the image that stands for its own. */
  async function deployed(name: string): Promise<void> {
    const folder = alice.mkdir(name);
    cpSync(join(ROOT, "examples", name), folder, { recursive: true });
    const file = join(folder, `${name}.yaml`);
    const text = readFileSync(file, "utf8");
    const changed = text
      .replace(/image: .*/, `image: ${image}`)
      .replace(/ephemeral_storage: .*/, "ephemeral_storage: 3072");
    expect(changed.match(new RegExp(`image: ${image}|ephemeral_storage: 3072`, "g"))).toHaveLength(2);
    writeFileSync(file, changed);
    await alice.local(["init", "-f", file]);
  }

  /** Puts a file into the input and fetches what comes out; then the function goes. */
  async function through(name: string, bucket: string, file: string, outputs: readonly string[]): Promise<string> {
    await alice.local(["put", "-b", `${bucket}/input`, "-p", file]);
    const wanted = outputs.map((output) => `output/${output}`);
    await until(`the outputs of ${name}`, 150, async () => {
      const keys = await alice.keys(`${bucket}/output`);
      return wanted.every((key) => keys.includes(key)) || undefined;
    }).catch(async (error: Error) => {
      throw new Error(`${error.message}\n${await alice.local(["log", "-n", name])}`);
    });
    const results = alice.mkdir(`${name}-results`);
    await alice.local(["get", "-b", `${bucket}/output`, "-p", results]);
    await alice.local(["rm", "-f", alice.path(name, `${name}.yaml`)]);
    return join(results, "output");
  }

  it("imagemagick: a photo comes out grey", async () => {
    await deployed("imagemagick");
    const photo = alice.path("rose.png");
    await check(program("convert"), ["rose:", photo]);
    const out = await through("imagemagick", "photos", photo, ["rose.png"]);
    const facts = await check(program("identify"), ["-format", "%m %[colorspace] %wx%h", join(out, "rose.png")]);
    expect(facts).toBe("PNG Gray 70x46");
  });

  it("ffmpeg: a video comes out grey", async () => {
    await deployed("ffmpeg");
    const video = alice.path("test.mkv");
    const source = "ffmpeg -nostdin -loglevel quiet -f lavfi -i testsrc=duration=1:size=96x64:rate=5 -f matroska -";
    await alice.local(["run", "-n", "ffmpeg", "--no-files", "-o", video, "sh", "-c", source], { timeout: 180 });
    const saturation = async (file: string): Promise<number> => {
      const content = readFileSync(file).toString("base64");
      const script = alice.write(
        "look.sh",
        `base64 -d >/tmp/look.mkv <<'END'\n${content}\nEND\nffmpeg -nostdin -loglevel quiet -i /tmp/look.mkv -vf signalstats,metadata=print:key=lavfi.signalstats.SATMAX:file=- -f null -\n`,
      );
      const told = await alice.local(["run", "-n", "ffmpeg", "-s", script], { timeout: 120 });
      const values = [...told.matchAll(/SATMAX=([\d.]+)/g)].map(([, value]) => Number(value));
      expect(values).toHaveLength(5);
      return Math.max(...values);
    };
    expect(await saturation(video)).toBeGreaterThan(50);
    await alice.local(["put", "-b", "videos/input", "-p", video]);
    await until(
      "the grey video",
      120,
      async () => (await alice.keys("videos/output")).includes("output/test.mkv") || undefined,
    );
    await alice.local(["get", "-b", "videos/output", "-p", alice.mkdir("grey")]);
    expect(await saturation(alice.path("grey", "output", "test.mkv"))).toBeLessThan(3);
    await alice.local(["rm", "-f", alice.path("ffmpeg", "ffmpeg.yaml")]);
  });

  it("ruby: the columns of a table are added up", async () => {
    await deployed("ruby");
    const table = alice.write("prices.csv", "name,price,weight\napple,1.5,100\npear,2,150\n");
    const out = await through("ruby", "ruby-numbers", table, ["prices.json"]);
    expect(JSON.parse(readFileSync(join(out, "prices.json"), "utf8"))).toEqual({ price: 3.5, weight: 250 });
  });

  it("r: a table is summarised and drawn", async () => {
    await deployed("r");
    const table = alice.write("trees.csv", "tree,height\noak,10\nelm,20\nfir,60\n");
    const out = await through("r", "r-tables", table, ["trees.txt", "trees.pdf"]);
    expect(readFileSync(join(out, "trees.txt"), "utf8")).toMatch(/Mean\s*:30/);
    expect(readFileSync(join(out, "trees.pdf"), "latin1")).toMatch(/^%PDF-/);
  });

  it("erlang: the words of each line are counted", async () => {
    await deployed("erlang");
    const text = alice.write("text.txt", "one two three\n\nfour  five\n");
    const out = await through("erlang", "erlang-words", text, ["text.txt.counts"]);
    expect(readFileSync(join(out, "text.txt.counts"), "utf8")).toBe("3\n0\n2\n");
  });

  it("elixir: every line is turned around", async () => {
    await deployed("elixir");
    const text = alice.write("lines.txt", "abc\nünï cöde\n");
    const out = await through("elixir", "elixir-words", text, ["lines.txt"]);
    expect(readFileSync(join(out, "lines.txt"), "utf8")).toBe("cba\nedöc ïnü\n");
  });
});
