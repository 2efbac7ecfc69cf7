import { describe, expect, it } from "vitest";
import type { FunctionSpec } from "../../../../src/fdl/spec.ts";
import { checkInit, unfinished } from "../../../../src/providers/aws/plan/check-init.ts";
import { planInit } from "../../../../src/providers/aws/plan/init.ts";
import { readInitState } from "../../../../src/providers/aws/plan/init-state.ts";
import { planRollback } from "../../../../src/providers/aws/plan/rollback.ts";
import type { Plan, Step } from "../../../../src/providers/aws/plan/steps.ts";
import {
  ACCOUNT_ID,
  type Account,
  arnOf,
  bucketHere,
  layerPackage,
  OWNER,
  packageOf,
  REGION,
  remoteOf,
  specOf,
} from "./memory-remote.ts";

async function plan(specs: readonly FunctionSpec[], account: Account = {}): Promise<Plan> {
  const state = await readInitState(specs, remoteOf(account));
  checkInit(specs, state);
  return planInit(specs.map(packageOf), state);
}

const kinds = (found: Plan): string[][] => found.map((stage) => stage.map((step) => step.kind));
const stepsOf = <K extends Step["kind"]>(found: Plan, kind: K): Extract<Step, { kind: K }>[] =>
  found.flat().filter((step): step is Extract<Step, { kind: K }> => step.kind === kind);

