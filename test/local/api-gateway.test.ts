import { GetResourcesCommand, ResourceGroupsTaggingAPIClient } from "@aws-sdk/client-resource-groups-tagging-api";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { deploy, gateway, gatewayOk, lambdaUri, proxyApi } from "../helpers/api-gateway.ts";
import { startTestLocal, type TestLocal } from "../helpers/local.ts";
import { clientConfig } from "../helpers/local-clients.ts";
import { send } from "../helpers/local-signed.ts";

const FUNCTION = "arn:aws:lambda:us-east-1:000000000000:function:f";

let local: TestLocal;
beforeAll(async () => {
  local = await startTestLocal();
});
afterAll(() => local.stop());

const ask = (method: string, path: string, input?: unknown) => gateway(local.server, method, path, input);
const ok = (method: string, path: string, input?: unknown) => gatewayOk(local.server, method, path, input);
async function refusal(method: string, path: string, input?: unknown) {
  const { status, error, document } = await ask(method, path, input);
  return [status, error, document.message];
}
const patch = (...patchOperations: object[]) => ({ patchOperations });

describe("REST APIs", () => {
  it("are made, read, changed and deleted", async () => {
    const made = await ok("POST", "/restapis", {
      name: "first",
      description: "text",
      endpointConfiguration: { types: ["REGIONAL"] },
      binaryMediaTypes: ["image/png"],
      tags: { createdby: "scar" },
    });
    expect(made).toMatchObject({
      id: expect.stringMatching(/^[a-z0-9]{10}$/),
      name: "first",
      description: "text",
      createdDate: expect.any(Number),
      apiKeySource: "HEADER",
      endpointConfiguration: { types: ["REGIONAL"] },
      binaryMediaTypes: ["image/png"],
      tags: { createdby: "scar" },
      disableExecuteApiEndpoint: false,
      rootResourceId: expect.any(String),
    });
    const path = `/restapis/${made.id}`;
    expect(await ok("GET", path)).toEqual(made);
    const changed = await ok(
      "PATCH",
      path,
      patch(
        { op: "replace", path: "/name", value: "second" },
        { op: "remove", path: "/description" },
        { op: "add", path: "/binaryMediaTypes/application~1pdf" },
        { op: "remove", path: "/binaryMediaTypes/image~1png" },
      ),
    );
    expect(changed).toMatchObject({ name: "second", binaryMediaTypes: ["application/pdf"] });
    expect(changed).not.toHaveProperty("description");
    expect(await ok("GET", path)).toEqual(changed);
    expect((await ask("DELETE", path)).status).toBe(202);
    const gone = [404, "NotFoundException", `Invalid API identifier specified ${local.server.accountId}:${made.id}`];
    expect(await refusal("GET", path)).toEqual(gone);
    expect(await refusal("DELETE", path)).toEqual(gone);
    expect(await refusal("GET", `${path}/resources`)).toEqual(gone);
  });

  it("are listed in pages", async () => {
    const ids = new Set<string>();
    for (let n = 0; n < 5; n++) ids.add((await ok("POST", "/restapis", { name: `page${n}` })).id);
    const seen: string[] = [];
    let position: string | undefined;
    do {
      const query: string = position === undefined ? "" : `&position=${encodeURIComponent(position)}`;
      const page = await ok("GET", `/restapis?limit=2${query}`);
      expect(page.item.length).toBeLessThanOrEqual(2);
      seen.push(...page.item.map(({ id }: { id: string }) => id));
      position = page.position;
    } while (position !== undefined);
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen).toEqual(expect.arrayContaining([...ids]));
    expect(await refusal("GET", "/restapis?limit=0")).toEqual([400, "BadRequestException", expect.any(String)]);
    for (const id of ids) await ok("DELETE", `/restapis/${id}`);
  });

  it("that cannot be served are refused by name", async () => {
    expect(await refusal("POST", "/restapis", {})).toEqual([400, "BadRequestException", expect.any(String)]);
    expect(await refusal("POST", "/restapis", { name: "n", endpointConfiguration: { types: ["MOON"] } })).toEqual([
      400,
      "BadRequestException",
      expect.any(String),
    ]);
    const unserved = [
      { endpointConfiguration: { types: ["PRIVATE"] } },
      { policy: "{}" },
      { cloneFrom: "abc" },
      { minimumCompressionSize: 0 },
    ];
    for (const more of unserved) {
      expect(await refusal("POST", "/restapis", { name: "n", ...more })).toEqual([
        501,
        "NotImplemented",
        expect.any(String),
      ]);
    }
    expect(await refusal("GET", "/apikeys")).toEqual([501, "NotImplemented", expect.stringContaining("GetApiKeys")]);
    expect(await refusal("GET", "/restapis/abc/models/Empty")).toEqual([
      501,
      "NotImplemented",
      expect.stringContaining("GetModel "),
    ]);
    expect(await refusal("GET", "/v2/apis")).toEqual([501, "NotImplemented", expect.stringContaining("V2")]);
    expect(await refusal("GET", "/nothing")).toEqual([404, "UnknownOperationException", expect.any(String)]);
    const badPatch = patch({ op: "replace", path: "/colour", value: "red" });
    const { id } = await ok("POST", "/restapis", { name: "n" });
    expect(await refusal("PATCH", `/restapis/${id}`, badPatch)).toEqual([
      400,
      "BadRequestException",
      expect.stringContaining("'/colour'"),
    ]);
    expect(await refusal("PATCH", `/restapis/${id}`, { patchOperations: [{ op: "fly", path: "/name" }] })).toEqual([
      400,
      "BadRequestException",
      expect.any(String),
    ]);
  });

  it("need a signature", async () => {
    const headers = {
      authorization:
        "AWS4-HMAC-SHA256 Credential=AKIAX/20260101/us-east-1/apigateway/aws4_request, SignedHeaders=host, Signature=0",
      "x-amz-date": "20260101T000000Z",
      host: `127.0.0.1:${local.server.port}`,
    };
    const answer = await send({ port: local.server.port, path: "/restapis", headers });
    expect(answer.status).toBe(403);
    expect(answer.headers["x-amzn-errortype"]).toBe("UnrecognizedClientException");
  });
});

