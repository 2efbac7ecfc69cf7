/** Functions as SCAR 4.3.1 left them (test/fixtures/traces), made on the local AWS with the official SDK. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  PutRetentionPolicyCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import {
  AddPermissionCommand,
  CreateFunctionCommand,
  LambdaClient,
  PublishLayerVersionCommand,
  waitUntilFunctionActiveV2,
} from "@aws-sdk/client-lambda";
import { CreateBucketCommand, PutBucketNotificationConfigurationCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { writeZip, type ZipEntry } from "../../src/providers/aws/package/zip.ts";
import type { TestLocal } from "./local.ts";
import { clientConfig, s3Client } from "./local-clients.ts";
import { temporaryFolder } from "./run.ts";

interface TracedFunction {
  readonly config: {
    readonly FunctionName: string;
    readonly Handler: string;
    readonly Timeout: number;
    readonly MemorySize: number;
    readonly Environment: { readonly Variables: Readonly<Record<string, string>> };
  };
  readonly policy: readonly {
    readonly Sid: string;
    readonly Condition: { readonly ArnLike: Record<string, string> };
  }[];
  readonly code: { readonly $bytes: { readonly zip: readonly { readonly name: string; readonly text?: string }[] } };
}

/** The functions that are there after a step of a trace. */
export function tracedFunctions(trace: string, step: number): TracedFunction[] {
  const file = fileURLToPath(new URL(`../fixtures/traces/${trace}.json`, import.meta.url));
  const { steps } = JSON.parse(readFileSync(file, "utf8"));
  return Object.values(steps[step].fake_state_after.functions);
}

export interface OriginalOptions {
  /** Further files of the package. */
  readonly entries?: readonly ZipEntry[];
  /** Changes of the FDL, in the variable and in function_config.yaml. */
  readonly config?: Readonly<Record<string, unknown>>;
  readonly variables?: Readonly<Record<string, string>>;
  readonly name?: string;
  /** Value of the tag `owner`; default: the caller's user id. */
  readonly owner?: string;
}

const text = (name: string, content: string): ZipEntry => ({
  name,
  source: { text: content },
  size: Buffer.byteLength(content),
});

/** Python's runtimes are not run there: the function says nodejs20.x, its FDL python3.7 as the original's did. */
export async function deployOriginal(local: TestLocal, traced: TracedFunction, options: OriginalOptions = {}) {
  const client = clientConfig(local.server);
  const lambda = new LambdaClient(client);
  const { UserId, Account } = await new STSClient(client).send(new GetCallerIdentityCommand({}));
  const tags = { createdby: "scar", owner: options.owner ?? UserId! };
  const name = options.name ?? traced.config.FunctionName;
  const given = traced.config.Environment.Variables;
  const fdl = { ...JSON.parse(Buffer.from(given["FDL"]!, "base64").toString()), name, ...options.config };
  const folder = temporaryFolder();
  const layerZip = await writeZip([text("python/faassupervisor/__init__.py", "")], join(folder, "layer.zip"));
  const layer = await lambda.send(
    new PublishLayerVersionCommand({
      LayerName: "faas-supervisor",
      Description: "1.5.8",
      Content: { ZipFile: readFileSync(layerZip.path) },
    }),
  );
  fdl.layers = [layer.LayerVersionArn];
  const files = traced.code.$bytes.zip.filter(
    (file) => file.name !== "function_config.yaml" && !file.name.endsWith(".py"),
  );
  const zip = await writeZip(
    [
      text(`${name}.py`, "from faassupervisor.supervisor import main\n"),
      text("function_config.yaml", JSON.stringify(fdl)),
      ...files
        .filter((file) => !options.entries?.some((entry) => entry.name === file.name))
        .map((file) => text(file.name, file.text ?? "")),
      ...(options.entries ?? []),
    ],
    join(folder, "code.zip"),
  );
  const { FunctionArn } = await lambda.send(
    new CreateFunctionCommand({
      FunctionName: name,
      Role: "arn:aws:iam::000000000000:role/scar-local",
      Runtime: "nodejs20.x",
      Handler: `${name}.lambda_handler`,
      Timeout: traced.config.Timeout,
      MemorySize: traced.config.MemorySize,
      Layers: [layer.LayerVersionArn!],
      Environment: {
        Variables: { ...given, ...options.variables, FDL: Buffer.from(JSON.stringify(fdl)).toString("base64") },
      },
      Tags: tags,
      Code: { ZipFile: readFileSync(zip.path) },
    }),
  );
  await waitUntilFunctionActiveV2({ client: lambda, maxWaitTime: 30, minDelay: 0.05 }, { FunctionName: name });
  const logs = new CloudWatchLogsClient(client);
  await logs.send(new CreateLogGroupCommand({ logGroupName: `/aws/lambda/${name}`, tags }));
  await logs.send(new PutRetentionPolicyCommand({ logGroupName: `/aws/lambda/${name}`, retentionInDays: 30 }));
  const s3 = s3Client(local.server);
  for (const { path } of fdl.input ?? []) {
    const [Bucket, ...folders] = path.split("/");
    await s3.send(new CreateBucketCommand({ Bucket }));
    await s3.send(new PutObjectCommand({ Bucket, Key: `${folders.join("/")}/`, Body: "", ContentLength: 0 }));
    await lambda.send(
      new AddPermissionCommand({
        FunctionName: name,
        StatementId: "0224ad83-d918-4ac9-9f51-0182ff257664",
        Action: "lambda:InvokeFunction",
        Principal: "s3.amazonaws.com",
        SourceArn: `arn:aws:s3:::${Bucket}`,
      }),
    );
    await s3.send(
      new PutBucketNotificationConfigurationCommand({
        Bucket,
        NotificationConfiguration: {
          LambdaFunctionConfigurations: [
            {
              LambdaFunctionArn: FunctionArn,
              Events: ["s3:ObjectCreated:*"],
              Filter: { Key: { FilterRules: [{ Name: "prefix", Value: `${folders.join("/")}/` }] } },
            },
          ],
        },
      }),
    );
  }
  return { name, arn: FunctionArn!, account: Account! };
}
