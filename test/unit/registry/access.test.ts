import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ScarError } from "../../../src/errors.ts";
import type { Image } from "../../../src/registry/image.ts";
import { openRegistryImage, type RegistryOptions } from "../../../src/registry/open.ts";
import { type Access, makeImage, startRegistry, type TestRegistry } from "../../helpers/registry.ts";

const PASSWORD = "pass:word with spaces-äé";
const USERS = { me: PASSWORD };

let home: string;
let registry: TestRegistry;
const opened: (() => Promise<void>)[] = [];
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "scar-login-"));
});
afterEach(async () => {
  for (const close of opened.splice(0)) await close();
  rmSync(home, { recursive: true });
});

async function serve(access: Access): Promise<void> {
  const images = await Promise.all(["public/a", "private/b"].map((repository) => makeImage({ repository })));
  registry = await startRegistry({ images, access });
  opened.push(() => registry.close());
}

async function open(repository: string, options: Partial<RegistryOptions> = {}): Promise<Image> {
  const settings = { architecture: "amd64", env: env(), patience: { pauseMs: 1 }, ...options } as const;
  const image = await openRegistryImage(`${registry.host}/${repository}`, settings);
  opened.push(() => image.close());
  for (const layer of image.layers) for await (const _ of await layer.open());
  return image;
}

async function failure(repository: string, options: Partial<RegistryOptions> = {}): Promise<ScarError> {
  const error = await open(repository, options).then(
    () => new Error("it was opened"),
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(ScarError);
  const { message, hint, cause } = error as ScarError;
  // Whatever goes wrong, secrets stay secret.
  for (const secret of [PASSWORD, "wrong-secret", "identity-secret", Buffer.from(`me:${PASSWORD}`).toString("base64")])
    expect(`${message} ${hint} ${cause}`).not.toContain(secret);
  return error as ScarError;
}

const env = (more: Record<string, string> = {}) => ({ HOME: home, PATH: `${home}/bin:/usr/bin:/bin`, ...more });

function dockerConfig(config: object, folder = join(home, ".docker")): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "config.json"), JSON.stringify(config));
}

function helper(name: string, script: string): void {
  mkdirSync(join(home, "bin"), { recursive: true });
  const file = join(home, "bin", `docker-credential-${name}`);
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
}

const auth = (password = PASSWORD, user = "me") => ({ auth: Buffer.from(`${user}:${password}`).toString("base64") });

