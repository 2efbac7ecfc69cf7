import {
  GetFunctionCommand,
  GetLayerVersionCommand,
  LambdaClient,
  ListLayerVersionsCommand,
  PublishLayerVersionCommand,
} from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, expect, it } from "vitest";
import { VERSION } from "../../src/version.ts";
import { startTestLocal, type TestLocal } from "../helpers/local.ts";
import { clientConfig } from "../helpers/local-clients.ts";
import { foreignCode, Project } from "./init-project.ts";

let local: TestLocal;
let project: Project;
let lambda: LambdaClient;

beforeAll(async () => {
  local = await startTestLocal();
  project = await Project.create(local);
  lambda = new LambdaClient(clientConfig(local.server));
});
afterAll(() => local.stop());

const versions = async (LayerName = "scar-supervisor") =>
  (await lambda.send(new ListLayerVersionsCommand({ LayerName }))).LayerVersions ?? [];
const layersOf = async (FunctionName: string) =>
  (await lambda.send(new GetFunctionCommand({ FunctionName }))).Configuration!.Layers!.map((layer) => layer.Arn);

it("inits at once publish the layer once, and every function runs", async () => {
  const names = ["a", "b", "c", "d"];
  for (const name of names) project.fdl(`${name}.yaml`, { name });
  await Promise.all(names.map((name) => project.ok("init", "-f", `${name}.yaml`)));
  const published = await versions();
  expect(published).toHaveLength(1);
  for (const name of names) {
    expect(await layersOf(name)).toEqual([published[0]!.LayerVersionArn]);
    expect(await project.ok("run", "-n", name, "echo", name)).toContain(`\n${name}\n`);
  }
});

it("is published once for the functions of one file, under the name that they ask for", async () => {
  const supervisor = { layer_name: "own-name" };
  project.fdl("two.yaml", { name: "one", supervisor }, { name: "two", supervisor });
  await project.ok("init", "-f", "two.yaml");
  expect(await versions("own-name")).toHaveLength(1);
  expect(await layersOf("one")).toEqual(await layersOf("two"));
});

it("is never taken for the original's, whose layer and versions are others", async () => {
  await lambda.send(
    new PublishLayerVersionCommand({
      LayerName: "faas-supervisor",
      Description: VERSION,
      Content: { ZipFile: await foreignCode() },
    }),
  );
  project.fdl("old.yaml", { name: "old", supervisor: { layer_name: "faas-supervisor" } });
  await project.ok("init", "-f", "old.yaml");
  expect((await layersOf("old"))[0]).toContain(":layer:scar-supervisor:");
  expect(await versions("faas-supervisor")).toHaveLength(1);
});

it("-sv takes this release, 'latest' or one that was published before; else it tells which there are", async () => {
  const [current] = await versions();
  const { Content } = await lambda.send(
    new GetLayerVersionCommand({ LayerName: "scar-supervisor", VersionNumber: current!.Version }),
  );
  const zip = Buffer.from(await (await fetch(Content!.Location!)).arrayBuffer());
  const former = await lambda.send(
    new PublishLayerVersionCommand({
      LayerName: "scar-supervisor",
      Description: `0.0.9 sha256:${"0".repeat(64)}`,
      Content: { ZipFile: zip },
    }),
  );
  const published = (Description: string, other: "x86_64" | "arm64") => ({
    LayerName: "scar-supervisor",
    Description: `${Description} sha256:${"1".repeat(64)}`,
    CompatibleArchitectures: [other],
    Content: { ZipFile: zip },
  });
  // The newest of that release is another processor's.
  await lambda.send(new PublishLayerVersionCommand(published("0.0.9", "arm64")));
  await lambda.send(new PublishLayerVersionCommand(published("0.0.8", "arm64")));
  project.fdl("pinned.yaml", { name: "pinned" });
  await project.ok("init", "-f", "pinned.yaml", "-sv", "0.0.9");
  expect(await layersOf("pinned")).toEqual([former.LayerVersionArn]);
  expect(await project.ok("run", "-n", "pinned", "echo", "hi")).toContain("\nhi\n");
  expect(await project.ok("ls")).toMatch(/^pinned .* 0\.0\.9$/m);

  for (const version of ["latest", VERSION]) {
    project.fdl("same.yaml", { name: `same-${version.replaceAll(".", "-")}`, supervisor: { version } });
    await project.ok("init", "-f", "same.yaml");
    expect(await layersOf(`same-${version.replaceAll(".", "-")}`)).toEqual([current!.LayerVersionArn]);
  }

  project.fdl("wrong.yaml", { name: "wrong", deployment: { bucket: "never-made" } });
  const { code, stderr } = await project.scar(["init", "-f", "wrong.yaml", "-sv", "1.5.8"]);
  expect(code).toBe(2);
  expect(stderr).toContain(
    `supervisor version '1.5.8' of function 'wrong' is not published: layer 'scar-supervisor' has 0.0.9, ${VERSION} for x86_64`,
  );
  expect(stderr).toContain("'latest'");
  expect((await project.scar(["ls", "-b", "never-made"])).code).toBe(1);
});
