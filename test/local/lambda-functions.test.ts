import {
  AddPermissionCommand,
  CreateFunctionCommand,
  DeleteFunctionCommand,
  GetFunctionCommand,
  GetFunctionConfigurationCommand,
  GetPolicyCommand,
  type LambdaClient,
  ListFunctionsCommand,
  ListTagsCommand,
  PublishVersionCommand,
  paginateListFunctions,
  RemovePermissionCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateFunctionCodeCommand,
  UpdateFunctionConfigurationCommand,
} from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { call, createNodeFunction, lambdaClient, ROLE, settled, zipOf } from "../helpers/lambda.ts";
import { startTestLocal, type TestLocal } from "../helpers/local.ts";

let local: TestLocal;
let lambda: LambdaClient;

beforeAll(async () => {
  local = await startTestLocal();
  lambda = lambdaClient(local.server);
});
afterAll(() => local?.stop());

const HELLO = "export const handler = async () => 'hello';";

async function create(more: object, files: Parameters<typeof zipOf>[0] = { "index.mjs": HELLO }) {
  return lambda.send(
    new CreateFunctionCommand({
      FunctionName: "made",
      Runtime: "nodejs24.x",
      Handler: "index.handler",
      Role: ROLE,
      Code: { ZipFile: await zipOf(files) },
      ...more,
    }),
  );
}

