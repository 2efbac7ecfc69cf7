import {
  DeleteLayerVersionCommand,
  GetLayerVersionByArnCommand,
  GetLayerVersionCommand,
  type LambdaClient,
  ListLayersCommand,
  ListLayerVersionsCommand,
  PublishLayerVersionCommand,
} from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { call, createNodeFunction, lambdaClient, SHELL_FUNCTION, type ZipEntry, zipOf } from "../helpers/lambda.ts";
import { startTestLocal, type TestLocal } from "../helpers/local.ts";

let local: TestLocal;
let lambda: LambdaClient;

beforeAll(async () => {
  local = await startTestLocal();
  lambda = lambdaClient(local.server);
});
afterAll(() => local?.stop());

async function publish(name: string, files: Record<string, string | ZipEntry>) {
  return lambda.send(
    new PublishLayerVersionCommand({
      LayerName: name,
      Description: "1.0",
      CompatibleRuntimes: ["nodejs24.x"],
      LicenseInfo: "Apache-2.0",
      Content: { ZipFile: await zipOf(files) },
    }),
  );
}

describe("layers", () => {
  it("are published in versions and found by name, ARN and list", async () => {
    const first = await publish("tools", { "a.txt": "1" });
    const second = await publish("tools", { "a.txt": "2" });
    expect(first).toMatchObject({
      Version: 1,
      Description: "1.0",
      LicenseInfo: "Apache-2.0",
      CompatibleRuntimes: ["nodejs24.x"],
    });
    expect(second.LayerVersionArn).toBe(`${first.LayerArn}:2`);
    expect(second.Content!.CodeSha256).not.toBe(first.Content!.CodeSha256);

    expect(await lambda.send(new GetLayerVersionCommand({ LayerName: "tools", VersionNumber: 1 }))).toMatchObject({
      LayerVersionArn: first.LayerVersionArn,
      Content: { CodeSha256: first.Content!.CodeSha256, CodeSize: first.Content!.CodeSize },
    });
    expect(await lambda.send(new GetLayerVersionByArnCommand({ Arn: second.LayerVersionArn! }))).toMatchObject({
      Version: 2,
    });
    const versions = await lambda.send(new ListLayerVersionsCommand({ LayerName: "tools" }));
    expect(versions.LayerVersions!.map(({ Version }) => Version)).toEqual([2, 1]);
    const { Layers } = await lambda.send(new ListLayersCommand({ CompatibleRuntime: "nodejs24.x" }));
    expect(Layers).toContainEqual(
      expect.objectContaining({ LayerName: "tools", LatestMatchingVersion: expect.objectContaining({ Version: 2 }) }),
    );
    expect((await lambda.send(new ListLayersCommand({ CompatibleRuntime: "nodejs22.x" }))).Layers).toEqual([]);
  });

  it("never give a version number twice, and are missing when deleted", async () => {
    await publish("counted", { a: "1" });
    await lambda.send(new DeleteLayerVersionCommand({ LayerName: "counted", VersionNumber: 1 }));
    await expect(
      lambda.send(new GetLayerVersionCommand({ LayerName: "counted", VersionNumber: 1 })),
    ).rejects.toMatchObject({
      name: "ResourceNotFoundException",
    });
    await local.restart();
    expect((await publish("counted", { a: "2" })).Version).toBe(2);
    expect((await lambda.send(new ListLayerVersionsCommand({ LayerName: "unknown" }))).LayerVersions).toEqual([]);
  });

  it("can be deleted when they are not there", async () => {
    await publish("once", { "a.txt": "1" });
    for (const LayerName of ["once", "never"]) {
      await lambda.send(new DeleteLayerVersionCommand({ LayerName, VersionNumber: 7 }));
    }
    expect(await lambda.send(new GetLayerVersionCommand({ LayerName: "once", VersionNumber: 1 }))).toBeDefined();
  });

  it("lie at /opt, later ones over earlier ones, with modes and links", async () => {
    const below = await publish("below", {
      "bin/tool": { text: "#!/bin/sh\necho below\n", mode: 0o755 },
      "shared/one": "1",
      "shared/both": "below",
      link: { link: "shared/one" },
    });
    const above = await publish("above", { "shared/both": "above", "shared/two": "2" });
    await createNodeFunction(lambda, "layered", SHELL_FUNCTION, {
      Layers: [below.LayerVersionArn!, above.LayerVersionArn!],
    });
    // What a function uses stays when the version is deleted.
    await lambda.send(new DeleteLayerVersionCommand({ LayerName: "below", VersionNumber: 1 }));
    const { value } = await call(lambda, "layered", {
      sh: "tool; cat /opt/shared/one /opt/shared/two /opt/shared/both /opt/link; echo x > /opt/new",
    });
    expect(value.stdout).toBe("below\n12above1");
    expect(value.stderr).toMatch(/Read-only file system/);
  });

  it("refuse a name that leads out", async () => {
    // The archiver does not write such names: both copies of the name are changed in what it wrote.
    const zip = await zipOf({ "ab/evil": "x" });
    for (let at = zip.indexOf("ab/evil"); at >= 0; at = zip.indexOf("ab/evil", at)) zip.write("../evil", at);
    await expect(
      lambda.send(new PublishLayerVersionCommand({ LayerName: "hostile", Content: { ZipFile: zip } })),
    ).rejects.toMatchObject({ name: "InvalidParameterValueException" });
  });

  it.each([
    ["an absolute link over a folder", { dir: { link: "/etc" }, "dir/passwd": "x" }],
    ["a link that leads out", { "a/up": { link: "../../../etc/passwd" } }],
  ])("refuse %s", async (_, files) => {
    await expect(publish("hostile", files)).rejects.toMatchObject({ name: "InvalidParameterValueException" });
  });
});
