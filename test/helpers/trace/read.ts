/** Reads what the local AWS holds in the form that the traces' accounts have, and empties it. */
import { join } from "node:path";
import {
  DeleteLogGroupCommand,
  DescribeLogGroupsCommand,
  ListTagsForResourceCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import {
  DeleteFunctionCommand,
  DeleteLayerVersionCommand,
  GetFunctionCommand,
  GetPolicyCommand,
  type LambdaClient,
  ListFunctionsCommand,
  ListLayersCommand,
  ListLayerVersionsCommand,
} from "@aws-sdk/client-lambda";
import {
  DeleteBucketCommand,
  DeleteObjectsCommand,
  GetBucketNotificationConfigurationCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
} from "@aws-sdk/client-s3";
import { downloadPackage, unpackEntries } from "../../../src/providers/aws/package/unpack.ts";
import { temporaryFolder } from "../run.ts";
import { emptyAccount, OWNER, type TraceAccount, type TraceBucket, type TraceFunction } from "./account.ts";
import { type ApiIds, deleteApis, readApis, type TraceClients } from "./apis.ts";
import { notificationOf } from "./effects.ts";

/** Layers of the supervisor: others stay from step to step. */
const isSupervisors = (name: string): boolean => name.includes("supervisor");

const OWN_LAYER = "scar-supervisor";

export interface AccountFound {
  readonly account: TraceAccount;
  /** Of all APIs that were and are there. */
  readonly ids: ApiIds;
}

/** `known`: functions whose packages need not be read; `placed`: ids of the APIs that were there before. APIs have the stand-in's ids. */
export async function readAccount(
  aws: TraceClients,
  owner: string,
  known: readonly string[],
  placed: ApiIds,
): Promise<AccountFound> {
  const { lambda, logs } = aws;
  const account = emptyAccount();
  const tagsOf = (tags: Readonly<Record<string, string>> = {}) =>
    Object.fromEntries(Object.entries(tags).map(([key, value]) => [key, value === owner ? OWNER : value]));
  for (const { FunctionName: name = "" } of (await lambda.send(new ListFunctionsCommand({}))).Functions ?? []) {
    const found = await readFunction(lambda, name, !known.includes(name));
    account.functions[name] = { ...found, tags: tagsOf(found.tags) };
  }
  for (const [name, versions] of await supervisorLayers(lambda))
    account.layers[name] = versions.map(({ description }) => description);
  const { logGroups = [] } = await logs.send(new DescribeLogGroupsCommand({}));
  for (const { logGroupName = "", logGroupArn, retentionInDays } of logGroups) {
    const { tags } = await logs.send(new ListTagsForResourceCommand({ resourceArn: logGroupArn! }));
    account.logGroups[logGroupName] = { tags: tagsOf(tags), retention: retentionInDays, events: [] };
  }
  for (const { Name = "" } of (await aws.s3.send(new ListBucketsCommand({}))).Buckets ?? [])
    account.buckets[Name] = await readBucket(aws, Name);
  const { apis, ids } = await readApis(aws.apiGateway, placed);
  for (const [id, { tags, ...api }] of Object.entries(apis)) account.apis[id] = { ...api, tags: tagsOf(tags) };
  let text = JSON.stringify(account);
  for (const [id, own] of ids) text = text.replaceAll(own, id);
  return { account: JSON.parse(text), ids };
}

async function readFunction(lambda: LambdaClient, name: string, withPackage: boolean): Promise<TraceFunction> {
  const { Configuration = {}, Code, Tags = {} } = await lambda.send(new GetFunctionCommand({ FunctionName: name }));
  const { Layers, VpcConfig, FileSystemConfigs, ...config } = Configuration;
  const { Policy = "{}" } = await lambda
    .send(new GetPolicyCommand({ FunctionName: name }))
    .catch(() => ({ Policy: "{}" }));
  const permissions = (JSON.parse(Policy).Statement ?? []).map(
    ({ Principal, Condition = {} }: { Principal: object; Condition?: object }) => ({
      principal: Reflect.get(Principal, "Service"),
      source: Object.values(Reflect.get(Condition, "ArnLike") ?? {})[0],
      account: Object.values(Reflect.get(Condition, "StringEquals") ?? {})[0],
    }),
  );
  const hasNetwork = (VpcConfig?.SubnetIds?.length ?? 0) > 0;
  const { SubnetIds, SecurityGroupIds } = VpcConfig ?? {};
  return {
    config: {
      ...config,
      Layers: Layers?.map(({ Arn }) => Arn),
      ...(hasNetwork && { VpcConfig: { SubnetIds, SecurityGroupIds } }),
      ...(FileSystemConfigs?.length && { FileSystemConfigs }),
    },
    tags: Tags,
    permissions,
    ...(withPackage && { package: await packageOf(name, Code?.Location) }),
  };
}

async function packageOf(name: string, link: string | undefined): Promise<string[]> {
  const folder = temporaryFolder();
  const zip = join(folder, "code.zip");
  await downloadPackage(name, link, zip, new AbortController().signal);
  return (await unpackEntries(name, zip, join(folder, "code"))).map((entry) => entry.name).sort();
}

async function readBucket(aws: TraceClients, Bucket: string): Promise<TraceBucket> {
  const { s3 } = aws;
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket }));
  const { LambdaFunctionConfigurations = [] } = await s3.send(
    new GetBucketNotificationConfigurationCommand({ Bucket }),
  );
  return {
    objects: Object.fromEntries(Contents.map(({ Key = "", Size = 0 }) => [Key, Size])),
    notifications: LambdaFunctionConfigurations.map(notificationOf),
  };
}

interface LayerVersion {
  readonly version: number;
  readonly description: string;
}

/** Versions in order, by name. */
async function supervisorLayers(lambda: LambdaClient): Promise<[string, LayerVersion[]][]> {
  const { Layers = [] } = await lambda.send(new ListLayersCommand({}));
  const names = Layers.map(({ LayerName = "" }) => LayerName).filter(isSupervisors);
  return Promise.all(
    names.map(async (name): Promise<[string, LayerVersion[]]> => {
      const { LayerVersions = [] } = await lambda.send(new ListLayerVersionsCommand({ LayerName: name }));
      const versions = LayerVersions.map(({ Version = 0, Description = "" }) => ({
        version: Version,
        description: Description,
      }));
      return [name, versions.sort((a, b) => a.version - b.version)];
    }),
  );
}

export async function emptyOut(aws: TraceClients): Promise<void> {
  const { lambda, logs, s3 } = aws;
  await deleteApis(aws.apiGateway);
  for (const { Name: Bucket = "" } of (await s3.send(new ListBucketsCommand({}))).Buckets ?? []) {
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket }));
    const Objects = Contents.map(({ Key }) => ({ Key }));
    if (Objects.length > 0) await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
    await s3.send(new DeleteBucketCommand({ Bucket }));
  }
  for (const { FunctionName } of (await lambda.send(new ListFunctionsCommand({}))).Functions ?? [])
    await lambda.send(new DeleteFunctionCommand({ FunctionName }));
  for (const { logGroupName } of (await logs.send(new DescribeLogGroupsCommand({}))).logGroups ?? [])
    await logs.send(new DeleteLogGroupCommand({ logGroupName }));
  for (const [LayerName, versions] of await supervisorLayers(lambda)) {
    // To publish the same again for each step takes time, and shows nothing.
    if (LayerName === OWN_LAYER) continue;
    for (const { version } of versions)
      await lambda.send(new DeleteLayerVersionCommand({ LayerName, VersionNumber: version }));
  }
}
