import { createHash } from "node:crypto";
import {
  CreateFunctionCommand,
  GetAccountSettingsCommand,
  GetFunctionCommand,
  GetFunctionConfigurationCommand,
  GetLayerVersionCommand,
  InvokeCommand,
  type LambdaClient,
  ListVersionsByFunctionCommand,
  PublishLayerVersionCommand,
  UpdateFunctionCodeCommand,
  UpdateFunctionConfigurationCommand,
} from "@aws-sdk/client-lambda";
import { CreateBucketCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { call, createNodeFunction, lambdaClient, ROLE, settled, zipOf } from "../helpers/lambda.ts";
import { startTestLocal, type TestLocal } from "../helpers/local.ts";
import { s3Client } from "../helpers/local-clients.ts";

let local: TestLocal;
let lambda: LambdaClient;

beforeAll(async () => {
  local = await startTestLocal();
  lambda = lambdaClient(local.server);
});
afterAll(() => local?.stop());

const answering = (text: string) => `export const handler = async () => ${JSON.stringify(text)};`;
const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("base64");
const download = async (url: string) => new Uint8Array(await (await fetch(url)).arrayBuffer());

describe("qualifiers", () => {
  it("are $LATEST, and no other leads there", async () => {
    await createNodeFunction(lambda, "latest", answering("hello"));
    const served = { FunctionName: "latest", Qualifier: "$LATEST" };
    expect((await lambda.send(new GetFunctionCommand(served))).Configuration?.Version).toBe("$LATEST");
    expect((await call(lambda, "latest:$LATEST")).value).toBe("hello");
    for (const Qualifier of ["7", "prod"]) {
      const refused = {
        message: expect.stringContaining(`The qualifier '${Qualifier}'`),
        $metadata: { httpStatusCode: 501 },
      };
      const named = { FunctionName: "latest", Qualifier };
      await expect(lambda.send(new InvokeCommand(named))).rejects.toMatchObject(refused);
      await expect(lambda.send(new GetFunctionConfigurationCommand(named))).rejects.toMatchObject(refused);
      await expect(call(lambda, `latest:${Qualifier}`)).rejects.toMatchObject(refused);
    }
  });

  it("are not made: Publish is refused, and so are the operations of versions", async () => {
    const refused = { $metadata: { httpStatusCode: 501 } };
    const Code = { ZipFile: await zipOf({ "index.mjs": answering("x") }) };
    const request = { FunctionName: "published", Runtime: "nodejs24.x", Handler: "index.handler", Role: ROLE } as const;
    await expect(lambda.send(new CreateFunctionCommand({ ...request, Code, Publish: true }))).rejects.toMatchObject({
      ...refused,
      message: expect.stringContaining("Publish"),
    });
    await expect(lambda.send(new ListVersionsByFunctionCommand({ FunctionName: "published" }))).rejects.toMatchObject({
      ...refused,
      message: expect.stringContaining("ListVersionsByFunction"),
    });
  });
});

describe("Location", () => {
  it("is a link by which the code can be downloaded, for whoever has it and no longer than it is the code", async () => {
    const first = await zipOf({ "index.mjs": answering("one") });
    await createNodeFunction(lambda, "kept", "", { Code: { ZipFile: first } });
    const found = async () => (await lambda.send(new GetFunctionCommand({ FunctionName: "kept" }))).Code!.Location!;
    const before = await found();
    expect(new URL(before).searchParams.get("X-Amz-Expires")).toBe("600");
    expect(sha256(await download(before))).toBe(sha256(first));

    const tampered = new URL(before);
    tampered.searchParams.set("X-Amz-Expires", "6000");
    expect((await fetch(tampered)).status).toBe(403);

    // Other layers: the same code in another deployment.
    const { LayerVersionArn } = await lambda.send(
      new PublishLayerVersionCommand({ LayerName: "kept", Content: { ZipFile: await zipOf({ a: "b" }) } }),
    );
    await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName: "kept", Layers: [LayerVersionArn!] }));
    await settled(lambda, "kept");
    await local.restart("killed");
    // What was told last may not have been written yet: it is done again.
    await settled(lambda, "kept");
    expect(sha256(await download(await found()))).toBe(sha256(first));

    const second = await zipOf({ "index.mjs": answering("two") });
    await lambda.send(new UpdateFunctionCodeCommand({ FunctionName: "kept", ZipFile: second }));
    await settled(lambda, "kept");
    expect(sha256(await download(await found()))).toBe(sha256(second));
    expect((await fetch(before)).status).toBe(404);
  });

  it("is a layer's, too; a layer may come from a bucket", async () => {
    const zip = await zipOf({ "from-bucket": "yes" });
    const s3 = s3Client(local.server);
    await s3.send(new CreateBucketCommand({ Bucket: "layers" }));
    await s3.send(new PutObjectCommand({ Bucket: "layers", Key: "l.zip", Body: zip }));
    const { Content, Version } = await lambda.send(
      new PublishLayerVersionCommand({ LayerName: "stored", Content: { S3Bucket: "layers", S3Key: "l.zip" } }),
    );
    expect(Content!.CodeSha256).toBe(sha256(zip));
    const found = await lambda.send(new GetLayerVersionCommand({ LayerName: "stored", VersionNumber: Version! }));
    expect(sha256(await download(found.Content!.Location!))).toBe(sha256(zip));
  });
});

