/** An account in which something was before scar came: what it holds, and whether it still does. */
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  DescribeLogGroupsCommand,
  PutRetentionPolicyCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import {
  AddPermissionCommand,
  GetFunctionCommand,
  GetFunctionEventInvokeConfigCommand,
  GetPolicyCommand,
  type LambdaClient,
  ListFunctionsCommand,
  ListLayerVersionsCommand,
} from "@aws-sdk/client-lambda";
import {
  CreateBucketCommand,
  GetBucketNotificationConfigurationCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  PutBucketNotificationConfigurationCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import type { LocalServer } from "../../src/local/control.ts";
import { createNodeFunction, lambdaClient } from "./lambda.ts";
import { clientConfig, s3Client } from "./local-clients.ts";
import { createQueue, sqs } from "./sqs.ts";

/** Days, of the log group that was there before. */
const RETENTION = 14;

export class CrashAccount {
  readonly #lambda: LambdaClient;
  readonly #s3: S3Client;
  readonly #logs: CloudWatchLogsClient;
  readonly #foreign: string;
  readonly #queue: string;

  private constructor(server: LocalServer, foreign: string, queue: string) {
    this.#lambda = lambdaClient(server);
    this.#s3 = s3Client(server);
    this.#logs = new CloudWatchLogsClient(clientConfig(server));
    this.#foreign = foreign;
    this.#queue = queue;
  }

  /** With a function and a queue of somebody else's. */
  static async create(server: LocalServer): Promise<CrashAccount> {
    const foreign = await createNodeFunction(lambdaClient(server), "foreign", "export const handler = () => 1;\n");
    const queue = await createQueue(server, "queue");
    const statement = {
      Effect: "Allow",
      Principal: { Service: "s3.amazonaws.com" },
      Action: "sqs:SendMessage",
      Resource: queue.arn,
      Condition: { ArnLike: { "aws:SourceArn": "arn:aws:s3:::*" } },
    };
    const Policy = JSON.stringify({ Statement: [statement] });
    await sqs(server, "SetQueueAttributes", { QueueUrl: queue.url, Attributes: { Policy } });
    return new CrashAccount(server, foreign, queue.arn);
  }

  /** A bucket that notifies the others, and the log group of a function that is still to come. */
  async before(bucket: string, functionName: string): Promise<void> {
    await this.#s3.send(new CreateBucketCommand({ Bucket: bucket }));
    await this.#lambda.send(
      new AddPermissionCommand({
        FunctionName: "foreign",
        StatementId: bucket,
        Action: "lambda:InvokeFunction",
        Principal: "s3.amazonaws.com",
        SourceArn: `arn:aws:s3:::${bucket}`,
      }),
    );
    const filter = (Value: string) => ({ Filter: { Key: { FilterRules: [{ Name: "prefix" as const, Value }] } } });
    await this.#s3.send(
      new PutBucketNotificationConfigurationCommand({
        Bucket: bucket,
        NotificationConfiguration: {
          LambdaFunctionConfigurations: [
            { Id: "theirs", LambdaFunctionArn: this.#foreign, Events: ["s3:ObjectCreated:*"], ...filter("foreign/") },
          ],
          QueueConfigurations: [
            { Id: "queued", QueueArn: this.#queue, Events: ["s3:ObjectRemoved:*"], ...filter("queued/") },
          ],
        },
      }),
    );
    const logGroupName = `/aws/lambda/${functionName}`;
    await this.#logs.send(new CreateLogGroupCommand({ logGroupName, tags: { team: "ours" } }));
    await this.#logs.send(new PutRetentionPolicyCommand({ logGroupName, retentionInDays: RETENTION }));
  }

  /**
   * All that carries a name beginning with `name`, with `name` and what differs from one deployment to the next taken out, so that two
   * accounts can be compared.
   */
  async holds(name: string): Promise<unknown> {
    const { Functions = [] } = await this.#lambda.send(new ListFunctionsCommand({}));
    const functions = Functions.flatMap(({ FunctionName = "" }) =>
      FunctionName.startsWith(name) ? [FunctionName] : [],
    );
    const { logGroups = [] } = await this.#logs.send(
      new DescribeLogGroupsCommand({ logGroupNamePrefix: `/aws/lambda/${name}` }),
    );
    const { LayerVersions = [] } = await this.#lambda.send(
      new ListLayerVersionsCommand({ LayerName: `${name}-layer` }),
    );
    const account = {
      functions: await Promise.all(functions.sort().map((each) => this.#function(each))),
      logGroups: logGroups.map(({ logGroupName, retentionInDays }) => ({ logGroupName, retentionInDays })),
      notifications: await this.#notifications(name),
      layerVersions: LayerVersions.length,
      packages: await this.#keys(`${name}-packages`),
    };
    return JSON.parse(JSON.stringify(account).replaceAll(name, "NAME"));
  }

  async #function(FunctionName: string): Promise<object> {
    const { Configuration, Tags } = await this.#lambda.send(new GetFunctionCommand({ FunctionName }));
    const { FDL: _, ...variables } = Configuration?.Environment?.Variables ?? {};
    const { Policy = "{}" } = await this.#lambda
      .send(new GetPolicyCommand({ FunctionName }))
      .catch(() => ({ Policy: undefined }));
    const events = await this.#lambda.send(new GetFunctionEventInvokeConfigCommand({ FunctionName })).then(
      (config) => ({ attempts: config.MaximumRetryAttempts }),
      () => undefined,
    );
    const { State, Timeout, MemorySize, Handler, Layers } = Configuration!;
    const layers = Layers?.map(({ Arn }) => Arn);
    const { Statement = [] } = JSON.parse(Policy) as { Statement?: { Sid: string }[] };
    const policy = Statement.sort((a, b) => (a.Sid < b.Sid ? -1 : 1));
    return { FunctionName, State, Timeout, MemorySize, Handler, layers, variables, tags: Tags, policy, events };
  }

  /** By bucket; only of those that notify anybody. */
  async #notifications(name: string): Promise<object> {
    const { Buckets = [] } = await this.#s3.send(new ListBucketsCommand({}));
    const names = Buckets.flatMap(({ Name = "" }) => (Name.startsWith(name) ? [Name] : [])).sort();
    const found = await Promise.all(
      names.map(async (Bucket) => [Bucket, await this.#notificationsOf(Bucket)] as const),
    );
    return Object.fromEntries(found.filter(([, notifications]) => Object.values(notifications).flat().length > 0));
  }

  async #notificationsOf(Bucket: string): Promise<object> {
    const found = await this.#s3.send(new GetBucketNotificationConfigurationCommand({ Bucket }));
    const { $metadata: _, LambdaFunctionConfigurations = [], ...rest } = found;
    const lambdas = LambdaFunctionConfigurations.map(({ Id, LambdaFunctionArn, Events, Filter }) => ({
      // AWS gives those without an id a random one.
      ...(Id === "theirs" && { Id }),
      LambdaFunctionArn,
      Events,
      Filter,
    }));
    // The order means nothing.
    const byFilter = (a: { Filter?: object | undefined }, b: { Filter?: object | undefined }): number =>
      JSON.stringify(a.Filter) < JSON.stringify(b.Filter) ? -1 : 1;
    return { ...rest, lambdas: lambdas.sort(byFilter) };
  }

  async #keys(Bucket: string): Promise<(string | undefined)[]> {
    try {
      const { Contents = [] } = await this.#s3.send(new ListObjectsV2Command({ Bucket }));
      return Contents.map(({ Key }) => Key);
    } catch {
      return [];
    }
  }
}
