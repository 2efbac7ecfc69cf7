/**
 * A machine where no libfakechroot is installed (its folder is hidden by a mount): `init` fetches Debian's real package, from a mirror on
 * loopback, and Debian 12 and 13 run by F1 with what it holds.
 */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { dump } from "js-yaml";
import { afterAll, beforeAll, expect, it } from "vitest";
import { INSTALLED } from "../../src/container/engines/fakechroot/libraries.ts";
import { DEBIAN } from "../../src/container/engines/fakechroot/published.ts";
import { debianArchive } from "../helpers/system-engine-images.ts";
import { describeSystem, FAKECHROOT_PACKAGES, NEEDS, program } from "../helpers/system-needs.ts";
import type { Finished, RunOptions } from "../helpers/system-process.ts";
import { ScarUser } from "../helpers/system-scar.ts";
import { tarOf } from "../unit/container/image-fixtures.ts";

const [architecture, machine] =
  process.arch === "arm64" ? (["arm64", "arm64"] as const) : (["x86_64", "amd64"] as const);
const needs = [NEEDS.root, NEEDS.debootstrap, NEEDS.fakechrootPackage];

/** Runs the words in a mount namespace where the folders that exist are empty. */
const HIDE = `for folder in ${INSTALLED.join(" ")}; do
  if [ -d "$folder" ]; then mount -t tmpfs none "$folder" || exit 99; fi
done
exec "$@"`;

describeSystem("init on a machine without libfakechroot", needs, () => {
  const alice = new ScarUser();
  let server: Server;
  let requests: string[];
  let hasPackage = false;
  let env: Record<string, string | undefined>;

  const hidden = (args: readonly string[], options: RunOptions = {}): Promise<Finished> =>
    alice.run(program("unshare"), ["--mount", "sh", "-c", HIDE, "sh", ...alice.words(args)], {
      env,
      timeout: 280,
      ...options,
    });
  const local = async (...args: readonly string[]): Promise<string> => {
    const { status, stdout, stderr } = await hidden(["--local", ...args]);
    expect(status, stderr).toBe(0);
    return stdout;
  };
  /** For AWS, which it does not reach: one of its images is in a registry of this machine. */
  const init = () =>
    hidden(["init", "-f", "functions.yaml", "-r", "arn:aws:iam::123456789012:role/r"], {
      env: { ...env, AWS_ACCESS_KEY_ID: "a", AWS_SECRET_ACCESS_KEY: "b", AWS_REGION: "us-east-1" },
    });

  beforeAll(async () => {
    const files = readdirSync(FAKECHROOT_PACKAGES);
    // A library in the place of udocker's old builds: it takes over no function of the C library.
    const content = readFileSync(`/lib/${process.arch === "arm64" ? "aarch64" : "x86_64"}-linux-gnu/libdl.so.2`);
    const archive = gzipSync(await tarOf([{ name: "libfakechroot-CentOS-7-x86_64.so", content }]));
    server = createServer((request, response) => {
      const name = decodeURIComponent(request.url!.split("/").at(-1)!);
      requests.push(name);
      if (name.endsWith(".tgz")) response.end(archive);
      else if (hasPackage && files.includes(name)) response.end(readFileSync(join(FAKECHROOT_PACKAGES, name)));
      else response.writeHead(404).end();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const sum = createHash("sha256").update(archive).digest("hex");
    const mirror = `http://127.0.0.1:${(server.address() as AddressInfo).port}/mirror/#sha256=${sum}`;
    env = { ...alice.env, SCAR_FAKECHROOT_URL: mirror };
    alice.write("f.sh", "#!/bin/sh\n");
    const aws = [
      { lambda: { name: "debian", container: { image_file: await debianArchive("bookworm", []) } } },
      { lambda: { name: "hidden", container: { image: "localhost:5000/a/b" } } },
    ].map(({ lambda }) => ({ lambda: { ...lambda, architectures: [architecture], init_script: "f.sh" } }));
    alice.write("functions.yaml", dump({ functions: { aws } }));
  });
  afterAll(async () => {
    await alice.close();
    server?.close();
  });

  it("refuses Debian 12 while the package cannot be had", async () => {
    requests = [];
    const { status, stderr } = await init();
    expect(status).toBe(1);
    expect(stderr).toMatch(/function 'debian': image .*\(debian 12, glibc 2\.36, \w+\) cannot run on Lambda/);
    expect(stderr).toContain("the library for glibc from 2.34 on could not be had");
  });

  it("fetches it, once", async () => {
    [requests, hasPackage] = [[], true];
    for (let time = 0; time < 2; time++) {
      const { stderr } = await init();
      expect(stderr).toContain("function 'hidden'");
      expect(stderr).not.toMatch(/function 'debian'|goes without/);
    }
    expect(requests).toEqual([DEBIAN[machine].file]);
    const kept = alice.path("home", ".scar", "libraries", `fakechroot-${DEBIAN[machine].sha256}`);
    expect(readdirSync(kept)).toEqual([DEBIAN[machine].library]);
  });

  it("runs Debian 12 by F1, with the library of the layer", async () => {
    const image = await debianArchive("bookworm", []);
    expect(await local("init", "-n", "debian-12", "-if", image)).toContain("successfully created");
    const script =
      "cat /only-in-the-image; test -e /only-in-the-image && echo tested; stat -c %s /only-in-the-image; echo $LD_PRELOAD";
    const text = await local("run", "-n", "debian-12", "sh", "-c", script);
    expect(text).toMatch(/^bookworm\ntested\n9\n/m);
    expect(text).toContain(`/opt/udocker/lib/${DEBIAN[machine].library}`);
    expect(await local("log", "-n", "debian-12")).not.toMatch(/where AWS Lambda would use F1/);
    await local("rm", "-n", "debian-12");
  });

  it("shows Debian 13 in scar shell as Lambda will run it", async () => {
    const image = await debianArchive("trixie", []);
    const { status, stdout, stderr } = await hidden([
      "shell",
      "-if",
      image,
      "sh",
      "-c",
      "test -e /only-in-the-image && echo $LD_PRELOAD",
    ]);
    expect(status, stderr).toBe(0);
    expect(stdout).toContain(DEBIAN[machine].library);
    expect(stderr).not.toMatch(/where AWS Lambda would use F1/);
  });

  it("does need it: without it, another engine stands in", async () => {
    const home = alice.mkdir("home-2");
    expect(existsSync(join(home, ".scar"))).toBe(false);
    const image = await debianArchive("trixie", []);
    const { stderr } = await hidden(["shell", "-if", image, "true"], { env: { ...env, HOME: home } });
    expect(stderr).toMatch(/where AWS Lambda would use F1 \(fakechroot\): no libfakechroot at hand serves/);
  });
});