describe("functions", () => {
  it("is Pending when created, then Active, with AWS's fields", async () => {
    const created = await create({
      FunctionName: "fields",
      Environment: { Variables: { GREETING: "it's" } },
      Tags: { a: "b" },
    });
    expect(created).toMatchObject({
      FunctionName: "fields",
      FunctionArn: `arn:aws:lambda:${local.server.region}:${local.server.accountId}:function:fields`,
      Runtime: "nodejs24.x",
      Role: ROLE,
      Handler: "index.handler",
      Timeout: 3,
      MemorySize: 128,
      State: "Pending",
      StateReasonCode: "Creating",
      Version: "$LATEST",
      PackageType: "Zip",
      EphemeralStorage: { Size: 512 },
      Environment: { Variables: { GREETING: "it's" } },
    });
    expect(created.CodeSha256).toMatch(/^[A-Za-z0-9+/]{43}=$/);
    expect(created.LastModified).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000$/);
    await settled(lambda, "fields");
    const { Configuration, Tags } = await lambda.send(new GetFunctionCommand({ FunctionName: created.FunctionArn! }));
    expect(Configuration).toMatchObject({
      State: "Active",
      LastUpdateStatus: "Successful",
      CodeSha256: created.CodeSha256,
    });
    expect(Tags).toEqual({ a: "b" });
  });

  it("is refused while it is Pending", async () => {
    // For a tenth of a second: on a busy machine the call may come too late.
    for (let n = 0; n < 20; n++) {
      await create({ FunctionName: `pending-${n}` });
      const refused = await call(lambda, `pending-${n}`).then(
        () => undefined,
        ({ name }: Error) => name,
      );
      if (refused === undefined) continue;
      expect(refused).toBe("ResourceConflictException");
      return;
    }
    expect.unreachable("no call came in time");
  });

  it("is listed in pages", async () => {
    await Promise.all(["page-1", "page-2", "page-3"].map((name) => createNodeFunction(lambda, name, HELLO)));
    const names: string[] = [];
    for await (const page of paginateListFunctions({ client: lambda, pageSize: 2 }, {})) {
      expect(page.Functions!.length).toBeLessThanOrEqual(2);
      for (const { FunctionName, State } of page.Functions!) {
        expect(State).toBeUndefined();
        names.push(FunctionName!);
      }
    }
    expect(names).toEqual([...names].sort());
    expect(names).toEqual(expect.arrayContaining(["page-1", "page-2", "page-3"]));
    expect((await lambda.send(new ListFunctionsCommand({ MaxItems: 1 }))).NextMarker).toBeDefined();
  });

  it("are changed by one of those who change the code at once", async () => {
    await createNodeFunction(lambda, "contended", "export const handler = async () => 0;");
    const zips = await Promise.all(
      [1, 2, 3].map((n) => zipOf({ "index.mjs": `export const handler = async () => ${n};` })),
    );
    const results = await Promise.allSettled(
      zips.map((ZipFile) => lambda.send(new UpdateFunctionCodeCommand({ FunctionName: "contended", ZipFile }))),
    );
    expect(results.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected", "rejected"]);
    for (const result of results) {
      if (result.status === "rejected") expect(result.reason).toMatchObject({ name: "ResourceConflictException" });
    }
    await settled(lambda, "contended");
    const winner = results.findIndex(({ status }) => status === "fulfilled");
    expect((await call(lambda, "contended")).value).toBe(winner + 1);
  });

  it("changes its code and its settings, and warm environments with them", async () => {
    const source = (text: string) =>
      `export const handler = async () => [${JSON.stringify(text)}, process.env.COLOUR];`;
    await createNodeFunction(lambda, "changing", source("one"));
    expect((await call(lambda, "changing")).value).toEqual(["one", null]);

    const updated = await lambda.send(
      new UpdateFunctionCodeCommand({ FunctionName: "changing", ZipFile: await zipOf({ "index.mjs": source("two") }) }),
    );
    expect(updated.LastUpdateStatus).toBe("InProgress");
    await expect(
      lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName: "changing", Timeout: 5 })),
    ).rejects.toMatchObject({ name: "ResourceConflictException" });
    // The old code serves until the new one is there.
    expect((await call(lambda, "changing")).value).toEqual(["one", null]);
    await settled(lambda, "changing");
    expect((await call(lambda, "changing")).value).toEqual(["two", null]);

    await lambda.send(
      new UpdateFunctionConfigurationCommand({
        FunctionName: "changing",
        Timeout: 7,
        Environment: { Variables: { COLOUR: "grey" } },
      }),
    );
    await settled(lambda, "changing");
    expect((await call(lambda, "changing")).value).toEqual(["two", "grey"]);
    expect(await lambda.send(new GetFunctionConfigurationCommand({ FunctionName: "changing" }))).toMatchObject({
      Timeout: 7,
    });
  });

  it("is gone when deleted", async () => {
    await createNodeFunction(lambda, "deleted", HELLO);
    await call(lambda, "deleted");
    await lambda.send(new DeleteFunctionCommand({ FunctionName: "deleted" }));
    const gone = { name: "ResourceNotFoundException", $metadata: { httpStatusCode: 404 } };
    await expect(call(lambda, "deleted")).rejects.toMatchObject(gone);
    await expect(lambda.send(new DeleteFunctionCommand({ FunctionName: "deleted" }))).rejects.toMatchObject(gone);
    await createNodeFunction(lambda, "deleted", HELLO);
    expect((await call(lambda, "deleted")).value).toBe("hello");
  });

  it.each([
    [{ FunctionName: "no spaces" }, "ValidationException", "no spaces"],
    [{ FunctionName: "x".repeat(65) }, "ValidationException", "xxx"],
    [{ MemorySize: 127 }, "ValidationException", "greater than or equal to 128"],
    [{ MemorySize: 10_241 }, "ValidationException", "less than or equal to 10240"],
    [{ Timeout: 0 }, "ValidationException", "greater than or equal to 1"],
    [{ Timeout: 901 }, "ValidationException", "less than or equal to 900"],
    [{ EphemeralStorage: { Size: 511 } }, "ValidationException", "512"],
    [{ Runtime: "python3.12" }, "InvalidParameterValueException", "python3.12"],
    [{ Role: "lambda-role" }, "ValidationException", "lambda-role"],
    [{ Handler: "with space" }, "ValidationException", "with space"],
    [
      { Layers: Array.from({ length: 6 }, (_, i) => `arn:aws:lambda:us-east-1:123456789012:layer:l:${i}`) },
      "InvalidParameterValueException",
      "5 layers",
    ],
    [
      { Layers: ["arn:aws:lambda:us-east-1:123456789012:layer:missing:1"] },
      "InvalidParameterValueException",
      "layer:missing:1",
    ],
    [{ Environment: { Variables: { BIG: "x".repeat(4096) } } }, "InvalidParameterValueException", "4KB"],
    [{ Environment: { Variables: { AWS_REGION: "mine" } } }, "InvalidParameterValueException", "AWS_REGION"],
    [{ Environment: { Variables: { "a-b": "x" } } }, "ValidationException", "a-b"],
    [{ Code: { ZipFile: Buffer.from("no zip") } }, "InvalidParameterValueException", "unzip"],
    [{ Code: {} }, "InvalidParameterValueException", "source for function code"],
    [{ Code: { S3Bucket: "nowhere", S3Key: "code.zip" } }, "InvalidParameterValueException", "NoSuchKey"],
  ])("refuses %j", async (wrong, name, part) => {
    await expect(create(wrong)).rejects.toMatchObject({ name, message: expect.stringContaining(part) });
  });

  it("refuses a second function of the same name", async () => {
    await create({ FunctionName: "twice" });
    await expect(create({ FunctionName: "twice" })).rejects.toMatchObject({
      name: "ResourceConflictException",
      message: "Function already exist: twice",
    });
    await settled(lambda, "twice");
  });

  it("names an operation that is not served", async () => {
    await createNodeFunction(lambda, "unserved", HELLO);
    await expect(lambda.send(new PublishVersionCommand({ FunctionName: "unserved" }))).rejects.toMatchObject({
      $metadata: { httpStatusCode: 501 },
      message: expect.stringContaining("PublishVersion"),
    });
  });
});