describe("resources", () => {
  it("are a tree with AWS's rules", async () => {
    const { id, rootResourceId: root } = await ok("POST", "/restapis", { name: "tree" });
    const resources = `/restapis/${id}/resources`;
    const make = (parent: string, pathPart?: string) => ok("POST", `${resources}/${parent}`, { pathPart });
    const refused = (parent: string, pathPart?: string) => refusal("POST", `${resources}/${parent}`, { pathPart });
    const pets = await make(root, "pets");
    expect(pets).toEqual({
      id: expect.stringMatching(/^[a-z0-9]{6}$/),
      parentId: root,
      pathPart: "pets",
      path: "/pets",
    });
    const pet = await make(pets.id, "{pet}");
    expect(pet.path).toBe("/pets/{pet}");
    const rest = await make(pet.id, "{rest+}");
    expect(await refused(root, "pets")).toEqual([
      409,
      "ConflictException",
      "Another resource with the same parent already has this name: pets",
    ]);
    expect(await refused(pets.id, "{proxy+}")).toEqual([
      400,
      "BadRequestException",
      "A sibling ({pet}) of this resource already has a variable path part -- only one is allowed",
    ]);
    expect(await refused(rest.id, "x")).toEqual([400, "BadRequestException", expect.any(String)]);
    for (const part of ["a/b", "{open", "a{b}", "", "{}", "{a+b}"]) {
      expect(await refused(root, part), part).toEqual([400, "BadRequestException", expect.any(String)]);
    }
    expect(await refused("absent", "x")).toEqual([404, "NotFoundException", "Invalid Resource identifier specified"]);
    expect((await ok("GET", resources)).item.map(({ path }: { path: string }) => path).sort()).toEqual([
      "/",
      "/pets",
      "/pets/{pet}",
      "/pets/{pet}/{rest+}",
    ]);
    expect((await ok("GET", `${resources}?limit=3`)).position).toEqual(expect.any(String));
    expect((await ask("DELETE", `${resources}/${pets.id}`)).status).toBe(202);
    expect((await ok("GET", resources)).item).toHaveLength(1);
    expect(await refusal("DELETE", `${resources}/${root}`)).toEqual([400, "BadRequestException", expect.any(String)]);
  });
});

