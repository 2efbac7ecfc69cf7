/** Our registry client against the distribution project's registry, with images that Docker, skopeo and buildah pushed. */
import { createHash, randomBytes } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { build } from "esbuild";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import type { ScarError } from "../../src/errors.ts";
import type { Image, LayerSource } from "../../src/registry/image.ts";
import { openRegistryImage, type RegistryOptions } from "../../src/registry/open.ts";
import { startForwardProxy } from "../helpers/forward-proxy.ts";
import {
  makeImage,
  type RegistryImage,
  type RegistrySettings,
  startRegistry,
  type TestRegistry,
  tarOf,
} from "../helpers/registry.ts";
import { type DockerEngine, startDocker } from "../helpers/system-docker.ts";
import { describeSystem, NEEDS, program, ROOT } from "../helpers/system-needs.ts";
import { check, run } from "../helpers/system-process.ts";
import { type DockerRegistry, makeCertificate, startDockerRegistry } from "../helpers/system-registry.ts";
import { saveSmallImage } from "../helpers/system-rootfs.ts";

const USER = { name: "me", password: "a pass:word" };
const ZSTD = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);

const sha256 = (data: Buffer | string) => `sha256:${createHash("sha256").update(data).digest("hex")}`;

describeSystem("the registry client", [NEEDS.root, NEEDS.docker, NEEDS.skopeo, NEEDS.registry, NEEDS.ldd], () => {
  let folder: string;
  let archive: string;
  let docker: DockerEngine;
  let registry: DockerRegistry;
  let closed: DockerRegistry;
  const big = randomBytes(20_000_000);

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "scar-registry-test-"));
    archive = await saveSmallImage(folder, {
      programs: ["cat"],
      further: [await tarOf([{ name: "etc/motd", content: "hello" }]), await tarOf([{ name: "big", content: big }])],
    });
    [docker, registry, closed] = await Promise.all([
      startDocker(),
      startDockerRegistry(),
      startDockerRegistry({ user: USER, tls: true }),
    ]);
    await docker.docker(["load", "-i", archive]);
  });
  afterAll(async () => {
    await Promise.all([docker, registry, closed].map((server) => server?.close()));
    rmSync(folder, { recursive: true, force: true });
  });

  const skopeo = (...args: string[]) => check(program("skopeo"), ["--insecure-policy", ...args]);
  const raw = (name: string) => skopeo("inspect", "--raw", "--tls-verify=false", `docker://${registry.host}/${name}`);

  async function withImage<T>(name: string, use: (image: Image) => Promise<T>, options: Partial<RegistryOptions> = {}) {
    const image = await openRegistryImage(`${registry.host}/${name}`, { architecture: "amd64", env: {}, ...options });
    try {
      return await use(image);
    } finally {
      await image.close();
    }
  }

  async function bytes(layer: LayerSource): Promise<Buffer> {
    const chunks: Buffer[] = [];
    for await (const chunk of await layer.open()) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks);
  }

  it("reads what docker pushed (schema 2)", async () => {
    await docker.docker(["tag", "small:latest", `${registry.host}/docker/small:1`]);
    await docker.docker(["push", "--quiet", `${registry.host}/docker/small:1`]);
    const manifest = await raw("docker/small:1");
    const id = (await docker.docker(["image", "inspect", "--format", "{{.Id}}", "small:latest"])).trim();
    await withImage("docker/small:1", async (image) => {
      expect(image).toMatchObject({ id, manifestDigest: sha256(manifest), tag: `${registry.host}/docker/small:1` });
      expect(image.config).toMatchObject({ architecture: "amd64", cmd: ["/bin/sh"], env: ["PATH=/usr/bin:/bin"] });
      expect(image.layers).toHaveLength(3);
      for (const layer of image.layers) expect(sha256(gunzipSync(await bytes(layer)))).toBe(layer.digest);
      const stored = JSON.parse(manifest).layers.map((layer: { digest: string }) => layer.digest);
      expect(image.layers.map((layer) => layer.blobDigest)).toEqual(stored);
    });
    const byDigest = `docker/small@${sha256(manifest)}`;
    await withImage(byDigest, async (image) => expect(image.id).toBe(id));
  });

  it.each(["gzip", "zstd"])("reads what skopeo pushed (OCI, %s)", async (format) => {
    const name = `skopeo/${format}`;
    // Of an image that it has pushed before skopeo would find the layers in the registry, and push none: no layer may be the same.
    const fresh = await saveSmallImage(folder, {
      name: format,
      programs: ["ls", format === "zstd" ? "cat" : "touch"],
      further: [await tarOf([{ name: format }])],
    });
    await skopeo(
      ...["copy", "--quiet", "--format=oci", `--dest-compress-format=${format}`, "--dest-tls-verify=false"],
      ...[`docker-archive:${fresh}`, `docker://${registry.host}/${name}`],
    );
    await skopeo(
      "copy",
      "--quiet",
      "--src-tls-verify=false",
      `docker://${registry.host}/${name}`,
      `dir:${folder}/copy-${format}`,
    );
    await withImage(name, async (image) => {
      expect(image.manifestDigest).toBe(sha256(await raw(name)));
      for (const layer of image.layers) {
        const data = await bytes(layer);
        expect(layer.mediaType).toBe(`application/vnd.oci.image.layer.v1.tar+${format}`);
        expect(data.subarray(0, 4).equals(ZSTD)).toBe(format === "zstd");
        expect(
          data.equals(readFileSync(join(folder, `copy-${format}`, layer.blobDigest!.replace("sha256:", "")))),
        ).toBe(true);
      }
    });
  });

  it("reads an index that buildah pushed, for each platform", async () => {
    const buildah = (...args: string[]) =>
      check(
        program("buildah"),
        ["--root", `${folder}/buildah`, "--runroot", `${folder}/buildah-run`, "--storage-driver=vfs", ...args],
        {
          env: { PATH: process.env["PATH"], HOME: folder },
        },
      );
    await buildah("manifest", "create", "multi");
    const manifests: string[] = [];
    for (const arch of ["amd64", "arm64"]) {
      mkdirSync(join(folder, arch));
      writeFileSync(join(folder, arch, "arch"), arch);
      const container = (await buildah("from", "--arch", arch, "scratch")).trim();
      await buildah("add", container, join(folder, arch), "/");
      await buildah("config", "--arch", arch, "--os", "linux", "--cmd", "/arch", container);
      await buildah("commit", "--quiet", "--manifest", "multi", container, `one-${arch}`);
      manifests.push(arch);
    }
    await buildah(
      "manifest",
      "push",
      "--all",
      "--quiet",
      "--tls-verify=false",
      "multi",
      `docker://${registry.host}/buildah/multi:1`,
    );
    const index = JSON.parse(await raw("buildah/multi:1"));
    for (const architecture of ["amd64", "arm64"] as const) {
      await withImage(
        "buildah/multi:1",
        async (image) => {
          const wanted = index.manifests.find(
            (m: { platform: { architecture: string } }) => m.platform.architecture === architecture,
          );
          expect(image.manifestDigest).toBe(wanted.digest);
          expect(image.config.architecture).toBe(architecture);
          expect(gunzipSync(await bytes(image.layers[0]!)).includes(architecture)).toBe(true);
        },
        { architecture },
      );
    }
  });

  it("goes on when the registry is killed and started again in the middle of a layer", async () => {
    const said: string[] = [];
    await withImage(
      "docker/small:1",
      async (image) => {
        const hash = createHash("sha256");
        let length = 0;
        for await (const chunk of await image.layers[2]!.open()) {
          const before = length;
          length += (chunk as Buffer).length;
          hash.update(chunk as Buffer);
          if (before < 5_000_000 && length >= 5_000_000) {
            await registry.kill();
            setTimeout(() => void registry.restart(), 1000);
          }
        }
        expect(`sha256:${hash.digest("hex")}`).toBe(image.layers[2]!.blobDigest);
      },
      { notice: (text) => said.push(text) },
    );
    expect(said.join("\n")).toMatch(/trying again/);
  });

  it("says what is missing, as this registry tells it", async () => {
    const failure = async (name: string) =>
      (await withImage(name, async () => {}).catch((error: unknown) => error)) as ScarError;
    const tag = await failure("docker/small:2");
    expect(tag).toMatchObject({ code: "ImageTagNotFound", hint: "it has: 1" });
    expect(await failure("docker/nothing")).toMatchObject({ code: "ImageNotFound" });
  });

  it("logs in as docker did, over TLS that it can check", async () => {
    const { host, certificate } = closed;
    const settings = join(folder, "docker-settings");
    const login = ["--config", settings, "login", "--username", USER.name, "--password-stdin", host];
    // Docker takes any certificate on loopback.
    await docker.docker(login, { input: USER.password });
    await docker.docker(["tag", "small:latest", `${host}/closed/small`]);
    await docker.docker(["--config", settings, "push", "--quiet", `${host}/closed/small`]);

    const id = (await docker.docker(["image", "inspect", "--format", "{{.Id}}", "small:latest"])).trim();
    const read = (env: Record<string, string>) => readApart(folder, `${host}/closed/small`, env);
    const trusted = { NODE_EXTRA_CA_CERTS: certificate };
    expect(await read({ ...trusted, DOCKER_CONFIG: settings })).toMatchObject({ id, length: expect.any(Number) });
    expect(await read(trusted)).toMatchObject({
      code: "ImageNotFound",
      message: expect.stringContaining("or it is private"),
    });
    expect(await read({ DOCKER_CONFIG: settings })).toMatchObject({
      code: "RegistryCertificate",
      hint: expect.stringContaining("NODE_EXTRA_CA_CERTS"),
    });
    const wrong = join(folder, "wrong");
    mkdirSync(wrong);
    const auth = Buffer.from(`${USER.name}:wrong-secret`).toString("base64");
    writeFileSync(join(wrong, "config.json"), JSON.stringify({ auths: { [host]: { auth } } }));
    const refused = await read({ ...trusted, DOCKER_CONFIG: wrong });
    expect(refused).toMatchObject({
      code: "RegistryLoginFailed",
      message: expect.stringContaining(`${wrong}/config.json`),
    });
    expect(JSON.stringify(refused)).not.toContain("wrong-secret");
  });
});

