import type { NotificationConfiguration } from "@aws-sdk/client-s3";
import type { FunctionSpec } from "../../../../src/fdl/spec.ts";
import type { RemoteApi } from "../../../../src/providers/aws/controllers/apis.ts";
import type { BucketState } from "../../../../src/providers/aws/controllers/buckets.ts";
import type { RemoteFunction } from "../../../../src/providers/aws/controllers/functions.ts";
import type { LayerVersion } from "../../../../src/providers/aws/controllers/layers.ts";
import type { ApiPermission, BucketPermission } from "../../../../src/providers/aws/controllers/permissions.ts";
import type { FunctionPackage } from "../../../../src/providers/aws/package/function.ts";
import type { LayerPackage } from "../../../../src/providers/aws/package/layer.ts";
import type { ZipFile } from "../../../../src/providers/aws/package/zip.ts";
import { layerName } from "../../../../src/providers/aws/plan/definition.ts";
import type { RemoteState } from "../../../../src/providers/aws/remote-state.ts";

/** An account in memory, for plans: what is named exists, all else does not. */
export interface Account {
  readonly functions?: Readonly<Record<string, Partial<RemoteFunction>>>;
  readonly permissions?: Readonly<Record<string, readonly BucketPermission[]>>;
  readonly apiPermissions?: Readonly<Record<string, readonly ApiPermission[]>>;
  readonly apis?: readonly RemoteApi[];
  /** ARNs of the functions that APIs call, by the API's id. */
  readonly apiTargets?: Readonly<Record<string, string>>;
  readonly logGroups?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly layers?: Readonly<Record<string, readonly LayerVersion[]>>;
  readonly buckets?: Readonly<Record<string, BucketState>>;
  readonly folders?: readonly string[];
  readonly notifications?: Readonly<Record<string, NotificationConfiguration>>;
  /** Marks of packages, by `bucket/key`. */
  readonly packages?: Readonly<Record<string, string>>;
}

export const ACCOUNT_ID = "123456789012";
export const OWNER = "AIDAEXAMPLE";
export const REGION = "eu-south-2";

export const arnOf = (name: string): string => `arn:aws:lambda:${REGION}:${ACCOUNT_ID}:function:${name}`;

export function remoteOf(account: Account): RemoteState {
  return {
    region: REGION,
    identity: async () => ({ accountId: ACCOUNT_ID, partition: "aws", owner: OWNER }),
    function: async (name) => {
      const found = account.functions?.[name];
      return found && { arn: arnOf(name), tags: {}, variables: {}, codeSha256: undefined, configuration: {}, ...found };
    },
    bucketPermissions: async (name) => account.permissions?.[name] ?? [],
    apiPermissions: async (name) => account.apiPermissions?.[name] ?? [],
    taggedApis: async () => (account.apis ?? []).filter(({ tags }) => tags["createdby"] === "scar"),
    api: async (id) => account.apis?.find((api) => api.id === id),
    apiCalls: async (id, arn) => account.apiTargets?.[id] === arn,
    logGroup: async (name) => account.logGroups?.[name],
    layerVersions: async (name) => account.layers?.[name] ?? [],
    bucket: async (name) => account.buckets?.[name] ?? { kind: "missing" },
    folder: async (bucket, folder) => (account.folders ?? []).includes(`${bucket}/${folder}`),
    packageMark: async (bucket, key) => account.packages?.[`${bucket}/${key}`],
    notifications: async (bucket) =>
      account.buckets?.[bucket]?.kind === "found" ? (account.notifications?.[bucket] ?? {}) : undefined,
  };
}

export const bucketHere: BucketState = { kind: "found", region: REGION };

/** A function's specification with all defaults; `input` and `output` are S3 paths. */
export function specOf(
  name: string,
  { input = [], output = [], ...rest }: { input?: string[]; output?: string[]; [field: string]: unknown } = {},
): FunctionSpec {
  const places = (paths: string[]) => paths.map((path) => ({ storage_provider: "s3", path }));
  return {
    lambda: {
      name,
      description: "test",
      memory: 512,
      timeout: 300,
      runtime: "nodejs24.x",
      region: REGION,
      execution_mode: "lambda",
      asynchronous: false,
      log_level: "INFO",
      layers: [],
      environment: { Variables: {} },
      container: { image: "example/tool:1", environment: { Variables: {} }, timeout_threshold: 10 },
      input: places(input),
      output: places(output),
      supervisor: { version: "latest", layer_name: "scar-supervisor", license_info: "Apache 2.0" },
      deployment: { max_payload_size: 52428800, max_s3_payload_size: 262144000 },
      ...rest,
    },
    iam: { role: `arn:aws:iam::${ACCOUNT_ID}:role/lambda` },
    cloudwatch: { log_retention_policy_in_days: 30 },
    request: { authorization: "NONE" },
    storage_providers: {},
    files: {},
  };
}

const zip: ZipFile = { path: "/nowhere/x.zip", size: 10, unpackedSize: 20, sha256: "hash" };

export const layerPackage: LayerPackage = {
  name: "scar-supervisor",
  description: "1.2.3 sha256:abc",
  license: "Apache-2.0",
  runtimes: ["nodejs24.x"],
  architecture: "x86_64",
  unpackedSize: 20,
  zip: async () => zip,
};

export function packageOf(spec: FunctionSpec): FunctionPackage {
  const config = { ...spec.lambda, storage_providers: spec.storage_providers };
  return { spec, config, zip, image: undefined, layer: { ...layerPackage, name: layerName(spec) } };
}