describe("permissions and tags", () => {
  it("keeps statements of the policy", async () => {
    const arn = await createNodeFunction(lambda, "permitted", HELLO);
    const permission = {
      FunctionName: "permitted",
      StatementId: "s3",
      Action: "lambda:InvokeFunction",
      Principal: "s3.amazonaws.com",
      SourceArn: "arn:aws:s3:::bucket",
      SourceAccount: "123456789012",
    };
    await expect(lambda.send(new GetPolicyCommand({ FunctionName: "permitted" }))).rejects.toMatchObject({
      name: "ResourceNotFoundException",
    });
    await lambda.send(new AddPermissionCommand(permission));
    await expect(lambda.send(new AddPermissionCommand(permission))).rejects.toMatchObject({
      name: "ResourceConflictException",
    });
    const { Policy } = await lambda.send(new GetPolicyCommand({ FunctionName: "permitted" }));
    expect(JSON.parse(Policy!).Statement).toEqual([
      {
        Sid: "s3",
        Effect: "Allow",
        Principal: { Service: "s3.amazonaws.com" },
        Action: "lambda:InvokeFunction",
        Resource: arn,
        Condition: {
          StringEquals: { "AWS:SourceAccount": "123456789012" },
          ArnLike: { "AWS:SourceArn": "arn:aws:s3:::bucket" },
        },
      },
    ]);
    await lambda.send(new RemovePermissionCommand({ FunctionName: "permitted", StatementId: "s3" }));
    await expect(
      lambda.send(new RemovePermissionCommand({ FunctionName: "permitted", StatementId: "s3" })),
    ).rejects.toMatchObject({ name: "ResourceNotFoundException" });
  });

  it("sets and removes tags", async () => {
    const arn = await createNodeFunction(lambda, "tagged", HELLO, { Tags: { keep: "1", drop: "2" } });
    await lambda.send(new TagResourceCommand({ Resource: arn, Tags: { more: "3" } }));
    await lambda.send(new UntagResourceCommand({ Resource: arn, TagKeys: ["drop"] }));
    expect((await lambda.send(new ListTagsCommand({ Resource: arn }))).Tags).toEqual({ keep: "1", more: "3" });
  });
});
