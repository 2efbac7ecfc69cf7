/** HTTP endpoints: what init, update, ls and rm do with API Gateway. */
import { DeleteRestApiCommand, GetRestApiCommand } from "@aws-sdk/client-api-gateway";
import { GetFunctionCommand, GetPolicyCommand, LambdaClient, TagResourceCommand } from "@aws-sdk/client-lambda";
import { afterAll, afterEach, beforeAll, expect, it, vi } from "vitest";
import { apiGateway, apiIds, deploymentsOf, resourcesOf } from "../helpers/apis.ts";
import { type Gate, openGate } from "../helpers/gate.ts";
import { ROLE } from "../helpers/lambda.ts";
import { startTestLocal, type TestLocal } from "../helpers/local.ts";
import { clientConfig } from "../helpers/local-clients.ts";
import { runScar } from "../helpers/run.ts";
import { documents, Project, s3 } from "./init-project.ts";

let local: TestLocal;
let project: Project;
let lambda: LambdaClient;
let client: ReturnType<typeof apiGateway>;
let gate: Gate;

beforeAll(async () => {
  local = await startTestLocal();
  project = await Project.create(local);
  lambda = new LambdaClient(clientConfig(local.server));
  client = apiGateway(local.server);
  gate = await openGate(local.server.endpoint);
  vi.stubEnv("AWS_ACCESS_KEY_ID", local.server.accessKeyId);
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", local.server.secretAccessKey);
});
afterEach(() => {
  gate.forbid(() => false);
  gate.lose(() => false);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await gate.close();
  await local.stop();
});

const NAME = "web";

/** An FDL with one function and its API. */
function fdl(name: string, api: object | undefined, lambdaFields: object = {}): string {
  const section = {
    lambda: {
      name,
      memory: 256,
      timeout: 30,
      container: { image_file: "image.tar" },
      init_script: "count.sh",
      ...lambdaFields,
    },
  };
  project.write(
    `${name}.yaml`,
    JSON.stringify({ functions: { aws: [{ ...section, iam: { role: ROLE }, ...(api && { api_gateway: api }) }] } }),
  );
  return `${name}.yaml`;
}

async function variablesOf(name: string): Promise<Record<string, string>> {
  const { Configuration } = await lambda.send(new GetFunctionCommand({ FunctionName: name }));
  return Configuration?.Environment?.Variables ?? {};
}

async function statementsOf(name: string): Promise<Record<string, unknown>[]> {
  const { Policy = "{}" } = await lambda.send(new GetPolicyCommand({ FunctionName: name }));
  return JSON.parse(Policy).Statement;
}

it("init makes a regional API with a route that waits and one that does not, and lets it alone call the function", async () => {
  const file = fdl(NAME, undefined);
  const { code, stdout, stderr } = await project.scar(["init", "-f", file, "-api", "mine"]);
  expect(code, stderr).toBe(0);
  const [id] = await apiIds(client, "mine");
  const url = `${local.server.endpoint}/_aws/execute-api/${id}/scar/launch`;
  expect(stdout).toBe(
    `API Gateway endpoint: ${url}\nFunction 'web' successfully created.\nLog group '/aws/lambda/web' successfully created.\n`,
  );
  expect(stderr).toContain("The endpoint of function 'web' is public");
  expect((await variablesOf(NAME))["API_GATEWAY_ID"]).toBe(id);

  const api = await client.send(new GetRestApiCommand({ restApiId: id }));
  expect(api).toMatchObject({
    name: "mine",
    endpointConfiguration: { types: ["REGIONAL"] },
    tags: { createdby: "scar", owner: expect.any(String), "scar:function": "web" },
  });
  expect(api.binaryMediaTypes ?? []).toEqual([]);
  const resources = await resourcesOf(client, id!);
  expect(Object.keys(resources).sort()).toEqual(["/", "/async", "/{proxy+}"]);
  const header = "request.header.X-Amz-Invocation-Type";
  for (const path of ["/", "/{proxy+}"]) {
    expect(resources[path]?.resourceMethods?.["ANY"]).toMatchObject({
      authorizationType: "NONE",
      requestParameters: { [`method.${header}`]: false },
      methodIntegration: {
        type: "AWS_PROXY",
        httpMethod: "POST",
        uri: expect.stringMatching(/:lambda:path\/2015-03-31\/functions\/arn:aws:lambda:.*:function:web\/invocations$/),
        requestParameters: { [`integration.${header}`]: `method.${header}` },
      },
    });
  }
  expect(resources["/async"]?.resourceMethods?.["ANY"]).toMatchObject({
    authorizationType: "NONE",
    methodResponses: { 202: {} },
    methodIntegration: {
      type: "AWS",
      passthroughBehavior: "WHEN_NO_TEMPLATES",
      requestParameters: { [`integration.${header}`]: "'Event'" },
      integrationResponses: { 202: { responseTemplates: { "application/json": '{"message": "accepted"}' } } },
    },
  });
  expect(await statementsOf(NAME)).toEqual([
    expect.objectContaining({
      Sid: `scar-api-${id}`,
      Principal: { Service: "apigateway.amazonaws.com" },
      Condition: {
        StringEquals: { "AWS:SourceAccount": "000000000000" },
        ArnLike: { "AWS:SourceArn": `arn:aws:execute-api:${local.server.region}:000000000000:${id}/*` },
      },
    }),
  ]);
});

