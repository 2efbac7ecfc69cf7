/** An account with many functions: as the original's, in what `ls` reads of them. */
import {
  CreateFunctionCommand,
  GetFunctionConfigurationCommand,
  LambdaClient,
  PublishLayerVersionCommand,
} from "@aws-sdk/client-lambda";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import type { LocalServer } from "../../src/local/control.ts";
import { parallelMap } from "../../src/providers/aws/concurrency.ts";
import { zipOf } from "../../test/helpers/lambda.ts";
import { clientConfig } from "../../test/helpers/local-clients.ts";
import { until } from "../../test/helpers/system-process.ts";
import { ROLE } from "./contenders.ts";
import { RELEASE } from "./release.ts";

/** The original's layer, as an earlier deployment of its left it. @returns its ARN */
export async function publishLayer(server: LocalServer): Promise<string> {
  const lambda = new LambdaClient(clientConfig(server));
  const { LayerVersionArn = "" } = await lambda.send(
    new PublishLayerVersionCommand({
      LayerName: "faas-supervisor",
      Description: RELEASE,
      Content: { ZipFile: await zipOf({ "python/faassupervisor/__init__.py": "" }) },
    }),
  );
  lambda.destroy();
  return LayerVersionArn;
}

/** @param layer ARN of the original's layer */
export async function makeFunctions(server: LocalServer, count: number, layer: string): Promise<void> {
  const lambda = new LambdaClient(clientConfig(server));
  const { UserId = "" } = await new STSClient(clientConfig(server)).send(new GetCallerIdentityCommand({}));
  const ZipFile = await zipOf({ "index.mjs": "export const handler = () => {};" });
  const name = (i: number) => `bench-list-${String(i).padStart(4, "0")}`;
  const make = async (i: number) => {
    const fdl = { name: name(i), container: { image: "grycap/cowsay" }, supervisor: { version: RELEASE } };
    await lambda.send(
      new CreateFunctionCommand({
        FunctionName: name(i),
        Role: ROLE,
        Runtime: "nodejs24.x",
        Handler: "index.handler",
        Layers: [layer],
        Environment: {
          Variables: { IMAGE_ID: "grycap/cowsay", FDL: Buffer.from(JSON.stringify(fdl)).toString("base64") },
        },
        Tags: { createdby: "scar", owner: UserId },
        Code: { ZipFile },
      }),
    );
  };
  const numbers = Array.from({ length: count }, (_, i) => i);
  for await (const _ of parallelMap(numbers, 8, make));
  const isActive = async (i: number) =>
    (await lambda.send(new GetFunctionConfigurationCommand({ FunctionName: name(i) }))).State === "Active";
  for (const i of numbers) await until(name(i), 60, async () => ((await isActive(i)) ? true : undefined));
  lambda.destroy();
}
