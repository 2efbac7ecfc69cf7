import { readFileSync } from "node:fs";
import { GetFunctionCommand, LambdaClient, TagResourceCommand } from "@aws-sdk/client-lambda";
import { CreateBucketCommand, ListObjectsV2Command, PutObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { openGate } from "../helpers/gate.ts";
import { startTestLocal, type TestLocal } from "../helpers/local.ts";
import { clientConfig, s3Client } from "../helpers/local-clients.ts";
import { runScar } from "../helpers/run.ts";
import { Project } from "./init-project.ts";

let local: TestLocal;
let project: Project;
let storage: S3Client;
let lambda: LambdaClient;

beforeAll(async () => {
  local = await startTestLocal();
  project = await Project.create(local);
  storage = s3Client(local.server);
  lambda = new LambdaClient(clientConfig(local.server));
});
afterAll(() => local.stop());

const keys = async (bucket: string) =>
  ((await storage.send(new ListObjectsV2Command({ Bucket: bucket }))).Contents ?? []).map((object) => object.Key);

describe("a package that travels through a bucket", () => {
  it("is put there, run from there, and removed with its function; the bucket and what others put there stay", async () => {
    project.fdl("two.yaml", { name: "one" }, { name: "two" });
    await project.ok("init", "-f", "two.yaml", "-db", "packages");
    expect(await keys("packages")).toEqual(["lambda/one.zip", "lambda/two.zip"]);
    expect(await project.ok("run", "-n", "one", "echo", "from the bucket")).toContain("\nfrom the bucket\n");
    await storage.send(new PutObjectCommand({ Bucket: "packages", Key: "lambda/mine.zip", Body: "mine" }));
    // The FDL of the function itself names the bucket: neither -f nor -db is needed.
    expect(await project.ok("rm", "-n", "one")).toContain("Package 'packages/lambda/one.zip' successfully deleted.\n");
    expect(await keys("packages")).toEqual(["lambda/mine.zip", "lambda/two.zip"]);
    await project.ok("rm", "-n", "two");
    expect(await keys("packages")).toEqual(["lambda/mine.zip"]);
  });

  it("is removed before its function: rm -n that was cut between them finds the rest", async () => {
    project.fdl("cut-rm.yaml", { name: "cut-rm", deployment: { bucket: "packages" } });
    await project.ok("init", "-f", "cut-rm.yaml");
    const gate = await openGate(local.server.endpoint);
    vi.stubEnv("AWS_ACCESS_KEY_ID", local.server.accessKeyId);
    vi.stubEnv("AWS_SECRET_ACCESS_KEY", local.server.secretAccessKey);
    gate.refuse((_write, count) => count >= 1);
    const cut = await runScar(["rm", "-n", "cut-rm", "--endpoint-url", gate.endpoint]);
    await gate.close();
    vi.unstubAllEnvs();
    expect(cut.code).toBe(1);
    expect(await keys("packages")).not.toContain("lambda/cut-rm.zip");
    expect(await project.ok("rm", "-n", "cut-rm")).toBe(
      "Log group '/aws/lambda/cut-rm' successfully deleted.\nFunction 'cut-rm' successfully deleted.\n",
    );
  });

  it("leaves an object of that name that is nobody's package", async () => {
    await storage.send(new PutObjectCommand({ Bucket: "packages", Key: "lambda/other.zip", Body: "mine" }));
    project.fdl("other.yaml", { name: "other", deployment: { bucket: "packages" } });
    const { code } = await project.scar(["rm", "-f", "other.yaml"]);
    expect(code).toBe(1);
    expect(await keys("packages")).toContain("lambda/other.zip");
  });

  it("is taken back when init fails, with the function", async () => {
    project.fdl("fails.yaml", {
      name: "fails",
      deployment: { bucket: "made-for-it" },
      layers: ["arn:aws:lambda:us-east-1:000000000000:layer:nowhere:7"],
    });
    const { code, stderr } = await project.scar(["init", "-f", "fails.yaml"]);
    expect(code).toBe(1);
    expect(stderr).toContain("taking back what it did: delete the package at 'made-for-it/lambda/fails.zip'");
    expect(stderr).toContain("kept: bucket 'made-for-it'");
    expect(await keys("made-for-it")).toEqual([]);
  });

  it("is kept when the init that fails was to finish another", async () => {
    project.fdl("cut.yaml", { name: "cut", deployment: { bucket: "packages" } });
    await project.ok("init", "-f", "cut.yaml");
    const { Configuration } = await lambda.send(new GetFunctionCommand({ FunctionName: "cut" }));
    await lambda.send(
      new TagResourceCommand({ Resource: Configuration!.FunctionArn, Tags: { "scar:state": "deploying" } }),
    );
    project.fdl("cut.yaml", {
      name: "cut",
      deployment: { bucket: "packages" },
      layers: ["arn:aws:lambda:us-east-1:000000000000:layer:nowhere:7"],
    });
    expect((await project.scar(["init", "-f", "cut.yaml"])).code).toBe(1);
    expect(await keys("packages")).toContain("lambda/cut.zip");
  });
});

describe("limits of packages", () => {
  it("tells the real size of a zip that is too large for a request, and the way out", async () => {
    const size = readFileSync(project.path("image.tar")).length;
    expect(size).toBeGreaterThan(1_000_000);
    project.fdl("direct.yaml", { name: "direct", deployment: { max_payload_size: 100_000 } });
    const { code, stderr } = await project.scar(["init", "-f", "direct.yaml"]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/the package of function 'direct' is \d+\.\d MiB zipped; a request may carry 97\.7 KiB/);
    expect(stderr).toContain("-db BUCKET");
    project.fdl("direct.yaml", { name: "direct", deployment: { max_payload_size: 100_000, bucket: "large" } });
    await project.ok("init", "-f", "direct.yaml");
  });

  it("counts the layer and names the parts of a package that is too large unpacked", async () => {
    project.fdl("unpacked.yaml", { name: "unpacked", deployment: { max_s3_payload_size: 1_500_000, bucket: "never" } });
    const { code, stderr } = await project.scar(["init", "-f", "unpacked.yaml"]);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /'unpacked' is \d+\.\d MiB unpacked \(the image \d+\.\d MiB, the supervisor's layer [\d.]+ [KM]iB\); Lambda allows 1\.4 MiB/,
    );
    await expect(keys("never")).rejects.toThrow();
  });
});

it("a deployment bucket of another region is refused before anything is made", async () => {
  await storage.send(
    new CreateBucketCommand({ Bucket: "far-away", CreateBucketConfiguration: { LocationConstraint: "eu-west-1" } }),
  );
  project.fdl("far.yaml", { name: "far", deployment: { bucket: "far-away" } });
  const { code, stderr } = await project.scar(["init", "-f", "far.yaml"]);
  expect(code).toBe(1);
  expect(stderr).toContain("bucket 'far-away' is in region 'eu-west-1'");
  expect(stderr).toContain("Lambda takes packages of its own region only");
});
