/**
 * The manual's first story with real parts: Debian's cowsay in an image that skopeo pushed to the distribution project's registry, deployed
 * by the built command, fetched by the supervisor inside the local AWS, run by F1 (Debian's libfakechroot) as on Lambda.
 */
import { afterAll, beforeAll, expect, it } from "vitest";
import { DEBIAN_12, debianArchive } from "../helpers/system-engine-images.ts";
import { describeSystem, NEEDS, program } from "../helpers/system-needs.ts";
import { check } from "../helpers/system-process.ts";
import { type DockerRegistry, startDockerRegistry } from "../helpers/system-registry.ts";
import { ScarUser } from "../helpers/system-scar.ts";

const needs = [NEEDS.root, NEEDS.debootstrap, NEEDS.fakechroot, NEEDS.registry, NEEDS.skopeo];

describeSystem("scar-cowsay, from a registry", needs, () => {
  const alice = new ScarUser();
  let registry: DockerRegistry;
  let image = "";

  beforeAll(async () => {
    registry = await startDockerRegistry();
    image = `${registry.host}/grycap/cowsay`;
    const archive = await debianArchive("bookworm", DEBIAN_12);
    await check(
      program("skopeo"),
      ["copy", "--quiet", "--dest-tls-verify=false", `docker-archive:${archive}`, `docker://${image}:latest`],
      { timeout: 240 },
    );
  });
  afterAll(async () => {
    await alice.close();
    await registry?.close();
  });

  it("is deployed by its name alone", async () => {
    expect(await alice.local(["init", "-n", "scar-cowsay", "-i", image])).toContain("successfully created");
  });

  it("fetches its image once, and says what the cow says", async () => {
    expect(await alice.local(["run", "-n", "scar-cowsay", "/usr/games/cowsay", "moo"])).toMatch(/< moo >[\s\S]*\^__\^/);
    const log = await alice.local(["log", "-n", "scar-cowsay"]);
    expect(log).toMatch(/image .*grycap\/cowsay:latest \(1 layer, [\d.]+ MB compressed\) is ready after/);
    expect(log).not.toMatch(/where AWS Lambda would use F1/);
  });

  it("runs again from the image that is there, when the registry is gone", async () => {
    await registry.kill();
    expect(await alice.local(["run", "-n", "scar-cowsay", "cat", "/only-in-the-image"])).toContain("bookworm\n");
    expect(await alice.local(["run", "-n", "scar-cowsay", "sh", "-c", "convert -version | head -n 1"])).toContain(
      "Version: ImageMagick 6",
    );
    await registry.restart();
  });

  it("is the same in scar shell, whose exit code is the command's", async () => {
    const shell = (...command: string[]) => alice.scar(["shell", "-i", image, ...command], { timeout: 120 });
    const cow = await shell("/usr/games/cowsay", "shell");
    expect(cow).toMatchObject({ status: 0, stdout: expect.stringMatching(/< shell >/) });
    expect(cow.stderr).not.toContain("stands in");
    expect((await shell("sh", "-c", "exit 7")).status).toBe(7);
  });

  it("is removed whole", async () => {
    await alice.local(["rm", "-n", "scar-cowsay"]);
    expect(await alice.local(["ls"])).not.toContain("scar-cowsay");
  });
});