describeSystem("the registry client over TLS", [NEEDS.registry], () => {
  let folder: string;
  let tls: { key: string; cert: string };
  let trusted: Record<string, string>;
  let image: RegistryImage;
  const closing: (() => unknown)[] = [];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "scar-registry-tls-"));
    const [key, certificate] = [join(folder, "key.pem"), join(folder, "certificate.pem")];
    const hub = ["registry-1.docker.io", "auth.docker.io", "storage.docker.invalid"];
    await makeCertificate(key, certificate, ["registry.invalid", ...hub]);
    tls = { key: readFileSync(key, "utf8"), cert: readFileSync(certificate, "utf8") };
    trusted = { NODE_EXTRA_CA_CERTS: certificate };
    image = await makeImage();
  });
  afterEach(async () => {
    for (const close of closing.splice(0)) await close();
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  async function serve(settings: Omit<RegistrySettings, "images">): Promise<TestRegistry> {
    const registry = await startRegistry({ images: [image], ...settings });
    closing.push(() => registry.close());
    return registry;
  }

  /** Docker's configuration with a login for the registry. */
  function login(host: string): Record<string, string> {
    const auth = Buffer.from(`${USER.name}:${USER.password}`).toString("base64");
    writeFileSync(join(folder, "config.json"), JSON.stringify({ auths: { [host]: { auth } } }));
    return { ...trusted, DOCKER_CONFIG: folder };
  }

  const access = { kind: "token", users: { [USER.name]: USER.password }, anonymous: /^$/ } as const;

  it("shows its login and its token to nobody else", async () => {
    const [registry, storage] = [await serve({ tls, access }), await serve({ tls })];
    registry.fault({ path: /blobs/, redirectTo: `https://${storage.host}` });
    expect(await readApart(folder, `${registry.host}/test/small`, login(registry.host))).toMatchObject({
      length: expect.any(Number),
    });
    expect(storage.seen).toHaveLength(2);
    expect(storage.seen.filter(({ headers }) => headers.authorization !== undefined)).toEqual([]);
  });

  it("is not led from HTTPS to plain HTTP", async () => {
    const [registry, storage] = [await serve({ tls, access }), await serve({})];
    registry.fault({ path: /blobs/, redirectTo: `http://${storage.host}` });
    const refused = await readApart(folder, `${registry.host}/test/small`, login(registry.host));
    expect(refused).toMatchObject({ code: "RegistryFailed", message: expect.stringContaining("would be plain HTTP") });
    expect(storage.seen).toEqual([]);
  });

  it("does not take its password to a token server over plain HTTP", async () => {
    const tokens = await serve({ access });
    const registry = await serve({ tls, access: { ...access, realm: `http://${tokens.host}` } });
    const refused = await readApart(folder, `${registry.host}/test/small`, login(registry.host));
    expect(refused).toMatchObject({ code: "RegistryFailed", message: expect.stringContaining("not safe") });
    expect(tokens.seen).toEqual([]);
  });

  it("reads from Docker Hub, as far as one can play it: its hosts, its token server, its storage, its limit", async () => {
    const cowsay = await makeImage({ repository: "grycap/cowsay" });
    const realm = "https://auth.docker.io";
    const hub = await serve({ tls, access: { kind: "token", users: access.users, realm } });
    hub.add(cowsay);
    const storage = await serve({ tls });
    storage.add(cowsay);
    const proxy = await startForwardProxy((host) => (host.startsWith("storage") ? storage.host : hub.host));
    closing.push(() => proxy.close());
    hub.fault({ path: /blobs/, redirectTo: "https://storage.docker.invalid" });
    const nobody = { ...trusted, HTTPS_PROXY: `http://${proxy.name}` };
    for (const env of [nobody, { ...login("https://index.docker.io/v1/"), ...nobody }]) {
      expect(await readApart(folder, "grycap/cowsay", env)).toMatchObject({ length: expect.any(Number) });
    }
    expect(hub.access.asked).toMatchObject([{ scope: "repository:grycap/cowsay:pull" }, { account: USER.name }]);
    const hosts = ["registry-1.docker.io", "auth.docker.io", "storage.docker.invalid"];
    expect(new Set(proxy.asked)).toEqual(new Set(hosts.map((host) => `CONNECT ${host}:443 -`)));
    expect(storage.seen.map(({ headers }) => headers.authorization)).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
    hub.fault({
      path: /manifests/,
      status: 429,
      headers: { "ratelimit-limit": "100;w=21600", "ratelimit-remaining": "0;w=21600" },
    });
    expect(await readApart(folder, "grycap/cowsay", nobody)).toMatchObject({
      code: "RegistryRateLimit",
      message: expect.stringContaining(
        "docker.io refuses more requests at the moment (429): it allows 100 pulls in 6 hours",
      ),
      hint: expect.stringContaining("'docker login'"),
    });
  });

  it("checks the server's name through a proxy, which sees nothing else", async () => {
    const registry = await serve({ tls, access: { kind: "basic", users: access.users } });
    const proxy = await startForwardProxy(registry.host);
    closing.push(() => proxy.close());
    const env = { ...login("registry.invalid"), HTTPS_PROXY: proxy.name };
    expect(await readApart(folder, "registry.invalid/test/small", env)).toMatchObject({ length: expect.any(Number) });
    expect(new Set(proxy.asked)).toEqual(new Set(["CONNECT registry.invalid:443 -"]));
    expect(await readApart(folder, "other.invalid/test/small", env)).toMatchObject({
      code: "RegistryCertificate",
      message: expect.stringContaining("another host"),
    });
  });
});

/** Reads an image in a process of its own: only so Node trusts another authority. */
async function readApart(
  folder: string,
  reference: string,
  env: Record<string, string>,
): Promise<Record<string, unknown>> {
  const bundle = join(folder, "open.mjs");
  const entryPoints = [`${ROOT}src/registry/open.ts`];
  if (!existsSync(bundle)) await build({ entryPoints, outfile: bundle, bundle: true, format: "esm", platform: "node" });
  const script = join(folder, "read.mjs");
  writeFileSync(
    script,
    `import { openRegistryImage } from "./open.mjs";
    const options = { architecture: "amd64", env: process.env, patience: { attempts: 2 } };
    try {
      const image = await openRegistryImage(process.argv[2], options);
      let length = 0;
      for (const layer of image.layers) for await (const chunk of await layer.open()) length += chunk.length;
      await image.close();
      console.log(JSON.stringify({ id: image.id, length }));
    } catch (error) {
      console.log(JSON.stringify({ code: error.code, message: error.message, hint: error.hint }));
    }`,
  );
  const settings = { env: { PATH: process.env["PATH"], HOME: folder, ...env } };
  return JSON.parse((await run(process.execPath, [script, reference], settings)).stdout);
}
