/** Puts the local AWS into the state that the stand-in had before a step. */
import {
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  DeleteLogGroupCommand,
  PutLogEventsCommand,
  PutRetentionPolicyCommand,
  ResourceAlreadyExistsException,
} from "@aws-sdk/client-cloudwatch-logs";
import {
  AddPermissionCommand,
  CreateFunctionCommand,
  type CreateFunctionCommandInput,
  ListLayerVersionsCommand,
  PublishLayerVersionCommand,
} from "@aws-sdk/client-lambda";
import { CreateBucketCommand, PutBucketNotificationConfigurationCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { settled, zipOf } from "../lambda.ts";
import type { LocalClients } from "../local-clients.ts";
import { OWNER, type TraceAccount, type TraceBucket, type TraceFunction, type TraceLogGroup } from "./account.ts";
import { answering } from "./answering.ts";
import { type ApiIds, placeApis, type TraceClients } from "./apis.ts";

export interface PlaceOptions {
  /** The user id that owns what is the user's. */
  readonly owner: string;
  /** Whether the functions fail. */
  readonly fails: boolean;
  /** Whether they have to be ready to run. */
  readonly runs: boolean;
  /** Text in which further layers are named, of which there has to be something. */
  readonly named: string;
}

/** @returns the ids of the APIs */
export async function placeAccount(aws: TraceClients, account: TraceAccount, options: PlaceOptions): Promise<ApiIds> {
  const ids = await placeApis(aws.apiGateway, account);
  const layers = await placeLayers(aws, account, options.named);
  const functions = withIds(account.functions, ids);
  const tagsOf = (tags: Readonly<Record<string, string>>) =>
    Object.fromEntries(Object.entries(tags).map(([key, value]) => [key, value === OWNER ? options.owner : value]));
  await Promise.all(
    Object.entries(functions).map(([name, one]) =>
      placeFunction(aws, name, { ...one, tags: tagsOf(one.tags) }, layers, options),
    ),
  );
  for (const [name, one] of Object.entries(account.logGroups))
    await placeLogGroup(aws, name, { ...one, tags: tagsOf(one.tags) });
  for (const [name, one] of Object.entries(account.buckets)) await placeBucket(aws, name, one);
  return ids;
}

/** With the ids that the local AWS chose. */
function withIds<T>(value: T, ids: ApiIds): T {
  let text = JSON.stringify(value);
  for (const [id, own] of ids) text = text.replaceAll(id, own);
  return JSON.parse(text);
}

const LAYER = /arn:aws:lambda:us-east-1:\d+:layer:([\w-]+):(\d+)/g;

/** Publishes what is missing, and returns where the numbers of the stand-in's layers are found. */
async function placeLayers(
  aws: LocalClients,
  account: TraceAccount,
  named: string,
): Promise<ReadonlyMap<string, string>> {
  const { lambda } = aws;
  const ZipFile = await zipOf({ "python/there.py": "" });
  const publish = (LayerName: string, Description: string) =>
    lambda.send(new PublishLayerVersionCommand({ LayerName, Description, Content: { ZipFile } }));
  const places = new Map<string, string>();
  for (const [name, descriptions] of Object.entries(account.layers)) {
    for (const [i, description] of descriptions.entries()) {
      const { LayerArn, LayerVersionArn } = await publish(name, description);
      places.set(`${LayerArn}:${i + 1}`, LayerVersionArn!);
    }
  }
  // Those of others: as many versions as the highest number that is asked for. They stay for all the steps.
  for (const [arn, name, version] of `${named}${JSON.stringify(account.functions)}`.matchAll(LAYER)) {
    if (places.has(arn)) continue;
    const { LayerVersions = [] } = await lambda.send(new ListLayerVersionsCommand({ LayerName: name }));
    for (let i = LayerVersions.length; i < Number(version); i++) await publish(name!, "another's");
  }
  return places;
}

async function placeFunction(
  aws: LocalClients,
  name: string,
  { config, tags, permissions }: TraceFunction,
  layers: ReadonlyMap<string, string>,
  { fails, runs }: PlaceOptions,
): Promise<void> {
  const { lambda } = aws;
  const { Layers = [], PackageType: _, ImageConfig: __, ...given } = config as Partial<CreateFunctionCommandInput>;
  const settings: CreateFunctionCommandInput = {
    ...(given as CreateFunctionCommandInput),
    FunctionName: name,
    Code: { ZipFile: await zipOf({ "index.mjs": answering(fails) }) },
    // Python's are not run there; the variable FDL says what the original's was.
    Runtime: "nodejs20.x",
    Handler: "index.handler",
    Architectures: [process.arch === "arm64" ? "arm64" : "x86_64"],
    Layers: Layers.map((arn) => layers.get(arn) ?? arn),
    Environment: { Variables: possible(given.Environment?.Variables) },
    Tags: tags,
  };
  await lambda.send(new CreateFunctionCommand(settings));
  if (runs) await settled(lambda, name);
  for (const [i, { principal, source, account }] of permissions.entries()) {
    await lambda.send(
      new AddPermissionCommand({
        FunctionName: name,
        StatementId: `statement-${i}`,
        Action: "lambda:InvokeFunction",
        Principal: principal,
        SourceArn: source,
        SourceAccount: account,
      }),
    );
  }
}

/** The stand-in took names that AWS does not. */
const possible = (variables: Readonly<Record<string, string>> = {}) =>
  Object.fromEntries(Object.entries(variables).filter(([name]) => /^[a-zA-Z]\w+$/.test(name)));

async function placeLogGroup(aws: LocalClients, logGroupName: string, group: TraceLogGroup): Promise<void> {
  const { logs } = aws;
  const { tags, retention, events } = group;
  try {
    await logs.send(new CreateLogGroupCommand({ logGroupName, tags }));
  } catch (error) {
    if (!(error instanceof ResourceAlreadyExistsException)) throw error;
    // An asynchronous invocation of the step before wrote to its log after it had been deleted.
    await logs.send(new DeleteLogGroupCommand({ logGroupName }));
    return await placeLogGroup(aws, logGroupName, group);
  }
  if (retention !== undefined)
    await logs.send(new PutRetentionPolicyCommand({ logGroupName, retentionInDays: retention }));
  // Lines of the year 1970 are too old for AWS.
  const start = Date.now() - 3_600_000;
  for (const logStreamName of new Set(events.map(([stream]) => stream))) {
    await logs.send(new CreateLogStreamCommand({ logGroupName, logStreamName }));
    const logEvents = events
      .filter(([stream]) => stream === logStreamName)
      .map(([, time, message]) => ({ timestamp: start + time, message }))
      .sort((a, b) => a.timestamp - b.timestamp);
    await logs.send(new PutLogEventsCommand({ logGroupName, logStreamName, logEvents }));
  }
}

async function placeBucket(aws: LocalClients, Bucket: string, bucket: TraceBucket): Promise<void> {
  const { s3 } = aws;
  await s3.send(new CreateBucketCommand({ Bucket }));
  await Promise.all(
    Object.entries(bucket.objects).map(([Key, size]) =>
      s3.send(new PutObjectCommand({ Bucket, Key, Body: Buffer.alloc(size, "x"), ContentLength: size })),
    ),
  );
  if (bucket.notifications.length === 0) return;
  const LambdaFunctionConfigurations = bucket.notifications.map(({ function: name, events, prefix, suffix }) => ({
    LambdaFunctionArn: `arn:aws:lambda:us-east-1:123456789012:function:${name}`,
    Events: events as "s3:ObjectCreated:*"[],
    Filter: {
      Key: {
        FilterRules: [
          ...(prefix === undefined ? [] : [{ Name: "prefix" as const, Value: prefix }]),
          ...(suffix === undefined ? [] : [{ Name: "suffix" as const, Value: suffix }]),
        ],
      },
    },
  }));
  await s3.send(
    new PutBucketNotificationConfigurationCommand({
      Bucket,
      NotificationConfiguration: { LambdaFunctionConfigurations },
    }),
  );
}
