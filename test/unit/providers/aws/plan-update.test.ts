import { describe, expect, it } from "vitest";
import { ScarError } from "../../../../src/errors.ts";
import { encodeFdlVariable, type LambdaSection } from "../../../../src/fdl/contract.ts";
import type { FunctionSpec } from "../../../../src/fdl/spec.ts";
import { stepDocument } from "../../../../src/providers/aws/plan/step-document.ts";
import type { Plan } from "../../../../src/providers/aws/plan/steps.ts";
import { planUpdate } from "../../../../src/providers/aws/plan/update.ts";
import { checkUpdate, readUpdateState } from "../../../../src/providers/aws/plan/update-state.ts";
import { isOriginal, upgradedConfig, upgradedRuntime } from "../../../../src/providers/aws/plan/upgraded-config.ts";
import type { RemoteDetails } from "../../../../src/providers/aws/remote-state.ts";
import { type Account, arnOf, bucketHere, OWNER, packageOf, remoteOf, specOf } from "./memory-remote.ts";

const detailsOf = (account: Account): RemoteDetails => ({
  ...remoteOf(account),
  bucketPermissions: async () => [],
  eventConfig: async () => undefined,
  logRetention: async () => 30,
  deployedApi: async () => undefined,
});

const spec = specOf("grey", { input: ["photos/in"] });
const tags = { createdby: "scar", owner: OWNER, "scar:function": "grey", "scar:state": "ready" };

async function plan(account: Account, replace: boolean): Promise<Plan> {
  const state = await readUpdateState([spec], detailsOf(account));
  checkUpdate([spec], state, replace);
  return planUpdate([packageOf(spec)], state);
}

describe("a function that runs from an image of the user's", () => {
  const account: Account = {
    functions: {
      grey: {
        tags,
        variables: {
          FDL: encodeFdlVariable({
            ...spec.lambda,
            runtime: "image",
            container: { ...spec.lambda.container, create_image: false },
          }),
        },
        configuration: { PackageType: "Image" },
      },
    },
    logGroups: { "/aws/lambda/grey": { createdby: "scar" } },
    buckets: { photos: bucketHere },
    folders: ["photos/in/"],
    notifications: {
      photos: {
        LambdaFunctionConfigurations: [
          {
            LambdaFunctionArn: arnOf("grey"),
            Events: ["s3:ObjectCreated:*"],
            Filter: { Key: { FilterRules: [{ Name: "prefix", Value: "in/" }] } },
          },
        ],
      },
    },
  };

  it("is refused without --replace, which the hint names", async () => {
    const error = await plan(account, false).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ScarError);
    expect(error).toMatchObject({ code: "NotInPlace", hint: expect.stringContaining("--replace") });
  });

  it("is deleted and made again with it; log group, bucket and notification stay", async () => {
    const found = await plan(account, true);
    expect(found.map((stage) => stage.map((step) => step.kind))).toEqual([
      ["tag-function"],
      ["publish-layer"],
      ["delete-function"],
      ["create-function"],
      ["await-active"],
      ["allow-bucket"],
      ["mark-ready"],
    ]);
  });

  it("leaves the places of its old file before it is deleted, as nothing tells of them afterwards", async () => {
    const grey = account.functions!["grey"]!;
    const deployment = { bucket: "packages", max_payload_size: 1, max_s3_payload_size: 1 };
    const old = specOf("grey", { input: ["left/in", "photos/in"], deployment });
    const steps = await plan(
      {
        ...account,
        functions: { grey: { ...grey, variables: { FDL: encodeFdlVariable(old.lambda) } } },
        buckets: { photos: bucketHere, left: bucketHere, packages: bucketHere },
        notifications: { ...account.notifications, left: account.notifications!["photos"]! },
        packages: { "packages/lambda/grey.zip": "grey" },
      },
      true,
    );
    expect(steps.map((stage) => stage.map((step) => step.kind))).toEqual([
      ["tag-function"],
      ["publish-layer"],
      ["change-notifications"],
      ["delete-package"],
      ["delete-function"],
      ["create-function"],
      ["await-active"],
      ["allow-bucket"],
      ["mark-ready"],
    ]);
    expect(steps[2]).toMatchObject([{ change: { bucket: "left", functionArns: [arnOf("grey")], triggers: [] } }]);
  });

  it.each([
    ["kept", { name: "web" }, ["deploy-api"]],
    ["no longer wanted", undefined, ["delete-api"]],
  ])("has the original's API (%s) tagged or deleted before it is deleted itself", async (_, api_gateway, before) => {
    const grey = account.functions!["grey"]!;
    const variables = { ...grey.variables, API_GATEWAY_ID: "abc123" };
    const withApi = {
      ...account,
      functions: { grey: { ...grey, variables } },
      apis: [{ id: "abc123", name: "web", tags: {}, binaryMediaTypes: [] }],
      apiTargets: { abc123: arnOf("grey") },
    };
    const wanted: FunctionSpec = {
      ...spec,
      ...(api_gateway && { api_gateway: { ...api_gateway, authorizationType: "NONE", binary_media_types: [] } }),
    };
    const state = await readUpdateState([wanted], detailsOf(withApi));
    const kinds = planUpdate([packageOf(wanted)], state)
      .flat()
      .map((step) => step.kind);
    const deletion = kinds.indexOf("delete-function");
    expect(kinds.slice(0, deletion).filter((kind) => kind.endsWith("-api"))).toEqual(before);
    expect(kinds.slice(deletion).filter((kind) => kind.endsWith("-api"))).toEqual(api_gateway ? ["allow-api"] : []);
  });

  it("is made when a replacement that was cut has deleted it", async () => {
    const { functions: _, ...rest } = account;
    await expect(plan(rest, false)).rejects.toMatchObject({ code: "FunctionNotFound" });
    const kinds = (await plan(rest, true)).flat().map((step) => step.kind);
    expect(kinds).toEqual(["publish-layer", "create-function", "await-active", "allow-bucket", "mark-ready"]);
  });

  it("is refused with --replace too while it has a repository of scar's", async () => {
    const grey = {
      ...account.functions!["grey"]!,
      variables: { FDL: encodeFdlVariable({ ...spec.lambda, runtime: "image" }) },
    };
    const error = await plan({ ...account, functions: { grey } }, true).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "NotSupportedYet" });
  });
});