describe("methods and integrations", () => {
  it("are there once for a verb, and shown with their resources when asked", async () => {
    const api = await proxyApi(local.server, FUNCTION);
    const method = `${api.path}/resources/${api.proxyId}/methods/ANY`;
    expect(await refusal("PUT", method, { authorizationType: "NONE" })).toEqual([
      409,
      "ConflictException",
      "Method already exists for this resource",
    ]);
    expect(await ok("GET", method)).toEqual({
      httpMethod: "ANY",
      authorizationType: "NONE",
      apiKeyRequired: false,
      requestParameters: { "method.request.header.X-Amz-Invocation-Type": false },
      methodIntegration: {
        type: "AWS_PROXY",
        httpMethod: "POST",
        uri: lambdaUri(FUNCTION),
        requestParameters: {
          "integration.request.header.X-Amz-Invocation-Type": "method.request.header.X-Amz-Invocation-Type",
        },
        passthroughBehavior: "WHEN_NO_MATCH",
        timeoutInMillis: 29_000,
        cacheNamespace: api.proxyId,
        cacheKeyParameters: [],
      },
    });
    const found = async (query: string) =>
      (await ok("GET", `${api.path}/resources/${api.proxyId}${query}`)).resourceMethods;
    expect(await found("")).toEqual({ ANY: {} });
    expect((await found("?embed=methods")).ANY.methodIntegration.type).toBe("AWS_PROXY");
    const embedded = await ok("GET", `${api.path}/resources?embed=methods&limit=500`);
    expect(embedded.item.every((one: { resourceMethods: object }) => "ANY" in one.resourceMethods)).toBe(true);
    const changed = await ok("PATCH", method, patch({ op: "replace", path: "/authorizationType", value: "AWS_IAM" }));
    expect(changed.authorizationType).toBe("AWS_IAM");
    const integration = await ok(
      "PATCH",
      `${method}/integration`,
      patch({ op: "replace", path: "/timeoutInMillis", value: "5000" }),
    );
    expect(integration.timeoutInMillis).toBe(5000);
    expect((await ask("DELETE", method)).status).toBe(204);
    expect(await refusal("GET", `${method}/integration`)).toEqual([
      404,
      "NotFoundException",
      "Invalid Method identifier specified",
    ]);
  });

  it("are refused as on AWS, or by name when they are not served", async () => {
    const api = await proxyApi(local.server, FUNCTION);
    const root = `${api.path}/resources/${api.rootId}/methods`;
    expect(await refusal("PUT", `${root}/FLY`, { authorizationType: "NONE" })).toEqual([
      400,
      "BadRequestException",
      expect.any(String),
    ]);
    expect(await refusal("PUT", `${root}/GET`, { authorizationType: "MAYBE" })).toEqual([
      400,
      "BadRequestException",
      expect.any(String),
    ]);
    expect(await refusal("PUT", `${root}/GET`, { authorizationType: "CUSTOM" })).toEqual([
      501,
      "NotImplemented",
      expect.any(String),
    ]);
    await ok("PUT", `${root}/GET`, { authorizationType: "NONE" });
    const put = (input: object) =>
      refusal("PUT", `${root}/GET/integration`, {
        type: "AWS_PROXY",
        httpMethod: "POST",
        uri: lambdaUri(FUNCTION),
        ...input,
      });
    expect(await refusal("GET", `${root}/GET/integration`)).toEqual([
      404,
      "NotFoundException",
      "Invalid Integration identifier specified",
    ]);
    expect(await put({ httpMethod: undefined })).toEqual([400, "BadRequestException", expect.any(String)]);
    expect(await put({ uri: "https://example.com" })).toEqual([
      400,
      "BadRequestException",
      "Invalid ARN specified in the request",
    ]);
    expect(await put({ timeoutInMillis: 29_001 })).toEqual([400, "BadRequestException", expect.any(String)]);
    expect(await put({ type: "NONE" })).toEqual([400, "BadRequestException", expect.any(String)]);
    const undeclared = {
      "integration.request.header.X-Amz-Invocation-Type": "method.request.header.X-Amz-Invocation-Type",
    };
    expect(await put({ requestParameters: undeclared })).toEqual([
      400,
      "BadRequestException",
      expect.stringMatching(/^Invalid mapping expression/),
    ]);
    for (const input of [
      { type: "MOCK" },
      { type: "HTTP_PROXY", uri: "https://example.com" },
      { uri: "arn:aws:apigateway:us-east-1:sqs:path/1/queue" },
      { credentials: "arn:aws:iam::000000000000:role/r" },
      { type: "AWS" },
      { connectionType: "VPC_LINK" },
      { responseTransferMode: "STREAM" },
      { requestParameters: { "integration.request.header.X-Other": "'1'" } },
    ]) {
      expect(await put(input), JSON.stringify(input)).toEqual([
        501,
        "NotImplemented",
        expect.stringContaining("PutIntegration"),
      ]);
    }
    const template = {
      type: "AWS",
      passthroughBehavior: "WHEN_NO_TEMPLATES",
      requestParameters: { "integration.request.header.X-Amz-Invocation-Type": "'Event'" },
      requestTemplates: { "text/csv": "$input.body" },
    };
    expect(await put(template)).toEqual([501, "NotImplemented", expect.stringContaining("text/csv")]);
  });
});