it("its routes answer: one with what the script wrote, one at once", async () => {
  const [id] = await apiIds(client, "mine");
  const base = `${local.server.endpoint}/_aws/execute-api/${id}/scar`;
  const waited = await fetch(`${base}/launch`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: '{"it": "\'s"}',
  });
  expect(waited.status).toBe(200);
  expect(Buffer.from(await waited.text(), "base64").toString()).toContain("counting ");
  const taken = await fetch(`${base}/async?a=1`, {
    method: "POST",
    headers: { "content-type": "text/plain" },
    body: "later",
  });
  expect({ status: taken.status, body: await taken.json() }).toEqual({ status: 202, body: { message: "accepted" } });
  expect(taken.headers.get("amz-lambda-request-id")).toMatch(/^[0-9a-f-]{36}$/);
  const refused = await fetch(`${base}/async`, {
    method: "POST",
    headers: { "content-type": "image/gif" },
    body: "GIF",
  });
  expect(refused.status).toBe(415);
});

it("ls shows where it answers", async () => {
  const [id] = await apiIds(client, "mine");
  const url = `${local.server.endpoint}/_aws/execute-api/${id}/scar/launch`;
  expect(await project.ok("ls")).toContain(`  ${url}  `);
  const [{ Functions }] = documents(await project.ok("ls", "-j")) as [{ Functions: object[] }];
  expect(Functions).toContainEqual(expect.objectContaining({ Name: "web", Api_gateway: url }));
});

it("rm deletes the API with the function", async () => {
  const [id] = await apiIds(client, "mine");
  expect(await project.ok("rm", "-n", NAME, "--dry-run")).toContain(`delete API '${id}' of function 'web'\n`);
  expect(await project.ok("rm", "-n", NAME)).toBe(
    `API Endpoint '${id}' successfully deleted.\n` +
      "Log group '/aws/lambda/web' successfully deleted.\n" +
      "Function 'web' successfully deleted.\n",
  );
  expect(await apiIds(client)).toEqual([]);
});

it("tells of it in JSON, and rm does not mind an API that is gone", async () => {
  const file = fdl("json", { name: "documents" });
  const made = documents(await project.ok("init", "-f", file, "-j"));
  const [id] = await apiIds(client, "documents");
  expect(made[0]).toEqual({
    APIGateway: { RestApiId: id, Endpoint: `${local.server.endpoint}/_aws/execute-api/${id}/scar/launch` },
  });
  expect(made.slice(1).map((document) => Object.keys(document as object))).toEqual([
    ["LambdaOutput"],
    ["CloudWatchOutput"],
  ]);
  await client.send(new DeleteRestApiCommand({ restApiId: id }));
  expect(
    documents(await project.ok("rm", "-n", "json", "-j")).map((document) => Object.keys(document as object)),
  ).toEqual([["CloudWatchOutput"], ["LambdaOutput"]]);
  await project.ok("init", "-f", file);
  expect(documents(await project.ok("rm", "-n", "json", "-j"))[0]).toEqual({
    APIGateway: { RequestId: expect.any(String), HTTPStatusCode: 202 },
  });
});

it("--dry-run tells the steps, and writes nothing", async () => {
  const file = fdl("dry", { name: "dry", binary_media_types: ["image/png"], method: { authorizationType: "AWS_IAM" } });
  const { code, stdout, stderr } = await project.scar(["init", "-f", file, "--dry-run", "-j"]);
  expect(code).toBe(0);
  expect(stderr).not.toContain("is public");
  const [{ Steps }] = documents(stdout) as [{ Steps: Record<string, unknown>[] }];
  const api = { FunctionName: "dry", Name: "dry", AuthorizationType: "AWS_IAM", BinaryMediaTypes: ["image/png"] };
  expect(Steps).toContainEqual({ Kind: "create-api", ...api });
  expect(Steps).toContainEqual({ Kind: "deploy-api", ...api });
  expect(Steps).toContainEqual({ Kind: "allow-api", FunctionName: "dry" });
  const created = Steps.find(({ Kind }) => Kind === "create-function");
  expect(created?.["EnvironmentNames"]).toContain("API_GATEWAY_ID");
  expect(await apiIds(client, "dry")).toEqual([]);
});

