/** Functions of the original with an HTTP endpoint: their APIs have no tags. */
import { DeleteRestApiCommand, GetRestApiCommand } from "@aws-sdk/client-api-gateway";
import {
  AddPermissionCommand,
  GetFunctionCommand,
  GetPolicyCommand,
  LambdaClient,
  UpdateFunctionConfigurationCommand,
} from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, expect, it } from "vitest";
import { apiGateway, apiIds, createOriginalApi, resourcesOf } from "../helpers/apis.ts";
import { startTestLocal, type TestLocal } from "../helpers/local.ts";
import { clientConfig } from "../helpers/local-clients.ts";
import { deployOriginal, tracedFunctions } from "../helpers/original-deployment.ts";
import { Project } from "./init-project.ts";

let local: TestLocal;
let project: Project;
let lambda: LambdaClient;
let client: ReturnType<typeof apiGateway>;

beforeAll(async () => {
  local = await startTestLocal();
  project = await Project.create(local);
  lambda = new LambdaClient(clientConfig(local.server));
  client = apiGateway(local.server);
});
afterAll(() => local.stop());

const [traced] = tracedFunctions("c09-api-gateway", 0);

/** As `scar init -api` of the original left it; `calls`: the function that the API calls, default this one. */
async function original(name: string, calls = name): Promise<string> {
  const arn = `arn:aws:lambda:${local.server.region}:000000000000:function:`;
  const id = await createOriginalApi(client, { name: "myapi", functionArn: arn + calls });
  await deployOriginal(local, traced!, { name, variables: { API_GATEWAY_ID: id } });
  for (const [StatementId, path] of [
    ["13ef89ec-11a5-4281-818b-b9f9b129bd8a", "*"],
    ["2f8ef909-4b24-485a-be23-b0309a9f8129", "scar/ANY"],
  ] as const) {
    await lambda.send(
      new AddPermissionCommand({
        FunctionName: name,
        StatementId,
        Action: "lambda:InvokeFunction",
        Principal: "apigateway.amazonaws.com",
        SourceArn: `arn:aws:execute-api:${local.server.region}:000000000000:${id}/${path}`,
      }),
    );
  }
  return id;
}

async function variablesOf(FunctionName: string): Promise<Record<string, string>> {
  const { Configuration } = await lambda.send(new GetFunctionCommand({ FunctionName }));
  return Configuration?.Environment?.Variables ?? {};
}

async function statementIds(FunctionName: string): Promise<string[]> {
  const { Policy = "{}" } = await lambda.send(new GetPolicyCommand({ FunctionName })).catch(() => ({ Policy: "{}" }));
  return ((JSON.parse(Policy).Statement ?? []) as { Sid: string }[]).map(({ Sid }) => Sid);
}

it("rm deletes the API that the function's variable names, also with the log group and the function", async () => {
  const id = await original("old");
  expect(await project.ok("ls")).toContain(`/_aws/execute-api/${id}/scar/launch`);
  expect(await project.ok("rm", "-n", "old")).toBe(
    `API Endpoint '${id}' successfully deleted.\n` +
      "Log group '/aws/lambda/old' successfully deleted.\n" +
      "Function 'old' successfully deleted.\n",
  );
  expect(await apiIds(client)).toEqual([]);
});

it("rm leaves an API that calls another function, and does not mind one that is gone", async () => {
  const id = await original("copied", "somebody-elses");
  expect(await project.ok("rm", "-n", "copied")).not.toContain("API Endpoint");
  expect(await apiIds(client)).toEqual([id]);
  await client.send(new DeleteRestApiCommand({ restApiId: id }));

  const gone = await original("gone");
  await client.send(new DeleteRestApiCommand({ restApiId: gone }));
  expect(await project.ok("rm", "-n", "gone")).toBe(
    "Log group '/aws/lambda/gone' successfully deleted.\nFunction 'gone' successfully deleted.\n",
  );
});

it("rm -a removes it whole", async () => {
  const id = await original("all");
  expect(await project.ok("rm", "-a", "--yes")).toContain(`API Endpoint '${id}' successfully deleted.\n`);
  expect(await apiIds(client)).toEqual([]);
});

it("update -a moves the function and keeps its API", async () => {
  const id = await original("moved");
  await project.ok("update", "-a");
  expect((await variablesOf("moved"))["API_GATEWAY_ID"]).toBe(id);
  expect(Object.keys(await resourcesOf(client, id)).sort()).toEqual(["/", "/{proxy+}"]);
  expect(await statementIds("moved")).toHaveLength(2);
  await project.ok("rm", "-n", "moved");
});

it("update -f makes it one of ours: the same address, our tags and the route that does not wait", async () => {
  const id = await original("adopted");
  const section = { container: { image_file: "image.tar" }, init_script: "count.sh", name: "adopted" };
  project.write(
    "adopted.yaml",
    JSON.stringify({ functions: { aws: [{ lambda: section, api_gateway: { name: "myapi" } }] } }),
  );
  expect(await project.ok("update", "-f", "adopted.yaml")).toContain(`/${id}/scar/launch\n`);
  expect(await apiIds(client)).toEqual([id]);
  expect(Object.keys(await resourcesOf(client, id)).sort()).toEqual(["/", "/async", "/{proxy+}"]);
  const { tags } = await client.send(new GetRestApiCommand({ restApiId: id }));
  expect(tags).toMatchObject({ createdby: "scar", "scar:function": "adopted" });
  expect(await project.ok("update", "-f", "adopted.yaml")).toBe("Function 'adopted': nothing to change.\n");
});

it("update -f of a file without an API deletes it; cut after the function was told, it still finds it", async () => {
  const [id] = await apiIds(client);
  const variables = await variablesOf("adopted");
  const { API_GATEWAY_ID: _, ...rest } = variables;
  await lambda.send(
    new UpdateFunctionConfigurationCommand({ FunctionName: "adopted", Environment: { Variables: rest } }),
  );
  project.fdl("without.yaml", { name: "adopted" });
  expect(await project.ok("update", "-f", "without.yaml")).toContain(`API Endpoint '${id}' successfully deleted.\n`);
  expect(await apiIds(client)).toEqual([]);
  expect(await statementIds("adopted")).toEqual([]);
  expect(await project.ok("update", "-f", "without.yaml")).toBe("Function 'adopted': nothing to change.\n");
});