describe("changes", () => {
  it("are tried without being made, with DryRun", async () => {
    await createNodeFunction(lambda, "dry", answering("one"));
    const ZipFile = await zipOf({ "index.mjs": answering("two") });
    const tried = await lambda.send(new UpdateFunctionCodeCommand({ FunctionName: "dry", ZipFile, DryRun: true }));
    expect(tried.CodeSha256).toBe(sha256(ZipFile));
    expect((await call(lambda, "dry")).value).toBe("one");
    const wrong = new UpdateFunctionCodeCommand({ FunctionName: "dry", ZipFile: Buffer.from("no zip"), DryRun: true });
    await expect(lambda.send(wrong)).rejects.toMatchObject({ name: "InvalidParameterValueException" });
  });

  it("are one at a time, and of the revision that the caller knows", async () => {
    await createNodeFunction(lambda, "revised", answering("one"));
    const stale = new UpdateFunctionConfigurationCommand({
      FunctionName: "revised",
      Timeout: 5,
      RevisionId: "00000000-0000-0000-0000-000000000000",
    });
    await expect(lambda.send(stale)).rejects.toMatchObject({
      name: "PreconditionFailedException",
      $metadata: { httpStatusCode: 412 },
    });
    const change = () => new UpdateFunctionConfigurationCommand({ FunctionName: "revised", Timeout: 5 });
    expect((await lambda.send(change())).LastUpdateStatus).toBe("InProgress");
    await expect(lambda.send(change())).rejects.toMatchObject({
      name: "ResourceConflictException",
      $metadata: { httpStatusCode: 409 },
    });
    await settled(lambda, "revised");
    const { LastUpdateStatus, Timeout } = await lambda.send(
      new GetFunctionConfigurationCommand({ FunctionName: "revised" }),
    );
    expect([LastUpdateStatus, Timeout]).toEqual(["Successful", 5]);
  });
});

describe("limits", () => {
  it("of 250 MB count the layers, when a function is made and when it is changed", async () => {
    const zeros = (megabytes: number) => zipOf({ zeros: { text: Buffer.alloc(megabytes * 1024 * 1024) } });
    const { LayerVersionArn } = await lambda.send(
      new PublishLayerVersionCommand({ LayerName: "large", Content: { ZipFile: await zeros(200) } }),
    );
    const Code = {
      ZipFile: await zipOf({ "index.mjs": answering("x"), zeros: { text: Buffer.alloc(60 * 1024 * 1024) } }),
    };
    const tooMuch = {
      name: "InvalidParameterValueException",
      message: expect.stringContaining("exceeds the maximum allowed size of 262144000 bytes"),
    };
    await expect(createNodeFunction(lambda, "large", "", { Code, Layers: [LayerVersionArn!] })).rejects.toMatchObject(
      tooMuch,
    );
    await createNodeFunction(lambda, "large", "", { Code });
    await expect(
      lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName: "large", Layers: [LayerVersionArn!] })),
    ).rejects.toMatchObject(tooMuch);
    await expect(
      lambda.send(new PublishLayerVersionCommand({ LayerName: "larger", Content: { ZipFile: await zeros(251) } })),
    ).rejects.toMatchObject({ message: expect.stringContaining("262144000") });
  });

  it("are those of AWS's accounts", async () => {
    const { AccountLimit, AccountUsage } = await lambda.send(new GetAccountSettingsCommand({}));
    expect(AccountLimit).toMatchObject({
      CodeSizeUnzipped: 262_144_000,
      CodeSizeZipped: 52_428_800,
      ConcurrentExecutions: 1000,
    });
    expect(AccountUsage!.FunctionCount).toBeGreaterThan(0);
    expect(AccountUsage!.TotalCodeSize).toBeGreaterThan(0);
  });
});