describe("planInit", () => {
  it("makes everything in an empty account, folders before notifications, ready last", async () => {
    const found = await plan([specOf("grey", { input: ["photos/in"], output: ["photos/out"] })]);
    expect(kinds(found)).toEqual([
      ["publish-layer"],
      ["create-function"],
      ["await-active", "create-log-group", "create-bucket"],
      ["create-folder", "create-folder", "allow-bucket"],
      ["change-notifications"],
      ["mark-ready"],
    ]);
    expect(stepsOf(found, "change-notifications")[0]!.change).toEqual({
      bucket: "photos",
      functionArns: [arnOf("grey")],
      triggers: [{ functionArn: arnOf("grey"), prefix: "in/", suffix: "" }],
    });
    expect(stepsOf(found, "allow-bucket")[0]).toMatchObject({
      bucketArn: "arn:aws:s3:::photos",
      accountId: ACCOUNT_ID,
    });
    expect(stepsOf(found, "create-bucket")[0]!.region).toBe(REGION);
  });

  it("tags the function as deploying, with owner and name", async () => {
    const found = await plan([specOf("grey")]);
    expect(stepsOf(found, "create-function")[0]!.definition.tags).toEqual({
      createdby: "scar",
      owner: OWNER,
      "scar:function": "grey",
      "scar:state": "deploying",
    });
  });

  it("writes one notification for all functions on a bucket, and one permission a function and bucket", async () => {
    const found = await plan([specOf("a", { input: ["photos/a", "photos/b"] }), specOf("b", { input: ["photos/c"] })]);
    const changes = stepsOf(found, "change-notifications");
    expect(changes).toHaveLength(1);
    expect(changes[0]!.change.triggers.map((trigger) => trigger.prefix)).toEqual(["a/", "b/", "c/"]);
    expect(stepsOf(found, "allow-bucket").map((step) => step.functionName)).toEqual(["a", "b"]);
  });

  it("publishes the layer only when no version has its content", async () => {
    const layers = {
      "scar-supervisor": [
        { arn: "arn:layer:3", description: "1.2.3 sha256:other", architectures: [] },
        { arn: "arn:layer:2", description: layerPackage.description, architectures: [] },
      ],
    };
    const found = await plan([specOf("grey")], { layers });
    expect(stepsOf(found, "publish-layer")).toEqual([]);
    expect(stepsOf(found, "create-function")[0]!.definition.supervisorLayer).toMatchObject({ arn: "arn:layer:2" });
  });

  it("publishes a layer of one name once for each content", async () => {
    const specs = ["a", "b", "c"].map((name) => specOf(name));
    const state = await readInitState(specs, remoteOf({}));
    const contents = ["1.2.3 sha256:amd64", "1.2.3 sha256:arm64", "1.2.3 sha256:amd64"];
    const packages = specs.map((spec, i) => {
      return { ...packageOf(spec), layer: { ...layerPackage, description: contents[i]! } };
    });
    const found = planInit(packages, state);
    expect(stepsOf(found, "publish-layer").map(({ layer }) => layer.description)).toEqual(contents.slice(0, 2));
    const wanted = stepsOf(found, "create-function").map(({ definition }) => definition.supervisorLayer);
    expect(wanted).toMatchObject(contents.map((description) => ({ name: "scar-supervisor", description })));
  });

  it("leaves what is there: buckets, folders, log groups", async () => {
    const found = await plan([specOf("grey", { input: ["photos/in"] })], {
      buckets: { photos: bucketHere },
      folders: ["photos/in/"],
      logGroups: { "/aws/lambda/grey": {} },
    });
    expect(kinds(found).flat()).not.toContain("create-bucket");
    expect(kinds(found).flat()).not.toContain("create-folder");
    expect(kinds(found).flat()).not.toContain("create-log-group");
    expect(kinds(found).flat()).not.toContain("set-retention");
  });

  it("goes on with an init of ours that was cut", async () => {
    const tags = { createdby: "scar", owner: OWNER, "scar:function": "grey", "scar:state": "deploying" };
    const found = await plan([specOf("grey")], {
      functions: { grey: { tags } },
      logGroups: { "/aws/lambda/grey": tags },
    });
    expect(kinds(found).slice(1, 3)).toEqual([["resume-function"], ["await-active", "set-retention"]]);
  });

  it("leaves what was ready when an init of several was cut, and stops at it when there is nothing to go on with", async () => {
    const own = { createdby: "scar", owner: OWNER };
    const ready = { tags: { ...own, "scar:state": "ready" } };
    const others = { grey: ready, blue: { tags: { ...own, "scar:state": "deploying" } } };
    const specs = [specOf("grey"), specOf("blue"), specOf("red")];
    const names = async (functions: Account["functions"]) =>
      unfinished(specs, await readInitState(specs, remoteOf({ functions: functions! }))).map(
        ({ lambda }) => lambda.name,
      );
    expect(await names(others)).toEqual(["blue", "red"]);
    expect(await names({ grey: ready })).toEqual(["grey", "blue", "red"]);
    const foreign = { tags: { ...ready.tags, owner: "AIDAOTHER" } };
    expect(await names({ ...others, grey: foreign })).toEqual(["grey", "blue", "red"]);
  });

  it.each([
    ["ready", { createdby: "scar", owner: OWNER, "scar:state": "ready" }],
    ["of the original", { createdby: "scar", owner: OWNER }],
    ["of another owner", { createdby: "scar", owner: "AIDAOTHER", "scar:state": "deploying" }],
    ["of nobody", {}],
  ])("stops at an existing function that is %s", async (_, tags) => {
    await expect(plan([specOf("grey")], { functions: { grey: { tags } } })).rejects.toThrow(
      "Function 'grey' already exists",
    );
  });

  it("explains a bucket that belongs to somebody else", async () => {
    await expect(
      plan([specOf("grey", { output: ["photos/out"] })], { buckets: { photos: { kind: "forbidden" } } }),
    ).rejects.toThrow("bucket 'photos' exists and may not be used");
  });

  it("explains an input bucket in another region; an output may be anywhere", async () => {
    const buckets = { photos: { kind: "found", region: "us-east-1" } } as const;
    await expect(plan([specOf("grey", { input: ["photos/in"] })], { buckets })).rejects.toThrow("us-east-1");
    await expect(plan([specOf("grey", { output: ["photos/out"] })], { buckets })).resolves.toBeDefined();
  });

  it("finds overlaps with the notifications of others before anything is written", async () => {
    const others = {
      QueueConfigurations: [
        {
          QueueArn: "arn:aws:sqs:eu-south-2:123456789012:q",
          Events: ["s3:ObjectCreated:Put" as const],
          Filter: { Key: { FilterRules: [{ Name: "prefix" as const, Value: "in/raw/" }] } },
        },
      ],
    };
    const account = { buckets: { photos: bucketHere }, notifications: { photos: others } };
    await expect(plan([specOf("grey", { input: ["photos/in"] })], account)).rejects.toThrow(
      "already notifies arn:aws:sqs:eu-south-2:123456789012:q of files in 'in/raw/'",
    );
    await expect(plan([specOf("grey", { input: ["photos/out"] })], account)).resolves.toBeDefined();
  });

  it("leaves overlaps to an S3 that took those of others", async () => {
    const all = { LambdaFunctionArn: arnOf("other"), Events: ["s3:ObjectCreated:*" as const] };
    const filter = { Key: { FilterRules: [{ Name: "prefix" as const, Value: "other/" }] } };
    const account = {
      buckets: { photos: bucketHere },
      notifications: {
        photos: {
          LambdaFunctionConfigurations: [
            { ...all, Filter: filter },
            { ...all, Filter: filter },
          ],
        },
      },
    };
    await expect(plan([specOf("grey", { input: ["photos/other"] })], account)).resolves.toBeDefined();
  });

  it("refuses names that no bucket can have", async () => {
    await expect(plan([specOf("grey", { output: ["Bad_Name/out"] })])).rejects.toThrow("'Bad_Name'");
  });

  it("sends a package through the deployment bucket, made when missing", async () => {
    const spec = specOf("grey", { deployment: { bucket: "deploy", max_payload_size: 1, max_s3_payload_size: 1 } });
    const found = await plan([spec]);
    expect(kinds(found).slice(0, 2)).toEqual([["publish-layer", "create-bucket"], ["upload-package"]]);
    expect(stepsOf(found, "create-function")[0]!.definition.code).toEqual({
      kind: "bucket",
      bucket: "deploy",
      key: "lambda/grey.zip",
    });
  });
});

