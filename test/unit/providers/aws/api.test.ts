import { describe, expect, it } from "vitest";
import type { ApiSection } from "../../../../src/fdl/contract.ts";
import { BINARY_TEMPLATE, TEXT_TEMPLATE } from "../../../../src/providers/aws/api/async-template.ts";
import { defineApi, deploymentDescription, routesOf } from "../../../../src/providers/aws/api/definition.ts";
import { endpointUrl } from "../../../../src/providers/aws/api/endpoint.ts";
import { planInit } from "../../../../src/providers/aws/plan/init.ts";
import { readInitState } from "../../../../src/providers/aws/plan/init-state.ts";
import { planRm } from "../../../../src/providers/aws/plan/rm.ts";
import { readRmState } from "../../../../src/providers/aws/plan/rm-state.ts";
import type { Plan } from "../../../../src/providers/aws/plan/steps.ts";
import { type Account, arnOf, OWNER, packageOf, REGION, remoteOf, specOf } from "./memory-remote.ts";

describe("the address of an API", () => {
  it.each([
    ["aws", "eu-west-1", "https://abc.execute-api.eu-west-1.amazonaws.com/scar/launch"],
    ["aws-us-gov", "us-gov-west-1", "https://abc.execute-api.us-gov-west-1.amazonaws.com/scar/launch"],
    ["aws-cn", "cn-north-1", "https://abc.execute-api.cn-north-1.amazonaws.com.cn/scar/launch"],
  ])("in partition %s", (partition, region, url) => {
    expect(endpointUrl({ region }, partition, "abc")).toBe(url);
  });

  it("is below a custom endpoint", () => {
    const session = { region: "us-east-1", endpoint: "http://localhost:4566/" };
    expect(endpointUrl(session, "aws", "abc", "async")).toBe("http://localhost:4566/_aws/execute-api/abc/scar/async");
  });
});

const identity = { accountId: "123456789012", partition: "aws-cn", owner: OWNER };
const apiOf = (section: Partial<ApiSection> = {}) =>
  defineApi({ name: "web", authorizationType: "NONE", binary_media_types: [], ...section }, identity, REGION, "grey");

function templatesFor(...binary_media_types: string[]): Readonly<Record<string, string>> {
  const route = routesOf(apiOf({ binary_media_types })).find(({ path }) => path === "/async");
  return route!.integration.requestTemplates!;
}

describe("templates of /async", () => {
  const types = ["application/json", "application/octet-stream", "application/x-www-form-urlencoded", "text/plain"];

  it("are for text without binary media types", () => {
    expect(templatesFor()).toEqual(Object.fromEntries(types.map((type) => [type, TEXT_TEMPLATE])));
  });

  it("are for base64 where the type is binary, by itself or by its range", () => {
    expect(templatesFor("image/png", "text/*")).toEqual({
      "application/json": TEXT_TEMPLATE,
      "application/octet-stream": TEXT_TEMPLATE,
      "application/x-www-form-urlencoded": TEXT_TEMPLATE,
      "text/plain": BINARY_TEMPLATE,
      "image/png": BINARY_TEMPLATE,
    });
    expect(new Set(Object.values(templatesFor("*/*")))).toEqual(new Set([BINARY_TEMPLATE]));
  });

  it("have names and values escaped, and an apostrophe as JSON has it", () => {
    expect(TEXT_TEMPLATE.match(/escapeJavaScript\([^)]*\)?\)/g)).toHaveLength(5);
    expect(TEXT_TEMPLATE.match(/\.replaceAll\("\\\\'", "'"\)/g)).toHaveLength(5);
  });
});

it("a deployment's description tells definitions apart", () => {
  const descriptions = [
    apiOf(),
    apiOf({ authorizationType: "AWS_IAM" }),
    apiOf({ binary_media_types: ["image/png"] }),
    apiOf({ binary_media_types: ["image/*"] }),
  ].map(deploymentDescription);
  expect(new Set(descriptions).size).toBe(4);
  expect(deploymentDescription(apiOf({ name: "renamed" }))).toBe(descriptions[0]);
});

const tags = { createdby: "scar", owner: OWNER, "scar:function": "grey" };
const api = (id: string, own: Readonly<Record<string, string>> = tags) => ({
  id,
  name: "web",
  tags: own,
  binaryMediaTypes: [],
});
const spec = {
  ...specOf("grey"),
  api_gateway: { name: "web", authorizationType: "NONE", binary_media_types: [] } as const,
};

async function planned(account: Account): Promise<Plan> {
  return planInit([packageOf(spec)], await readInitState([spec], remoteOf(account)));
}

async function removed(account: Account): Promise<string[]> {
  const plan = planRm(await readRmState([{ functionName: "grey" }], remoteOf(account)));
  return plan.flat().flatMap((step) => (step.kind === "delete-api" ? [step.apiId] : []));
}

describe("which API is a function's own", () => {
  it("is none of another function or owner", async () => {
    const others = [
      api("x", { ...tags, "scar:function": "other" }),
      api("y", { ...tags, owner: "AIDAOTHER" }),
      api("z", {}),
    ];
    expect((await planned({ apis: others })).flat().map(({ kind }) => kind)).toContain("create-api");
    expect(await removed({ apis: others })).toEqual([]);
  });

  it("is the oldest of those that a cut init made; the others are deleted", async () => {
    const found = (await planned({ apis: [api("old"), api("new")] })).flat();
    expect(found.filter(({ kind }) => kind === "create-api")).toEqual([]);
    expect(found).toContainEqual(expect.objectContaining({ kind: "deploy-api", reference: { id: "old" } }));
    expect(found).toContainEqual({ kind: "delete-api", functionName: "grey", apiId: "new" });
    expect(await removed({ apis: [api("old"), api("new")] })).toEqual(["old", "new"]);
  });

  it("is one without tags that calls it, named by its variable or its policy", async () => {
    const apis = [api("original", {}), api("permitted", {}), api("copied", {})];
    const apiTargets = { original: arnOf("grey"), permitted: arnOf("grey"), copied: arnOf("other") };
    const grey = { tags: { createdby: "scar" }, variables: { API_GATEWAY_ID: "original" } };
    const apiPermissions = { grey: ["permitted", "copied", "gone"].map((apiId) => ({ statementId: apiId, apiId })) };
    expect(await removed({ functions: { grey }, apis, apiTargets, apiPermissions })).toEqual(["original", "permitted"]);
  });
});