describe("deployments and stages", () => {
  it("need a method with an integration", async () => {
    const { id, rootResourceId } = await ok("POST", "/restapis", { name: "empty" });
    expect(await refusal("POST", `/restapis/${id}/deployments`, {})).toEqual([
      400,
      "BadRequestException",
      "The REST API doesn't contain any methods",
    ]);
    await ok("PUT", `/restapis/${id}/resources/${rootResourceId}/methods/GET`, { authorizationType: "NONE" });
    expect(await refusal("POST", `/restapis/${id}/deployments`, {})).toEqual([
      400,
      "BadRequestException",
      "No integration defined for method",
    ]);
  });

  it("a stage shows the deployment that it is told to", async () => {
    const api = await proxyApi(local.server, FUNCTION);
    const first = await deploy(local.server, api);
    const stage = await ok("GET", `${api.path}/stages/scar`);
    expect(stage).toMatchObject({ stageName: "scar", deploymentId: first.id, createdDate: expect.any(Number) });
    const second = await deploy(local.server, api);
    expect((await ok("GET", `${api.path}/stages/scar`)).deploymentId).toBe(second.id);
    expect((await ok("GET", `${api.path}/deployments`)).item).toHaveLength(2);
    const changed = await ok(
      "PATCH",
      `${api.path}/stages/scar`,
      patch(
        { op: "replace", path: "/deploymentId", value: first.id },
        { op: "add", path: "/variables/colour", value: "grey" },
      ),
    );
    expect(changed).toMatchObject({ deploymentId: first.id, variables: { colour: "grey" } });
    expect(await refusal("DELETE", `${api.path}/deployments/${first.id}`)).toEqual([
      400,
      "BadRequestException",
      expect.any(String),
    ]);
    expect((await ask("DELETE", `${api.path}/deployments/${second.id}`)).status).toBe(202);
    expect(await refusal("POST", `${api.path}/stages`, { stageName: "scar", deploymentId: first.id })).toEqual([
      409,
      "ConflictException",
      expect.any(String),
    ]);
    await ok("POST", `${api.path}/stages`, { stageName: "more", deploymentId: first.id });
    expect(
      (await ok("GET", `${api.path}/stages`)).item.map((one: { stageName: string }) => one.stageName).sort(),
    ).toEqual(["more", "scar"]);
    expect(await refusal("POST", `${api.path}/deployments`, { stageName: "a b" })).toEqual([
      400,
      "BadRequestException",
      expect.any(String),
    ]);
    expect((await ask("DELETE", `${api.path}/stages/scar`)).status).toBe(202);
    expect(await refusal("GET", `${api.path}/stages/scar`)).toEqual([
      404,
      "NotFoundException",
      "Invalid stage identifier specified",
    ]);
    const throttling = patch({ op: "replace", path: "/*/*/throttling/rateLimit", value: "1" });
    expect(await refusal("PATCH", `${api.path}/stages/more`, throttling)).toEqual([
      501,
      "NotImplemented",
      expect.any(String),
    ]);
  });
});