describe("a registry with tokens", () => {
  const access: Access = { kind: "token", users: USERS, anonymous: /^public\//, identityTokens: ["identity-secret"] };

  it("gives nobody public images", async () => {
    await serve(access);
    await open("public/a");
    expect(registry.access.asked).toEqual([{ service: registry.host, scope: "repository:public/a:pull" }]);
    // One challenge, then the token is used again.
    expect(registry.seen.filter(({ headers }) => headers.authorization === undefined)).toHaveLength(2);
  });

  it("says that an image is missing or private", async () => {
    await serve(access);
    const error = await failure("private/b");
    expect(error.message).toBe(`${registry.host} has no image private/b, or it is private`);
    expect(error.hint).toContain(`docker login ${registry.host}`);
  });

  it("says how to log in in the words of its caller", async () => {
    await serve(access);
    const howToLogIn = "write it on the wall";
    const missing = await failure("private/b", { howToLogIn });
    expect(missing.hint).toBe(`check the name; a private image needs a login: ${howToLogIn}`);
    dockerConfig({ auths: { [registry.host]: auth("wrong-secret") } });
    expect((await failure("private/b", { howToLogIn })).hint).toBe(howToLogIn);
    dockerConfig({});
    registry.fault({ path: /manifests/, status: 429, headers: { "ratelimit-remaining": "0;w=21600" } });
    const limited = await failure("public/a", { howToLogIn });
    expect(limited).toMatchObject({ code: "RegistryRateLimit" });
    expect(limited.hint).toContain(`${registry.host} allows more to known users: ${howToLogIn}; or wait`);
    expect(limited.hint).not.toContain("docker");
  });

  it("says so too where its token server gives one token to all, over and over", async () => {
    await serve(access);
    registry.fault({ path: /^\/token/, status: 200, body: '{"token":"same"}' });
    const nobody = await failure("private/b");
    expect(nobody).toMatchObject({ code: "ImageNotFound" });
    expect(nobody.message).toBe(`${registry.host} has no image private/b, or it is private`);
    const user = await failure("private/b", { credential: { username: "me", password: PASSWORD } });
    expect(user).toMatchObject({ code: "RegistryLoginFailed" });
  });

  it("knows the user who is given", async () => {
    await serve(access);
    await open("private/b", { credential: { username: "me", password: PASSWORD } });
    expect(registry.access.asked).toMatchObject([{ account: "me" }]);
  });

  it("refuses a wrong password", async () => {
    await serve(access);
    const error = await failure("public/a", { credential: { username: "me", password: "wrong-secret" } });
    expect(error.code).toBe("RegistryLoginFailed");
    expect(error.message).toContain("refuses the login of me (from the user name and password given)");
    // Docker's commands change nothing about it.
    expect(error.hint).toBe("check the username and password that were given");
    dockerConfig({ auths: { [registry.host]: auth("wrong-secret") } });
    const configured = await failure("public/a");
    expect(configured.hint).toBe(
      `'docker login ${registry.host}'; or 'docker logout ${registry.host}' for public images`,
    );
  });

  it("says what a user may not read", async () => {
    await serve({ ...access, denied: /^private/ });
    const error = await failure("private/b", { credential: { username: "me", password: PASSWORD } });
    expect(error).toMatchObject({ code: "ImageNotFound" });
    expect(error.message).toContain("has no image private/b, or me may not read it");
    // A token that was just made is not asked for again.
    expect(registry.access.asked).toHaveLength(1);
  });

  it("takes a token for itself, and says when it is refused", async () => {
    await serve(access);
    const registryToken = { [registry.host]: { registrytoken: "wrong-secret" } };
    dockerConfig({ auths: registryToken });
    expect(await failure("private/b")).toMatchObject({ code: "RegistryLoginFailed" });
  });

  it("takes an identity token, by POST", async () => {
    await serve(access);
    dockerConfig({ auths: { [registry.host]: { identitytoken: "identity-secret" } } });
    await open("private/b");
    expect(registry.access.asked).toMatchObject([{ grant_type: "refresh_token", refresh_token: "identity-secret" }]);
    expect(registry.seen.every(({ path }) => !path.includes("identity-secret"))).toBe(true);
    dockerConfig({ auths: { [registry.host]: { identitytoken: "wrong-secret" } } });
    expect(await failure("private/b")).toMatchObject({ code: "RegistryLoginFailed" });
  });

  it("gives a new token when the old one is used up, also between layers", async () => {
    await serve({ ...access, uses: 1 });
    await open("public/a");
    expect(registry.access.asked).toHaveLength(3);
  });

  it("gives one token to many layers at once", async () => {
    await serve(access);
    const image = await open("public/a");
    registry.access.forgetTokens();
    const before = registry.access.asked.length;
    await Promise.all(
      Array.from({ length: 8 }, async () => {
        for await (const _ of await image.layers[0]!.open());
      }),
    );
    expect(registry.access.asked.length - before).toBe(1);
  });

  it("is asked again when its token server has trouble", async () => {
    await serve(access);
    registry.fault({ path: /^\/token/, status: 503, times: 2 });
    await open("public/a");
    registry.fault({ path: /^\/token/, status: 500 });
    expect((await failure("public/a")).message).toMatch(/answers 500 \(asked for a token\)/);
  });

  it.each([
    ['{"token":""}', "RegistryFailed"],
    ["{}", "RegistryFailed"],
    ["[]", "RegistryFailed"],
    ["null", "InvalidImage"],
    ["no json", "InvalidImage"],
    ['{"token":"a\\r\\nX: y"}', "RegistryFailed"],
    ['{"token":{"a":1}}', "RegistryFailed"],
  ])("with the answer %s gives no token", async (body, code) => {
    await serve(access);
    registry.fault({ path: /^\/token/, status: 200, body });
    expect(await failure("public/a")).toMatchObject({ code });
  });

  it("must not send us to a place that is not safe", async () => {
    for (const realm of ["http://registry.invalid", "ftp://127.0.0.1", "no address", "http://me@127.0.0.1:1"]) {
      await serve({ ...access, realm });
      const error = await failure("public/a", { credential: { username: "me", password: PASSWORD } });
      expect(error.message).toContain("which is not safe");
    }
  });
});

describe("a registry with passwords", () => {
  const access: Access = { kind: "basic", users: USERS };

  it("lets in who has one, and nobody else", async () => {
    await serve(access);
    await open("private/b", { credential: { username: "me", password: PASSWORD } });
    expect(await failure("private/b")).toMatchObject({ code: "ImageNotFound" });
    const wrong = await failure("private/b", { credential: { username: "me", password: "wrong-secret" } });
    expect(wrong).toMatchObject({ code: "RegistryLoginFailed" });
  });

  it("is told nothing before it asks", async () => {
    await serve({ kind: "everybody" });
    await open("public/a", { credential: { username: "me", password: PASSWORD } });
    expect(registry.seen.filter(({ headers }) => headers.authorization !== undefined)).toEqual([]);
  });
});

describe("Docker's configuration", () => {
  beforeEach(() => serve({ kind: "basic", users: USERS }));

  it.each<[string, (host: string) => object]>([
    ["auth", (host) => ({ [host]: auth() })],
    ["auth under a URL", (host) => ({ [`http://${host}/v1/`]: auth() })],
    ["user and password", (host) => ({ [host]: { username: "me", password: PASSWORD } })],
    ["auth that Docker padded", (host) => ({ [host]: auth(`${PASSWORD}\0\0`) })],
    ["podman's key with a repository", (host) => ({ [host]: auth("no"), [`${host}/private`]: auth() })],
  ])("logs in: %s", async (_name, auths) => {
    dockerConfig({ auths: auths(registry.host) });
    await open("private/b");
  });

  it("is found where DOCKER_CONFIG says", async () => {
    dockerConfig({ auths: { [registry.host]: auth("no") } });
    dockerConfig({ auths: { [registry.host]: auth() } }, join(home, "elsewhere"));
    await open("private/b", { env: env({ DOCKER_CONFIG: join(home, "elsewhere") }) });
  });

  it("of another registry says nothing", async () => {
    const port = Number(registry.host.split(":")[1]);
    dockerConfig({
      auths: { [`127.0.0.1:${port + 1}`]: auth(), "127.0.0.1": auth(), [`${registry.host}/other`]: auth() },
    });
    expect(await failure("private/b")).toMatchObject({ code: "ImageNotFound" });
    expect(registry.seen.filter(({ headers }) => headers.authorization !== undefined)).toEqual([]);
  });

  it.each<[string, (host: string) => object]>([
    ["credHelpers", (host) => ({ credHelpers: { [host]: "mine" }, credsStore: "missing" })],
    ["credsStore", () => ({ credsStore: "mine" })],
  ])("asks a credential helper: %s", async (_name, config) => {
    dockerConfig(config(registry.host));
    helper(
      "mine",
      `echo "$1 $(cat)" >${home}/asked; printf '{"ServerURL":"x","Username":"me","Secret":"${PASSWORD}"}'`,
    );
    await open("private/b");
    expect(readFileSync(join(home, "asked"), "utf8")).toBe(`get ${registry.host}\n`);
  });

  it("does not wait for what a helper that has answered leaves behind, and ends it", async () => {
    dockerConfig({ credsStore: "mine" });
    const alive = join(home, "alive");
    // It holds the helper's stdout.
    helper(
      "mine",
      `( i=0; while [ $i -lt 80 ]; do echo >>${alive}; sleep 0.1; i=$((i+1)); done ) &
      while [ ! -e ${alive} ]; do sleep 0.05; done
      printf '{"ServerURL":"x","Username":"me","Secret":"${PASSWORD}"}'`,
    );
    const start = Date.now();
    await open("private/b");
    expect(Date.now() - start).toBeLessThan(4000);
    await new Promise((resolve) => setTimeout(resolve, 200));
    const length = readFileSync(alive).length;
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(readFileSync(alive)).toHaveLength(length);
  });

  it("goes on where a helper knows nothing", async () => {
    dockerConfig({ credsStore: "mine", auths: { [registry.host]: auth() } });
    helper("mine", "echo credentials not found in native keychain; exit 1");
    await open("private/b");
  });

  it.each<[string, string, RegExp]>([
    ["fails", "echo wrong-secret; exit 3", /docker-credential-mine failed \(status 3\)/],
    ["answers nonsense", "echo wrong-secret", /did not answer with a login/],
  ])("goes on where a helper %s, and says so", async (_name, script, message) => {
    dockerConfig({ credsStore: "mine" });
    helper("mine", script);
    const said: string[] = [];
    const error = await failure("private/b", { notice: (text) => said.push(text) });
    expect(error.message).toMatch(message);
    expect(said.join()).toMatch(message);
    expect(said.join()).not.toContain("wrong-secret");
  });

  it.each<[string, RegExp]>([
    ["missing", /docker-credential-missing is not installed/],
    ["../../bin/sh", /no program can have/],
    ["x y", /no program can have/],
  ])("goes on where the helper %s is not installed or is none", async (credsStore, message) => {
    dockerConfig({ credsStore });
    expect((await failure("private/b")).message).toMatch(message);
  });

  it.each(["{", "[]", '"text"', ""])("that is %j is told or taken for empty", async (text) => {
    dockerConfig({});
    writeFileSync(join(home, ".docker", "config.json"), text);
    const error = await failure("private/b");
    expect(error.code).toBe(text === "" ? "ImageNotFound" : "InvalidDockerConfig");
  });

  it("with an entry that cannot be read names the entry", async () => {
    dockerConfig({ auths: { [registry.host]: { auth: "%%%wrong-secret" } } });
    const error = await failure("private/b");
    expect(error).toMatchObject({ code: "InvalidDockerConfig" });
    expect(error.message).toContain(registry.host);
  });
});
