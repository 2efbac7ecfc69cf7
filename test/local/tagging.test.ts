import { setTimeout as sleep } from "node:timers/promises";
import { CloudWatchLogsClient, CreateLogGroupCommand, DeleteLogGroupCommand } from "@aws-sdk/client-cloudwatch-logs";
import type { LambdaClient } from "@aws-sdk/client-lambda";
import {
  GetComplianceSummaryCommand,
  GetResourcesCommand,
  type GetResourcesCommandInput,
  GetTagKeysCommand,
  GetTagValuesCommand,
  paginateGetResources,
  ResourceGroupsTaggingAPIClient,
  TagResourcesCommand,
  UntagResourcesCommand,
} from "@aws-sdk/client-resource-groups-tagging-api";
import { CreateBucketCommand } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createNodeFunction, lambdaClient } from "../helpers/lambda.ts";
import { startTestLocal, type TestLocal } from "../helpers/local.ts";
import { clientConfig, s3Client } from "../helpers/local-clients.ts";

let local: TestLocal;
let lambda: LambdaClient;
let tagging: ResourceGroupsTaggingAPIClient;

beforeAll(async () => {
  local = await startTestLocal();
  lambda = lambdaClient(local.server);
  tagging = new ResourceGroupsTaggingAPIClient(clientConfig(local.server));
  const source = "export const handler = async () => 1;";
  const owners = { one: "me", two: "me", three: "you" };
  await Promise.all([
    ...Object.entries(owners).map(([name, owner]) =>
      createNodeFunction(lambda, name, source, { Tags: { createdby: "scar", owner } }),
    ),
    createNodeFunction(lambda, "untagged", source),
    new CloudWatchLogsClient(clientConfig(local.server)).send(
      new CreateLogGroupCommand({ logGroupName: "/g", tags: { owner: "me" } }),
    ),
  ]);
});
afterAll(() => local?.stop());

async function found(input: GetResourcesCommandInput): Promise<string[]> {
  const { ResourceTagMappingList } = await tagging.send(new GetResourcesCommand(input));
  return ResourceTagMappingList!.map(({ ResourceARN }) => ResourceARN!.split(":").at(-1)!);
}

describe("GetResources", () => {
  it("finds by tags and type", async () => {
    const mine = [
      { Key: "owner", Values: ["me"] },
      { Key: "createdby", Values: ["scar"] },
    ];
    expect(await found({ TagFilters: mine, ResourceTypeFilters: ["lambda"] })).toEqual(["one", "two"]);
    expect(await found({ TagFilters: [{ Key: "createdby" }] })).toEqual(["one", "three", "two"]);
    expect(
      await found({ TagFilters: [{ Key: "owner", Values: ["me", "you"] }], ResourceTypeFilters: ["lambda:function"] }),
    ).toEqual(["one", "three", "two"]);
    expect(await found({ ResourceTypeFilters: ["logs:log-group"] })).toEqual(["/g"]);
    expect(await found({ ResourceTypeFilters: ["s3"] })).toEqual([]);
    // Names that every object has.
    expect(await found({ TagFilters: [{ Key: "constructor" }] })).toEqual([]);
    const { TagValues } = await tagging.send(new GetTagValuesCommand({ Key: "constructor" }));
    expect(TagValues).toEqual([]);
    expect((await found({})).length).toBe(4);
  });

  it("gives all of them over pages", async () => {
    const arns: string[] = [];
    for await (const page of paginateGetResources(
      { client: tagging },
      { ResourcesPerPage: 1, ResourceTypeFilters: ["lambda"] },
    )) {
      expect(page.ResourceTagMappingList!.length).toBe(1);
      arns.push(page.ResourceTagMappingList![0]!.ResourceARN!);
    }
    expect(arns.length).toBe(3);
    expect(new Set(arns).size).toBe(3);
  });

  it("refuses what AWS refuses", async () => {
    await expect(found({ ResourcesPerPage: 101 })).rejects.toMatchObject({ name: "InvalidParameterException" });
    await expect(found({ ResourceARNList: ["arn:aws:s3:::b"], ResourceTypeFilters: ["s3"] })).rejects.toMatchObject({
      name: "InvalidParameterException",
    });
    await expect(tagging.send(new GetComplianceSummaryCommand({}))).rejects.toMatchObject({
      $metadata: { httpStatusCode: 501 },
    });
  });

  it("finds by ARN", async () => {
    const arn = `arn:aws:lambda:us-east-1:${local.server.accountId}:function:`;
    expect(await found({ ResourceARNList: [`${arn}one`, `${arn}none`] })).toEqual(["one"]);
  });
});

it("keys and values are told", async () => {
  expect((await tagging.send(new GetTagKeysCommand({}))).TagKeys).toEqual(["createdby", "owner"]);
  expect((await tagging.send(new GetTagValuesCommand({ Key: "owner" }))).TagValues).toEqual(["me", "you"]);
});

it("functions, log groups and buckets are tagged and untagged; what fails is told of each", async () => {
  const { accountId } = local.server;
  await s3Client(local.server).send(new CreateBucketCommand({ Bucket: "tagged-bucket" }));
  const arns = [
    `arn:aws:lambda:us-east-1:${accountId}:function:untagged`,
    `arn:aws:logs:us-east-1:${accountId}:log-group:/g`,
    "arn:aws:s3:::tagged-bucket",
  ];
  const none = `arn:aws:lambda:us-east-1:${accountId}:function:none`;
  const { FailedResourcesMap } = await tagging.send(
    new TagResourcesCommand({ ResourceARNList: [...arns, none], Tags: { stage: "test", "two words": "x" } }),
  );
  expect(FailedResourcesMap).toMatchObject({ [none]: { StatusCode: 400, ErrorCode: "InvalidParameterException" } });
  const tagged = { TagFilters: [{ Key: "stage", Values: ["test"] }] };
  expect(await found(tagged)).toEqual(["untagged", "/g", "tagged-bucket"]);
  expect(await found({ ...tagged, ResourceTypeFilters: ["s3"] })).toEqual(["tagged-bucket"]);
  const removed = await tagging.send(new UntagResourcesCommand({ ResourceARNList: arns, TagKeys: ["stage"] }));
  expect(removed.FailedResourcesMap).toEqual({});
  expect(await found(tagged)).toEqual([]);
  expect(await found({ TagFilters: [{ Key: "two words" }, { Key: "owner" }] })).toEqual(["/g"]);
});

it("can be told to lag behind, for what is made and for what is gone", async () => {
  const lagging = await startTestLocal({ behaviour: "tagging-delay=1500" });
  try {
    const client = new ResourceGroupsTaggingAPIClient(clientConfig(lagging.server));
    const logs = new CloudWatchLogsClient(clientConfig(lagging.server));
    const count = async () => (await client.send(new GetResourcesCommand({}))).ResourceTagMappingList!.length;
    const until = async (wanted: number, since: number): Promise<number> => {
      while ((await count()) !== wanted) await sleep(50);
      return Date.now() - since;
    };
    const made = Date.now();
    await logs.send(new CreateLogGroupCommand({ logGroupName: "/late", tags: { a: "1" } }));
    expect(await count()).toBe(0);
    expect(await until(1, made)).toBeGreaterThanOrEqual(1490);
    const gone = Date.now();
    await logs.send(new DeleteLogGroupCommand({ logGroupName: "/late" }));
    expect(await count()).toBe(1);
    expect(await until(0, gone)).toBeGreaterThanOrEqual(1490);
  } finally {
    await lagging.stop();
  }
});