it("the document of a step has no value of the environment", async () => {
  const secret = specOf("grey", { environment: { Variables: { TOKEN: "not-for-anyone" } } });
  const state = await readUpdateState([secret], detailsOf({ functions: { grey: { tags } } }));
  const built = packageOf(secret);
  const steps = planUpdate(
    [{ ...built, config: { ...built.config, environment: { Variables: { TOKEN: "not-for-anyone" } } } }],
    state,
  ).flat();
  const text = JSON.stringify(steps.map(stepDocument));
  expect(text).toContain('"TOKEN"');
  expect(text).not.toContain("not-for-anyone");
  expect(text).not.toContain(Buffer.from("not-for-anyone").toString("base64").slice(0, 12));
});

describe("the original's functions", () => {
  it.each([
    ["python3.7", "nodejs24.x"],
    ["python3.12", "nodejs24.x"],
    [undefined, "nodejs24.x"],
    ["nodejs22.x", "nodejs22.x"],
  ])("runtime %s becomes %s", (runtime, upgraded) => {
    expect(upgradedRuntime(runtime)).toBe(upgraded);
  });

  it("are known by the runtime of the function or of its FDL", () => {
    const remote = (Runtime: "python3.7" | "nodejs24.x", fdl: string) => ({
      arn: "",
      tags: {},
      codeSha256: "",
      configuration: { Runtime },
      variables: { FDL: Buffer.from(JSON.stringify({ runtime: fdl })).toString("base64") },
    });
    expect(isOriginal(remote("python3.7", "python3.7"))).toBe(true);
    // Its code was changed, its configuration not yet.
    expect(isOriginal(remote("nodejs24.x", "python3.7"))).toBe(true);
    expect(isOriginal(remote("nodejs24.x", "nodejs24.x"))).toBe(false);
  });

  it("keep their configuration; what leads to the original's supervisor goes, and doing it twice changes nothing", () => {
    const config = {
      name: "old",
      runtime: "python3.7",
      memory: 512,
      layers: ["arn:aws:lambda:eu-south-2:1:layer:faas-supervisor:3", "arn:aws:lambda:eu-south-2:1:layer:mine:1"],
      environment: {
        Variables: { FDL: "e30=", MINE: "1", UDOCKER_EXEC: "/opt/udocker/udocker.py", UDOCKER_DIR: "/mnt/images" },
      },
      supervisor: { layer_name: "faas-supervisor", license_info: "Apache 2.0", version: "1.5.8" },
      storage_providers: { minio: { my: { secret_key: "s" } } },
      input: [{ storage_provider: "s3", path: "a/in" }],
    } as unknown as LambdaSection;
    const upgraded = upgradedConfig("old", config);
    expect(upgraded).toMatchObject({
      memory: 512,
      runtime: "nodejs24.x",
      handler: "old.lambda_handler",
      layers: ["arn:aws:lambda:eu-south-2:1:layer:mine:1"],
      environment: { Variables: { MINE: "1", UDOCKER_DIR: "/mnt/images" } },
      supervisor: { layer_name: "scar-supervisor" },
      storage_providers: { minio: { my: { secret_key: "s" } } },
      input: [{ storage_provider: "s3", path: "a/in" }],
    });
    expect(upgraded.environment.Variables).not.toHaveProperty("FDL");
    expect(upgradedConfig("old", upgraded)).toEqual(upgraded);
  });
});