it("update adds an API, changes who may call it, and takes it away, in place", async () => {
  await project.ok("init", "-f", fdl("change", undefined));
  const update = (api: object | undefined) => project.ok("update", "-f", fdl("change", api));

  expect(await update({ name: "late" })).toContain("API Gateway endpoint: ");
  const [id] = await apiIds(client, "late");
  expect((await variablesOf("change"))["API_GATEWAY_ID"]).toBe(id);
  expect((await statementsOf("change")).map(({ Sid }) => Sid)).toEqual([`scar-api-${id}`]);
  expect(await update({ name: "late" })).toBe("Function 'change': nothing to change.\n");
  expect((await deploymentsOf(client, id!)).count).toBe(1);

  await update({ name: "late", method: { authorizationType: "AWS_IAM" } });
  const proxy = (await resourcesOf(client, id!))["/{proxy+}"];
  expect(proxy?.resourceMethods?.["ANY"]?.authorizationType).toBe("AWS_IAM");
  // The stage serves what was deployed last.
  expect((await deploymentsOf(client, id!)).count).toBe(2);

  const iam = { name: "late", method: { authorizationType: "AWS_IAM" }, binary_media_types: ["image/png", "audio/*"] };
  await update(iam);
  const resources = await resourcesOf(client, id!);
  for (const path of ["/", "/{proxy+}", "/async"]) {
    expect(resources[path]?.resourceMethods?.["ANY"]?.authorizationType).toBe("AWS_IAM");
  }
  const asynchronous = resources["/async"]?.resourceMethods?.["ANY"]?.methodIntegration;
  expect(asynchronous?.contentHandling).toBe("CONVERT_TO_TEXT");
  expect(asynchronous?.requestTemplates?.["image/png"]).toContain('"isBase64Encoded": true');
  expect(asynchronous?.requestTemplates?.["application/json"]).not.toContain('"isBase64Encoded": true');
  const { binaryMediaTypes } = await client.send(new GetRestApiCommand({ restApiId: id }));
  expect([...(binaryMediaTypes ?? [])].sort()).toEqual(["audio/*", "image/png"]);
  expect((await deploymentsOf(client, id!)).count).toBe(3);
  expect(await update(iam)).toBe("Function 'change': nothing to change.\n");

  await update({ name: "renamed" });
  const renamed = await client.send(new GetRestApiCommand({ restApiId: id }));
  expect(renamed).toMatchObject({ name: "renamed" });
  expect(renamed.binaryMediaTypes ?? []).toEqual([]);

  expect(await update(undefined)).toBe(
    `API Endpoint '${id}' successfully deleted.\nFunction 'change' successfully updated.\n`,
  );
  expect(await apiIds(client, "renamed")).toEqual([]);
  expect(await variablesOf("change")).not.toHaveProperty("API_GATEWAY_ID");
  expect(await update(undefined)).toBe("Function 'change': nothing to change.\n");
  await project.ok("rm", "-n", "change");
});

it("init that was cut goes on with its API, and makes no other", async () => {
  const file = fdl("again", { name: "again" });
  await project.ok("init", "-f", file);
  const { Configuration } = await lambda.send(new GetFunctionCommand({ FunctionName: "again" }));
  const tags = { Resource: Configuration?.FunctionArn, Tags: { "scar:state": "deploying" } };
  await lambda.send(new TagResourceCommand(tags));
  const [id] = await apiIds(client, "again");
  expect(await project.ok("init", "-f", file)).toContain(`/${id}/scar/launch\n`);
  expect(await apiIds(client, "again")).toEqual([id]);
  expect((await deploymentsOf(client, id!)).count).toBe(1);
  await project.ok("rm", "-n", "again");
});

/** By way of the gate, without --local. */
const gated = (...argv: readonly string[]) =>
  runScar(argv, { cwd: project.folder, env: { AWS_ENDPOINT_URL: gate.endpoint, AWS_REGION: local.server.region } });

it("init that fails takes its API back", async () => {
  const file = fdl("failing", { name: "failing" }, { input: s3("failing/in") });
  gate.forbid((call) => /^PUT \/failing.*notification/.test(call));
  const { code, stderr } = await gated("init", "-f", file);
  expect(code, stderr).toBe(1);
  expect(stderr).toMatch(/init failed; taking back what it did: .*delete API '\w+' of function 'failing'/);
  expect(await apiIds(client, "failing")).toEqual([]);
  expect((await project.scar(["rm", "-n", "failing"])).code).toBe(1);
});

