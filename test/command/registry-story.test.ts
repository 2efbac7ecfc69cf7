import { GetFunctionCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestLocal, type TestLocal } from "../helpers/local.ts";
import { clientConfig } from "../helpers/local-clients.ts";
import { startRegistry, type TestRegistry } from "../helpers/registry.ts";
import { cowsayImage } from "../helpers/registry-cowsay.ts";
import { Project } from "./init-project.ts";

let local: TestLocal;
let project: Project;
let registry: TestRegistry;
let lambda: LambdaClient;

beforeAll(async () => {
  local = await startTestLocal();
  project = new Project(local);
  registry = await startRegistry({ images: [await cowsayImage("grycap/cowsay")] });
  lambda = new LambdaClient(clientConfig(local.server));
});
afterAll(async () => {
  await local.stop();
  await registry.close();
});

const blobs = () => registry.seen.filter(({ path }) => path.includes("/blobs/")).length;

describe("the manual's first story, with an image from a registry", () => {
  it("init, run, run again, rm", async () => {
    const image = `localhost:${registry.host.split(":")[1]}/grycap/cowsay`;
    expect(await project.ok("init", "-n", "scar-cowsay", "-i", image)).toContain(
      "Function 'scar-cowsay' successfully created.\n",
    );
    // init read the manifest and the configuration, and no layer.
    expect(blobs()).toBe(1);
    expect(await project.ok("ls")).toMatch(new RegExp(`^scar-cowsay +512 +300 +${image} `, "m"));
    expect(await project.ok("run", "-n", "scar-cowsay")).toMatch(/^Request Id: .*\n(.*\n){2}moo\n/);
    const asked = registry.seen.length;
    expect(blobs()).toBe(3);
    expect(await project.ok("run", "-n", "scar-cowsay", "sh", "-c", "echo $COW again")).toContain("\nyes again\n");
    expect(registry.seen).toHaveLength(asked);
    expect(await project.ok("log", "-n", "scar-cowsay")).toMatch(
      /INFO - image .*grycap\/cowsay:latest \(1 layer, \d+\.\d MB compressed\) is ready after/,
    );
    expect(await project.ok("rm", "-n", "scar-cowsay")).toContain("Function 'scar-cowsay' successfully deleted.\n");
    expect(await project.ok("ls")).not.toContain("scar-cowsay");
  });

  it("takes a deployment bucket without an image file", async () => {
    await project.ok("init", "-n", "bucketed", "-i", `${registry.host}/grycap/cowsay`, "-db", "packages");
    expect(await project.ok("ls", "-b", "packages")).toBe("lambda/bucketed.zip\n");
    expect(await project.ok("run", "-n", "bucketed")).toContain("\nmoo\n");
    expect(await project.ok("rm", "-n", "bucketed")).toContain(
      "Package 'packages/lambda/bucketed.zip' successfully deleted.",
    );
  });

  it("is looked at once for the functions of a file that share it", async () => {
    const container = { image: `${registry.host}/grycap/cowsay` };
    project.write("count.sh", "#!/bin/sh\necho scripted\n");
    project.fdl("two.yaml", { name: "one", container }, { name: "two", container });
    const before = registry.seen.length;
    await project.ok("init", "-f", "two.yaml");
    expect(registry.seen.length - before).toBeLessThanOrEqual(3);
    expect(await project.ok("run", "-n", "two")).toContain("\nscripted\n");
    await project.ok("rm", "-f", "two.yaml");
  });
});

describe("a private image", () => {
  const password = "s3cr3t-of-ana";
  let secured: TestRegistry;
  beforeAll(async () => {
    const access = { kind: "token", users: { ana: password }, anonymous: /^$/ } as const;
    secured = await startRegistry({ images: [await cowsayImage("ana/private")], access });
  });
  afterAll(() => secured.close());

  const fromEnv = (name: string) => `\${env:${name}}`;
  const fdl = (registry_auth: object) =>
    project.fdl("private.yaml", {
      name: "private",
      init_script: null,
      container: { image: `${secured.host}/ana/private`, registry_auth },
    });

  it("runs with the function's own login, which is in the package alone", async () => {
    const file = fdl({ username: "ana", password: fromEnv("ANA_PASSWORD") });
    const { code, stdout, stderr } = await project.scar(["init", "-f", file, "-v"], {
      env: { ANA_PASSWORD: password },
    });
    expect({ code, stderr }).toMatchObject({ code: 0 });
    const { Configuration, Tags } = await lambda.send(new GetFunctionCommand({ FunctionName: "private" }));
    const fdlText = Buffer.from(Configuration!.Environment!.Variables!["FDL"]!, "base64").toString();
    const ran = await project.ok("run", "-n", "private", "env");
    expect(ran).toContain("COW=yes");
    const log = await project.ok("log", "-n", "private");
    for (const told of [stdout, stderr, JSON.stringify([Configuration, Tags]), fdlText, ran, log]) {
      expect(told).not.toContain(password);
    }
    // The variable is not asked for where nothing is deployed.
    await project.ok("rm", "-f", file);
  });

  it("is refused without one, though the user has a login, and the ways out are named", async () => {
    const auth = Buffer.from(`ana:${password}`).toString("base64");
    const home = new Project(local);
    home.write("config.json", JSON.stringify({ auths: { [secured.host]: { auth } } }));
    const argv = ["init", "-n", "private", "-i", `${secured.host}/ana/private`];
    const known = await project.scar(argv, { env: { DOCKER_CONFIG: home.folder } });
    expect(known.code).toBe(1);
    expect(known.stderr).toContain(
      "is private: your Docker login may read it, but it does not travel with the function",
    );
    expect(known.stderr).toContain("lambda.container.registry_auth");
    expect(known.stderr).toContain("-if image.tar");
    const unknown = await project.scar(argv);
    expect(unknown.stderr).toContain("has no image ana/private, or it is private");
    const wrong = await project.scar(["init", "-f", fdl({ username: "ana", password: "wr0ng" })]);
    expect(wrong.code).toBe(1);
    expect(wrong.stderr).not.toContain("wr0ng");
    await expect(lambda.send(new GetFunctionCommand({ FunctionName: "private" }))).rejects.toThrow();
  });

  it("wants a variable that is set", async () => {
    const { code, stderr } = await project.scar(["init", "-f", fdl({ username: "ana", password: fromEnv("NOT_SET") })]);
    expect(code).toBe(2);
    expect(stderr).toContain(
      "functions.aws[0].lambda.container.registry_auth.password: the environment variable NOT_SET is not set",
    );
  });
});
