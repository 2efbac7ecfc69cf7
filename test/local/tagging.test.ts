import { CloudWatchLogsClient, CreateLogGroupCommand } from "@aws-sdk/client-cloudwatch-logs";
import type { LambdaClient } from "@aws-sdk/client-lambda";
import {
  GetResourcesCommand,
  type GetResourcesCommandInput,
  GetTagKeysCommand,
  paginateGetResources,
  ResourceGroupsTaggingAPIClient,
} from "@aws-sdk/client-resource-groups-tagging-api";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createNodeFunction, lambdaClient } from "../helpers/lambda.ts";
import { startTestLocal, type TestLocal } from "../helpers/local.ts";
import { clientConfig } from "../helpers/local-clients.ts";

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
    await expect(tagging.send(new GetTagKeysCommand({}))).rejects.toMatchObject({ $metadata: { httpStatusCode: 501 } });
  });
});
