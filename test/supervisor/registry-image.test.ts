import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startRegistry, type TestRegistry } from "../helpers/registry.ts";
import { cowsayImage } from "../helpers/registry-cowsay.ts";
import { ExecutionEnvironment, exceptionOf, outputOf, runScript } from "./environment.ts";

let registry: TestRegistry;

beforeAll(async () => {
  registry = await startRegistry({ images: [await cowsayImage("grycap/cowsay")] });
});
afterAll(() => registry.close());

const image = (name: string) => ({ image: `${registry.host}/${name}`, image_file: null });

describe("a function with an image from a registry", () => {
  it("fetches it at its first invocation, says how long that took, and asks for nothing when it is warm", async () => {
    const environment = await ExecutionEnvironment.start({ container: image("grycap/cowsay") });
    expect(registry.seen).toHaveLength(0);
    expect(outputOf(await environment.invoke({}))).toBe("moo\n");
    const asked = registry.seen.length;
    expect(asked).toBeGreaterThan(0);
    expect(environment.log).toMatch(
      /INFO - image 127\.0\.0\.1:\d+\/grycap\/cowsay:latest \(1 layer, \d+\.\d MB compressed\) is ready after \d+\.\d s\n/,
    );
    expect(outputOf(await environment.invoke(runScript("echo $COW")))).toBe("yes\n");
    expect(registry.seen).toHaveLength(asked);
    environment.stop();
  });

  it("takes the name of IMAGE_ID where the configuration has none, as the original did", async () => {
    const environment = await ExecutionEnvironment.start({
      container: { image_file: null },
      env: { IMAGE_ID: `${registry.host}/grycap/cowsay:latest` },
    });
    expect(outputOf(await environment.invoke({}))).toBe("moo\n");
    environment.stop();
  });

  it("answers why it could not be had, and tries again at the next invocation", async () => {
    const environment = await ExecutionEnvironment.start({ container: image("grycap/later") });
    expect(exceptionOf(await environment.invoke({}))).toContain(`${registry.host} has no image grycap/later`);
    registry.add(await cowsayImage("grycap/later"));
    expect(outputOf(await environment.invoke({}))).toBe("moo\n");
    environment.stop();
  });

  it("fetches a layer again that a broken connection cut, and leaves no half of an image behind", async () => {
    registry.add(await cowsayImage("grycap/cut"));
    registry.fault({ path: /cut\/blobs/, times: 2, cutAfter: 100_000 });
    const environment = await ExecutionEnvironment.start({ container: image("grycap/cut") });
    expect(outputOf(await environment.invoke({}))).toBe("moo\n");
    environment.stop();
  });

  it("says that its time was too short before Lambda would, and goes on when there is more", async () => {
    registry.add(await cowsayImage("grycap/slow"));
    const fault = registry.fault({ path: /slow\/blobs/, stallAfter: 50_000 });
    const environment = await ExecutionEnvironment.start({ container: image("grycap/slow") });
    const answer = await environment.invoke({}, { remainingMs: 4_000 });
    expect(exceptionOf(answer)).toMatch(
      /did not get ready: its time is over, after 3\.0 s \(raise the function's timeout/,
    );
    expect(answer.tookMs).toBeLessThan(4_000);
    registry.heal(fault);
    expect(outputOf(await environment.invoke({}))).toBe("moo\n");
    environment.stop();
  });
});

describe("a private image", () => {
  let secured: TestRegistry;
  beforeAll(async () => {
    const access = { kind: "basic", users: { ana: "s3cr3t-of-ana" } } as const;
    secured = await startRegistry({ images: [await cowsayImage("ana/private")], access });
  });
  afterAll(() => secured.close());
  const container = (registry_auth?: object) => ({
    image: `${secured.host}/ana/private`,
    image_file: null,
    ...(registry_auth && { registry_auth }),
  });

  it("is fetched with the login of the configuration, which reaches neither log nor container", async () => {
    const login = { username: "ana", password: "s3cr3t-of-ana" };
    const environment = await ExecutionEnvironment.start({ container: container(login) });
    const output = outputOf(await environment.invoke(runScript("env; cat /proc/self/environ")));
    expect(output).not.toContain("s3cr3t");
    expect(environment.log).not.toContain("s3cr3t");
    environment.stop();
  });

  it("is refused without one, by a message that says so", async () => {
    const environment = await ExecutionEnvironment.start({ container: container() });
    const missing = exceptionOf(await environment.invoke({}));
    expect(missing).toContain("or it is private");
    // A function has no `docker login`.
    expect(missing).toContain("needs a login: give the function a login (lambda.container.registry_auth");
    expect(missing).not.toContain("docker login");
    const wrong = await ExecutionEnvironment.start({ container: container({ username: "ana", password: "wr0ng" }) });
    const message = exceptionOf(await wrong.invoke({}));
    expect(message).toContain("check the username and password that were given");
    expect(message).not.toContain("wr0ng");
    expect(readFileSync(join(wrong.folder, "log"), "utf8")).not.toContain("wr0ng");
    environment.stop();
    wrong.stop();
  });
});
