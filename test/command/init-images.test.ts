import { GetFunctionCommand, LambdaClient, ListLayersCommand } from "@aws-sdk/client-lambda";
import { ListBucketsCommand } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestLocal, type TestLocal } from "../helpers/local.ts";
import { clientConfig, s3Client } from "../helpers/local-clients.ts";
import { makeImage, makeIndex, startRegistry, type TestRegistry } from "../helpers/registry.ts";
import { runScar } from "../helpers/run.ts";
import { dockerArchive, tarOf } from "../unit/container/image-fixtures.ts";
import { Project, s3 } from "./init-project.ts";

const [here, there, hereInLambda, thereInLambda] =
  process.arch === "x64" ? ["amd64", "arm64", "x86_64", "arm64"] : ["arm64", "amd64", "arm64", "x86_64"];
let local: TestLocal;
let project: Project;
let registry: TestRegistry;

/** Makes the manifest say that the image's layers have so many bytes. */
const sized = (repository: string, bytes: number) =>
  makeImage({
    repository,
    manifest: (manifest) => {
      const layers = (manifest["layers"] as object[]).map((layer) => ({ ...layer, size: bytes }));
      return { ...manifest, layers };
    },
  });

const MIB = 1024 * 1024;

beforeAll(async () => {
  local = await startTestLocal();
  project = new Project(local);
  project.write("count.sh", "#!/bin/sh\n");
  const foreign = await makeImage({ repository: "test/foreign", architecture: there! });
  registry = await startRegistry({
    images: [
      await makeImage({ repository: "test/here", tags: ["1.0", "2.0"] }),
      foreign,
      await makeIndex({
        repository: "test/index",
        images: [{ image: foreign, platform: { os: "linux", architecture: there! } }],
      }),
      await sized("test/huge", 513 * MIB),
      await sized("test/large", 300 * MIB),
    ],
  });
});
afterAll(async () => {
  await local.stop();
  await registry.close();
});

/** Deploys a function of the image with a bucket, and says what came of it. */
async function init(image: string, lambda: object = {}) {
  const file = project.fdl("looked.yaml", {
    name: "looked",
    container: { image: `${registry.host}/${image}` },
    architectures: [hereInLambda],
    output: s3("looked-at/out"),
    ...lambda,
  });
  return project.scar(["init", "-f", file]);
}

/** Nothing was made: no function, layer or bucket. */
async function expectNothingMade(): Promise<void> {
  const lambda = new LambdaClient(clientConfig(local.server));
  await expect(lambda.send(new GetFunctionCommand({ FunctionName: "looked" }))).rejects.toThrow();
  expect((await lambda.send(new ListLayersCommand({}))).Layers).toEqual([]);
  expect((await s3Client(local.server).send(new ListBucketsCommand({}))).Buckets ?? []).toEqual([]);
}

