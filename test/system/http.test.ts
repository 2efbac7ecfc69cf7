/** The manual's stories of HTTP endpoints, by the examples' own files: with scar invoke, and with curl as its users call them. */
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startDocker } from "../helpers/system-docker.ts";
import { DEBIAN_12, debianArchive } from "../helpers/system-engine-images.ts";
import { saveImageMagick } from "../helpers/system-imagemagick.ts";
import { describeSystem, NEEDS, program, ROOT } from "../helpers/system-needs.ts";
import { check, until } from "../helpers/system-process.ts";
import { type DockerRegistry, startDockerRegistry } from "../helpers/system-registry.ts";
import { ScarUser } from "../helpers/system-scar.ts";

/** Deploys an example with an image that stands for its own: `image: …` or `image_file: …`. Answers the endpoint's address. */
async function deployed(user: ScarUser, name: string, image: string): Promise<string> {
  const folder = user.mkdir(name);
  cpSync(join(ROOT, "examples", name), folder, { recursive: true });
  const file = join(folder, `${name}.yaml`);
  const text = readFileSync(file, "utf8")
    .replace(/image: .*/, image)
    .replace(/ephemeral_storage: .*/, "ephemeral_storage: 3072");
  writeFileSync(file, text);
  await user.local(["init", "-f", file]);
  const { Functions } = JSON.parse(await user.local(["ls", "-j"])) as { Functions: Record<string, string>[] };
  const url = Functions.at(-1)!["Api_gateway"]!;
  expect(url).toMatch(/\/scar\/launch$/);
  return url;
}

/** A line of the READMEs, by a shell. */
const shell = (user: ScarUser, line: string, env: Record<string, string>): Promise<string> =>
  check("/bin/bash", ["-o", "pipefail", "-c", line], {
    cwd: user.folder,
    env: { PATH: process.env["PATH"], ...env },
    timeout: 120,
  });

const cowNeeds = [NEEDS.root, NEEDS.debootstrap, NEEDS.fakechroot, NEEDS.registry, NEEDS.skopeo, NEEDS.curl];

describeSystem("the manual's cow behind an endpoint", cowNeeds, () => {
  const alice = new ScarUser();
  let registry: DockerRegistry;
  let API_URL = "";

  beforeAll(async () => {
    registry = await startDockerRegistry();
    const image = `${registry.host}/grycap/cowsay`;
    const archive = await debianArchive("bookworm", DEBIAN_12);
    const copy = [
      "copy",
      "--quiet",
      "--dest-tls-verify=false",
      `docker-archive:${archive}`,
      `docker://${image}:latest`,
    ];
    await check(program("skopeo"), copy, { timeout: 240 });
    API_URL = await deployed(alice, "http-cow", `image: ${image}`);
    // The image is fetched once, which takes longer than API Gateway waits.
    await alice.local(["run", "-n", "scar-api-cow", "true"], { timeout: 120 });
  });
  afterAll(async () => {
    await alice.close();
    await registry?.close();
  });

  it("speaks to curl, as the manual decodes it", async () => {
    const said = await shell(alice, 'curl -s "$API_URL?say=moo" | base64 --decode', { API_URL });
    expect(said).toMatch(/< moo >[\s\S]*\^__\^/);
    const sent = "curl -s -H 'Content-Type: text/plain' -d 'hello' \"$API_URL\" | base64 --decode";
    expect(await shell(alice, sent, { API_URL })).toContain("< hello >");
  });

  it("speaks to scar invoke", async () => {
    const told = await alice.local(["invoke", "-n", "scar-api-cow", "-p", "say=moo"]);
    expect(told).toMatch(
      /^Request Id: .*\nLog Group Name: \/aws\/lambda\/scar-api-cow\nLog Stream Name: .*\n[\s\S]*< moo >/,
    );
  });

  it("speaks to nobody when nobody waits, and its log has it", async () => {
    const launched = await alice.local(["invoke", "-f", "http-cow/http-cow.yaml", "-a", "-p", "say=later"]);
    expect(launched).toBe("Function 'scar-api-cow' launched successfully.\n");
    await until(
      "the cow in the log",
      60,
      async () => (await alice.local(["log", "-n", "scar-api-cow"])).includes("< later >") || undefined,
    );
    const accepted = await shell(alice, `curl -s -w ' %{http_code}' "\${API_URL%launch}async?say=afterwards"`, {
      API_URL,
    });
    expect(accepted).toBe('{"message": "accepted"} 202');
    await until(
      "the second cow in the log",
      60,
      async () => (await alice.local(["log", "-n", "scar-api-cow"])).includes("< afterwards >") || undefined,
    );
    const event = `curl -s -o /dev/null -w '%{http_code}' -H 'X-Amz-Invocation-Type: Event' "$API_URL?say=event"`;
    expect(await shell(alice, event, { API_URL })).toBe("502");
    await until(
      "the third cow in the log",
      60,
      async () => (await alice.local(["log", "-n", "scar-api-cow"])).includes("< event >") || undefined,
    );
  });

  it("is slower than API Gateway waits when it sleeps, and goes on all the same", async () => {
    alice.write("http-cow/cow.sh", "#!/bin/sh\nsleep 31\necho awake\n");
    await alice.local(["update", "-f", "http-cow/http-cow.yaml"]);
    const { status, stderr } = await alice.scar(["--local", "invoke", "-n", "scar-api-cow"], { timeout: 60 });
    expect([status, stderr]).toEqual([1, expect.stringContaining("(504, 'Endpoint request timed out')")]);
    await until(
      "the end of its sleep in the log",
      60,
      async () => (await alice.local(["log", "-n", "scar-api-cow"])).includes("\nawake\n") || undefined,
    );
  });

  it("goes with its endpoint", async () => {
    expect(await alice.local(["rm", "-n", "scar-api-cow"])).toMatch(/API Endpoint '\w+' successfully deleted\./);
    expect(await shell(alice, "curl -s -o /dev/null -w '%{http_code}' \"$API_URL\"", { API_URL })).toBe("403");
  });
});

