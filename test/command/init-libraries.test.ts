/** What of a layer's libraries cannot be fetched is told, and only images that may need it are refused. No AWS is reached: one always is. */
import { createHash } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { dump } from "js-yaml";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { UDOCKER } from "../../src/container/engines/fakechroot/published.ts";
import { runScar, temporaryFolder } from "../helpers/run.ts";
import { dockerArchive, tarOf } from "../unit/container/image-fixtures.ts";

const LIBC = ["/lib/x86_64-linux-gnu/libc.so.6", "/lib/aarch64-linux-gnu/libc.so.6", "/lib64/libc.so.6"].find(
  existsSync,
);
const [architecture, machine, built] =
  process.arch === "arm64" ? (["arm64", "arm64", "arm64"] as const) : (["x86_64", "amd64", "x86_64"] as const);
const ROLE = "arn:aws:iam::123456789012:role/r";

let server: Server;
let archive: Buffer;
let hasArchive: boolean;
let requests: string[];

beforeAll(async () => {
  archive = gzipSync(await tarOf([{ name: `libfakechroot-CentOS-7-${built}.so`, content: "not looked into" }]));
  server = createServer((request, response) => {
    requests.push(request.url!);
    if (hasArchive && request.url!.endsWith(".tgz")) response.end(archive);
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterAll(() => void server.close());
beforeEach(() => {
  requests = [];
});

/** A file with a function of a glibc that no machine has yet and one of musl, and a library that serves the first. */
async function project(): Promise<string> {
  const folder = temporaryFolder();
  const image = async (tag: string, files: Record<string, string>) => {
    const layer = await tarOf(Object.entries(files).map(([name, content]) => ({ name, content })));
    writeFileSync(
      join(folder, `${tag}.tar`),
      await dockerArchive({ layers: [layer], tag: `${tag}:1`, architecture: machine }),
    );
  };
  await image("new", { "lib64/ld-linux-x86-64.so.2": "a loader", "lib64/libc.so.6": "stable release version 2.99" });
  await image("alpine", {
    "lib/ld-musl-x86_64.so.1": "musl\x001.2.4\0",
    "etc/os-release": "ID=alpine\nVERSION_ID=3.18.4\n",
  });
  writeFileSync(join(folder, "f.sh"), "#!/bin/sh\n");
  const lambda = (name: string) => ({
    lambda: { name, architectures: [architecture], container: { image_file: `${name}.tar` }, init_script: "f.sh" },
  });
  writeFileSync(join(folder, "two.yaml"), dump({ functions: { aws: [lambda("new"), lambda("alpine")] } }));
  mkdirSync(join(folder, "lib"));
  copyFileSync(LIBC!, join(folder, "lib", "libfakechroot-own.so"));
  return folder;
}

async function init(cwd: string, argv: readonly string[] = []) {
  const sum = createHash("sha256").update(archive).digest("hex");
  const env = {
    AWS_ACCESS_KEY_ID: "a",
    AWS_SECRET_ACCESS_KEY: "b",
    AWS_REGION: "us-east-1",
    HOME: join(cwd, "home"),
    UDOCKER_LIB: join(cwd, "lib"),
    SCAR_FAKECHROOT_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/m#sha256=${sum}`,
  };
  return runScar(["init", "-f", "two.yaml", "-r", ROLE, ...argv], { cwd, env });
}

describe.skipIf(LIBC === undefined)("init, when libraries cannot be fetched,", () => {
  it("says so once, and refuses only the image that none at hand serves", async () => {
    hasArchive = true;
    const cwd = await project();
    const { code, stdout, stderr } = await init(cwd);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    const why =
      /the layer goes without the library for glibc from 2\.34 on: http:\S+_2\.20\.1%2Bds-15_\w+\.deb cannot be fetched: HTTP status 404/g;
    expect(stderr.match(why)).toHaveLength(1);
    expect(stderr).not.toContain("goes without the libraries");
    expect(stderr).toMatch(/function 'alpine': image .*\(alpine 3\.18\.4, musl 1\.2\.4\) cannot run on Lambda/);
    expect(stderr).toMatch(/the library for glibc from 2\.34 on could not be had: http/);
    expect(stderr).toContain("name a mirror with SCAR_FAKECHROOT_URL");
    expect(stderr).not.toContain("function 'new'");
    const sum = createHash("sha256").update(archive).digest("hex");
    expect(readdirSync(join(cwd, "home/.scar/libraries"))).toEqual([`fakechroot-${sum}`]);
  });

  it("does so for udocker's archive as well", async () => {
    hasArchive = false;
    const { code, stderr } = await init(await project());
    expect(code).toBe(1);
    expect(stderr.match(/the layer goes without the /g)).toHaveLength(2);
    expect(stderr).toContain(`/m/${UDOCKER[machine].file} cannot be fetched: HTTP status 404`);
    expect(stderr).not.toContain("function 'new'");
    expect(requests).toHaveLength(2);
  });

  it("gives one error as JSON", async () => {
    hasArchive = false;
    const { stdout, stderr } = await init(await project(), ["-j"]);
    expect(stdout).toBe("");
    expect(JSON.parse(stderr.trim().split("\n").at(-1)!)).toMatchObject({ Error: { Code: "NoFakechrootLibrary" } });
  });

  it("tells a wrong setting at once", async () => {
    const cwd = await project();
    const env = { AWS_ACCESS_KEY_ID: "a", AWS_SECRET_ACCESS_KEY: "b", AWS_REGION: "us-east-1" };
    const argv = ["init", "-f", "two.yaml", "-r", ROLE];
    const { code, stderr } = await runScar(argv, { cwd, env: { ...env, SCAR_FAKECHROOT_URL: "mirror" } });
    expect(code).toBe(2);
    expect(stderr).toContain("SCAR_FAKECHROOT_URL is not an address");
    expect(stderr).toContain("https://mirror.example.com/scar/");
  });
});