describe("tags", () => {
  it("are seen by the tagging API", async () => {
    const { id } = await ok("POST", "/restapis", { name: "tagged", tags: { team: "a" } });
    const arn = `arn:aws:apigateway:us-east-1::/restapis/${id}`;
    const path = `/tags/${encodeURIComponent(arn)}`;
    expect((await ask("PUT", path, { tags: { more: "b" } })).status).toBe(204);
    expect((await ok("GET", path)).tags).toEqual({ team: "a", more: "b" });
    expect((await ok("GET", `/restapis/${id}`)).tags).toEqual({ team: "a", more: "b" });
    const tagging = new ResourceGroupsTaggingAPIClient(clientConfig(local.server));
    const find = async () =>
      (
        await tagging.send(
          new GetResourcesCommand({ ResourceTypeFilters: ["apigateway:restapis"], TagFilters: [{ Key: "more" }] }),
        )
      ).ResourceTagMappingList!.map(({ ResourceARN }) => ResourceARN);
    expect(await find()).toEqual([arn]);
    expect((await ask("DELETE", `${path}?tagKeys=more&tagKeys=absent`)).status).toBe(204);
    expect(await find()).toEqual([]);
    expect(await refusal("GET", `/tags/${encodeURIComponent(`${arn}x`)}`)).toEqual([
      404,
      "NotFoundException",
      expect.any(String),
    ]);
    expect(await refusal("PUT", path, { tags: { "aws:x": "1" } })).toEqual([
      400,
      "BadRequestException",
      expect.any(String),
    ]);
  });
});

describe("the state", () => {
  it("keeps what many write to one API at once", async () => {
    const { id, rootResourceId } = await ok("POST", "/restapis", { name: "busy" });
    const path = `/restapis/${id}`;
    const parts = Array.from({ length: 20 }, (_, n) => `p${n}`);
    await Promise.all([
      ...parts.map((pathPart) => ok("POST", `${path}/resources/${rootResourceId}`, { pathPart })),
      ...parts.map((type) => ok("PATCH", path, patch({ op: "add", path: `/binaryMediaTypes/a~1${type}` }))),
      ...parts.map((key) => ask("PUT", `/tags/arn:aws:apigateway:us-east-1::${path}`, { tags: { [key]: "" } })),
    ]);
    expect((await ok("GET", `${path}/resources?limit=500`)).item).toHaveLength(21);
    const { binaryMediaTypes, tags } = await ok("GET", path);
    expect(binaryMediaTypes).toHaveLength(20);
    expect(Object.keys(tags)).toHaveLength(20);
  });

  it.each(["gently", "killed"] as const)("survives a server that ended: %s", async (how) => {
    const api = await proxyApi(local.server, FUNCTION, { tags: { keep: "me" } });
    await deploy(local.server, api);
    const seen = async () => [
      await ok("GET", api.path),
      await ok("GET", `${api.path}/resources?embed=methods`),
      await ok("GET", `${api.path}/stages/scar`),
      await ok("GET", `${api.path}/deployments`),
    ];
    const before = await seen();
    await local.restart(how);
    expect(await seen()).toEqual(before);
  });
});

it("refuses a second deletion in the pause that the server was asked for", async () => {
  const pausing = await startTestLocal({ behaviour: "api-deletion-pause=60000" });
  try {
    const [first, second] = [
      await gatewayOk(pausing.server, "POST", "/restapis", { name: "1" }),
      await gatewayOk(pausing.server, "POST", "/restapis", { name: "2" }),
    ];
    expect((await gateway(pausing.server, "DELETE", `/restapis/${first.id}`)).status).toBe(202);
    const refused = await gateway(pausing.server, "DELETE", `/restapis/${second.id}`);
    expect([refused.status, refused.error]).toEqual([429, "TooManyRequestsException"]);
    expect((await gateway(pausing.server, "GET", `/restapis/${second.id}`)).status).toBe(200);
  } finally {
    await pausing.stop();
  }
});