describeSystem(
  "the manual's images behind an endpoint",
  [NEEDS.root, NEEDS.docker, NEEDS.imagemagick, NEEDS.curl],
  () => {
    const alice = new ScarUser();
    let archive = "";
    let API_URL = "";

    beforeAll(async () => {
      const engine = await startDocker();
      try {
        archive = await saveImageMagick(engine, alice.folder);
      } finally {
        await engine.close();
      }
      await check(program("convert"), ["rose:", "-resize", "500%", "-quality", "90", alice.path("rose.jpg")]);
      await check(program("convert"), ["logo:", alice.path("logo.png")]);
      for (const name of ["rose.jpg", "logo.png"]) {
        await check(program("convert"), [alice.path(name), "-type", "Grayscale", alice.path(`wanted-${name}`)]);
      }
      API_URL = await deployed(alice, "http-imagemagick", `image_file: ${archive}`);
    });
    afterAll(() => alice.close());

    const bytes = (name: string): Buffer => readFileSync(alice.path(name));
    /** Of the pixels: a PNG has the time of its making in it. */
    const signature = (name: string): Promise<string> =>
      check(program("identify"), ["-format", "%m %#", alice.path(name)]);

    it("come back grey from scar invoke: a JPEG to the byte, a PNG to the pixel", async () => {
      for (const name of ["rose.jpg", "logo.png"]) {
        await alice.local(["invoke", "-f", "http-imagemagick/http-imagemagick.yaml", "-db", name, "-o", `got-${name}`]);
      }
      expect(bytes("got-rose.jpg").equals(bytes("wanted-rose.jpg"))).toBe(true);
      expect(await signature("got-logo.png")).toBe(await signature("wanted-logo.png"));
    });

    it("come back grey from curl, in base64", async () => {
      const line = `base64 rose.jpg | curl -s -H 'Content-Type: application/octet-stream' --data-binary @- "$API_URL" | base64 --decode >curl-rose.jpg`;
      await shell(alice, line, { API_URL });
      expect(bytes("curl-rose.jpg").equals(bytes("wanted-rose.jpg"))).toBe(true);
    });

    it("that are none fail without a word of the inside", async () => {
      alice.write("text.jpg", "this is no image");
      const line = `base64 text.jpg | curl -s -w ' %{http_code}' --data-binary @- "$API_URL"`;
      const [body, code] = (await shell(alice, line, { API_URL })).split(" ");
      const { exception } = JSON.parse(Buffer.from(body!, "base64").toString());
      expect([code, exception]).toEqual(["500", "the command ended with exit code 1"]);
      const { status, stderr } = await alice.scar(["--local", "invoke", "-n", "http-imagemagick", "-db", "text.jpg"]);
      expect([status, stderr]).toEqual([1, expect.stringContaining("failed: the command ended with exit code 1")]);
    });

    it("travel as they are where the endpoint takes bytes", async () => {
      const file = alice.path("http-imagemagick", "http-imagemagick.yaml");
      writeFileSync(
        file,
        readFileSync(file, "utf8").replace(/api_gateway:\n/, (line) => `${line}        binary_media_types: ["*/*"]\n`),
      );
      await alice.local(["update", "-f", file]);
      const line = `curl -s --data-binary @rose.jpg -H 'Content-Type: image/jpeg' -H 'Accept: image/jpeg' "$API_URL" >bytes-rose.jpg`;
      await shell(alice, line, { API_URL });
      expect(bytes("bytes-rose.jpg").equals(bytes("wanted-rose.jpg"))).toBe(true);
      await alice.local(["invoke", "-n", "http-imagemagick", "-db", "rose.jpg", "-o", "again-rose.jpg"]);
      expect(bytes("again-rose.jpg").equals(bytes("wanted-rose.jpg"))).toBe(true);
    });
  },
);