it("names resources in the partition that STS tells, and in the region of the session", async () => {
  const spec = specOf("grey", { input: ["photos/in"] });
  const identity = { accountId: "123456789012", partition: "aws-cn", owner: OWNER };
  const state = await readInitState([spec], {
    ...remoteOf({}),
    region: "cn-north-1",
    identity: async () => identity,
  });
  const arns = JSON.stringify(planInit([packageOf(spec)], state)).match(/arn:[^"]*/g) ?? [];
  const own = arns.filter((arn) => !arn.includes(":role/"));
  expect([...new Set(own)].sort()).toEqual([
    "arn:aws-cn:lambda:cn-north-1:123456789012:function:grey",
    "arn:aws-cn:s3:::photos",
  ]);
});

describe("planRollback", () => {
  it("takes back functions, log groups and notifications that were made, never buckets or layers", async () => {
    const done = (await plan([specOf("grey", { input: ["photos/in"] })])).flat();
    expect(kinds(planRollback(done))).toEqual([["change-notifications"], ["delete-function"], ["delete-log-group"]]);
  });

  it("keeps a function that was found and its notifications", async () => {
    const tags = { createdby: "scar", owner: OWNER, "scar:state": "deploying" };
    const done = (await plan([specOf("grey", { input: ["photos/in"] })], { functions: { grey: { tags } } })).flat();
    expect(kinds(planRollback(done))).toEqual([["delete-log-group"]]);
  });

  it("takes back the package of a function that it made, not of one that it found", async () => {
    const spec = specOf("grey", { deployment: { bucket: "packages", max_payload_size: 1, max_s3_payload_size: 1 } });
    const tags = { createdby: "scar", owner: OWNER, "scar:state": "deploying" };
    const place = { kind: "delete-package", functionName: "grey", bucket: "packages", key: "lambda/grey.zip" };
    expect(planRollback((await plan([spec])).flat()).flat()).toContainEqual(place);
    const found = await plan([spec], { functions: { grey: { tags } } });
    expect(planRollback(found.flat()).flat()).not.toContainEqual(place);
  });

  it("takes back nothing of what was not reached", () => {
    expect(planRollback([])).toEqual([]);
  });
});