it("init makes one API when AWS fails after it has made it", async () => {
  let creations = 0;
  gate.lose((call) => call === "POST /restapis" && creations++ === 0);
  const { code, stderr } = await gated("init", "-f", fdl("lost", { name: "lost" }));
  expect(code, stderr).toBe(0);
  expect(creations).toBe(1);
  const [id, ...others] = await apiIds(client, "lost");
  expect(others).toEqual([]);
  expect((await variablesOf("lost"))["API_GATEWAY_ID"]).toBe(id);
  await project.ok("rm", "-n", "lost");
});

it("who may not use API Gateway is told which permission is missing, and deploys other functions as ever", async () => {
  await project.ok("init", "-f", fdl("seen", { name: "seen" }));
  gate.forbid((call) => call.includes(" /restapis"));
  const denied = await gated("init", "-f", fdl("denied", { name: "denied" }));
  expect(denied).toMatchObject({ code: 1, stdout: "" });
  expect(denied.stderr).toContain("your identity needs the permission apigateway:GET");
  const plain = fdl("plain", undefined);
  for (const argv of [
    ["init", "-f", plain],
    ["update", "-f", plain],
    ["rm", "-f", plain],
  ]) {
    const { code, stderr } = await gated(...argv);
    expect(code, stderr).toBe(0);
  }
  // What is there and may not be seen is not left behind without a word.
  const kept = await gated("rm", "-n", "seen");
  expect(kept).toMatchObject({ code: 1, stdout: "" });
  expect(kept.stderr).toContain("apigateway:GET");
  await project.ok("rm", "-n", "seen");
  expect(await apiIds(client)).toEqual([]);
});

it("rm finds the API of an init that was cut before it had made the function", async () => {
  for (const argv of [
    ["-a", "--yes"],
    ["-n", "orphan"],
  ]) {
    gate.forbid((call) => call === "POST /2015-03-31/functions");
    const { code } = await gated("init", "-f", fdl("orphan", { name: "orphan" }), "--no-rollback");
    expect(code).toBe(1);
    const [id] = await apiIds(client, "orphan");
    expect(await project.ok("rm", ...argv)).toContain(`API Endpoint '${id}' successfully deleted.\n`);
    expect(await apiIds(client)).toEqual([]);
  }
});

it("rm waits its turn, as AWS deletes one API in 30 seconds, and says so", async () => {
  const slow = await startTestLocal({ behaviour: "api-deletion-pause=1500" });
  try {
    const there = await Project.create(slow);
    there.write(
      "three.yaml",
      JSON.stringify({
        functions: {
          aws: ["a", "b", "c"].map((name) => ({
            lambda: { name, container: { image_file: "image.tar" }, init_script: "count.sh" },
            api_gateway: { name },
          })),
        },
      }),
    );
    await there.ok("init", "-f", "three.yaml");
    const { code, stdout, stderr } = await there.scar(["rm", "-f", "three.yaml"]);
    expect(code, stderr).toBe(0);
    expect(stdout.match(/API Endpoint '\w+' successfully deleted/g)).toHaveLength(3);
    expect(stderr).toMatch(/AWS deletes one API in 30 seconds: waiting to delete API '\w+', 1 more after it …/);
    expect(await apiIds(apiGateway(slow.server))).toEqual([]);
  } finally {
    await slow.stop();
  }
});

it("comes to be, and goes, while AWS throttles and fails", async () => {
  // A fifth of the requests; 8 in a row, which end a command, are one in half a million.
  const strained = await startTestLocal({ behaviour: "throttle=0.15,error=0.05,api-deletion-pause=100" });
  try {
    const there = await Project.create(strained);
    const section = { name: "strained", container: { image_file: "image.tar" }, init_script: "count.sh" };
    there.write("s.yaml", JSON.stringify({ functions: { aws: [{ lambda: section, api_gateway: { name: "s" } }] } }));
    expect(await there.ok("init", "-f", "s.yaml")).toContain("API Gateway endpoint: ");
    expect(await there.ok("update", "-f", "s.yaml")).toBe("Function 'strained': nothing to change.\n");
    expect(await there.ok("rm", "-n", "strained")).toMatch(/^API Endpoint '\w+' successfully deleted\.$/m);
    expect((await there.scar(["rm", "-n", "strained"])).code).toBe(1);
  } finally {
    await strained.stop();
  }
}, 120_000);