describe("init refuses, before anything is made,", () => {
  it.each([
    ["an image that is not there", "test/nowhere", {}, "has no image test/nowhere", "check the name"],
    ["a tag that is not there", "test/here:3.0", {}, "has no tag '3.0' of the image test/here", "it has: 1.0, 2.0"],
    [
      "an image for another processor",
      "test/foreign",
      {},
      `test/foreign:latest is for linux/${there} alone, the function runs on linux/${here}`,
      `set lambda.architectures: [${thereInLambda}]`,
    ],
    [
      "an index without the processor's image",
      "test/index",
      {},
      `no image for linux/${here} (it has: linux/${there})`,
      `set lambda.architectures: [${thereInLambda}]`,
    ],
    [
      "an image that /tmp cannot hold even compressed",
      "test/huge",
      {},
      "is 513.0 MiB even compressed; unpacked it cannot fit into the function's /tmp of 512 MB",
      "raise lambda.ephemeral_storage",
    ],
    ["a name that is none", "Test//x", {}, "is not an image reference", "hint"],
  ])("%s", async (_what, image, lambda, message, hint) => {
    const { code, stdout, stderr } = await init(image, lambda);
    expect({ code: code > 0, stdout }).toEqual({ code: true, stdout: "" });
    expect(stderr).toContain("scar: function 'looked': ");
    expect(stderr).toContain(message);
    expect(stderr).toContain(hint);
    await expectNothingMade();
  });

  it("all that is wrong with the functions of a file, at once", async () => {
    const container = (image: string) => ({ container: { image: `${registry.host}/${image}` } });
    const file = project.fdl(
      "many.yaml",
      { name: "a", architectures: [hereInLambda], ...container("test/nowhere") },
      { name: "b", architectures: [hereInLambda], ...container("test/foreign") },
      { name: "c", architectures: [hereInLambda], ...container("test/here:1.0") },
      { name: "d", architectures: [hereInLambda], ...container("test/huge") },
    );
    const { code, stderr } = await project.scar(["init", "-f", file]);
    expect(code).toBe(1);
    for (const text of [
      "function 'a': ",
      "has no image test/nowhere",
      "function 'b': ",
      `is for linux/${there} alone`,
      "function 'd': ",
      "even compressed",
    ]) {
      expect(stderr).toContain(text);
    }
    expect(stderr).not.toContain("function 'c'");
    await expectNothingMade();
    const json = await project.scar(["init", "-f", file, "-j"]);
    expect(JSON.parse(json.stderr)).toMatchObject({ Error: { Code: "ImagesUnusable" } });
  });

  it("an image in a registry of this machine, for a function on AWS", async () => {
    const env = { AWS_ACCESS_KEY_ID: "a", AWS_SECRET_ACCESS_KEY: "b", AWS_REGION: "us-east-1" };
    const role = "arn:aws:iam::123456789012:role/r";
    const argv = ["init", "-n", "f", "-i", `${registry.host}/test/here:1.0`, "-r", role];
    const { code, stderr } = await runScar(argv, { env });
    expect(code).toBe(1);
    expect(stderr).toContain("is in a registry of this machine, which Lambda cannot reach");
  });
});

describe("init goes on, with a notice,", () => {
  it("when an image may be too large for /tmp, and without one when that was raised", async () => {
    const { code, stderr } = await init("test/large");
    expect(code).toBe(0);
    expect(stderr).toContain("(300.0 MiB compressed) may need about 780.0 MiB of its /tmp of 512 MB");
    expect(stderr).toContain("raise lambda.ephemeral_storage");
    await project.ok("rm", "-n", "looked");
    expect((await init("test/large", { ephemeral_storage: 2048 })).stderr).not.toContain("may need");
    await project.ok("rm", "-n", "looked");
  });

  it("when the image in an archive may be too large for /tmp", async () => {
    const zeros = Buffer.alloc(450 * MIB);
    const archive = await dockerArchive({ layers: [await tarOf([{ name: "zeros", content: zeros }])], tag: "zeros:1" });
    project.write("zeros.tar", archive);
    const lambda = { container: { image_file: "zeros.tar" }, ephemeral_storage: 512 };
    const { code, stderr } = await init("", lambda);
    expect(code).toBe(0);
    expect(stderr).toMatch(/image zeros:1 \(\d+\.\d KiB compressed\) may need about 450\.0 MiB of its \/tmp of 512 MB/);
    await project.ok("rm", "-n", "looked");
  });

  it("when Amazon ECR gives the user no login: the function's role may well have one", async () => {
    const image = "123456789012.dkr.ecr.eu-west-3.amazonaws.com/team/tool:3";
    const { code, stderr } = await project.scar(["init", "-n", "from-ecr", "-i", image]);
    expect(code, stderr).toBe(0);
    expect(stderr).toMatch(/function 'from-ecr': its image was not looked at \(Amazon ECR gives you no login: .*\)/);
    await project.ok("rm", "-n", "from-ecr");
  });

  it("when the registry cannot be reached from here, or has trouble", async () => {
    const nobody = await startRegistry();
    await nobody.close();
    const file = project.fdl("away.yaml", { name: "away", container: { image: `${nobody.host}/behind/firewall` } });
    const { code, stderr } = await project.scar(["init", "-f", file]);
    expect(code).toBe(0);
    expect(stderr).toMatch(
      /function 'away': its image was not looked at \(.*refuses connections\); it is fetched when/,
    );
    await project.ok("rm", "-n", "away");
    const fault = registry.fault({ path: /test\/here/, status: 503 });
    const troubled = await init("test/here:1.0");
    expect(troubled.code).toBe(0);
    expect(troubled.stderr).toContain("was not looked at");
    registry.heal(fault);
    await project.ok("rm", "-n", "looked");
  });
});
