/** What AWS holds, as plans see it: reads only. Tests of plans bring their own, in memory. */
import type { NotificationConfiguration } from "@aws-sdk/client-s3";
import type { EventInvokeConfig } from "../../fdl/contract.ts";
import { type Identity, logGroupArn } from "./arn.ts";
import type { AwsClients } from "./clients.ts";
import type { RemoteApi } from "./controllers/apis.ts";
import type { BucketState } from "./controllers/buckets.ts";
import { eventConfig } from "./controllers/event-invoke.ts";
import { findFunction, type RemoteFunction } from "./controllers/functions.ts";
import { callerIdentity } from "./controllers/identity.ts";
import { type LayerVersion, layerVersions } from "./controllers/layers.ts";
import { logGroupTags, logRetention } from "./controllers/log-groups.ts";
import {
  type ApiPermission,
  apiPermissions,
  type BucketPermission,
  bucketPermissions,
  policyStatements,
  type Statement,
} from "./controllers/permissions.ts";
import { isAwsError } from "./errors.ts";

export interface RemoteState {
  readonly region: string;
  identity(): Promise<Identity>;
  function(name: string): Promise<RemoteFunction | undefined>;
  /** Buckets that the function's policy lets invoke it. */
  bucketPermissions(functionName: string): Promise<readonly BucketPermission[]>;
  /** APIs that the function's policy lets invoke it. */
  apiPermissions(functionName: string): Promise<readonly ApiPermission[]>;
  /** All APIs of the account that carry scar's tags; read once. */
  taggedApis(): Promise<readonly RemoteApi[]>;
  api(id: string): Promise<RemoteApi | undefined>;
  /** Whether a method of the API calls the function. */
  apiCalls(id: string, functionArn: string): Promise<boolean>;
  /** Tags of the log group; undefined when there is none. */
  logGroup(name: string): Promise<Readonly<Record<string, string>> | undefined>;
  layerVersions(name: string): Promise<readonly LayerVersion[]>;
  bucket(name: string): Promise<BucketState>;
  folder(bucket: string, folder: string): Promise<boolean>;
  /** The function that a package in a deployment bucket is marked with, "" for one without a mark; undefined: none is seen there. */
  packageMark(bucket: string, key: string): Promise<string | undefined>;
  /** Undefined when there is no such bucket. */
  notifications(bucket: string): Promise<NotificationConfiguration | undefined>;
}

/** What only an update asks. */
export interface RemoteDetails extends RemoteState {
  /** Undefined when the function has AWS's defaults. */
  eventConfig(functionName: string): Promise<EventInvokeConfig | undefined>;
  /** Days; undefined: for ever, or there is no such group. */
  logRetention(group: string): Promise<number | undefined>;
  /** Description of what the API's stage serves; undefined when it has no stage of ours. */
  deployedApi(id: string): Promise<string | undefined>;
}

export function remoteDetails(clients: AwsClients): RemoteDetails {
  return {
    ...remoteState(clients),
    eventConfig: async (name) => eventConfig(await clients.lambda(), name),
    logRetention: async (group) => logRetention(await clients.logs(), group),
    deployedApi: async (id) => (await apis()).deployedDescription(await clients.apiGateway(), id),
  };
}

/** Loaded when a function has or wants a bucket. */
const buckets = () => import("./controllers/buckets.ts");

/** Loaded when a function has or wants an API. */
const apis = () => import("./controllers/apis.ts");

export function remoteState(clients: AwsClients): RemoteState {
  const { region } = clients.session;
  const whoAmI = (): Promise<Identity> => callerIdentity(clients);
  const policies = new Map<string, Promise<readonly Statement[]>>();
  const policyOf = (name: string): Promise<readonly Statement[]> => {
    const read = policies.get(name) ?? clients.lambda().then((lambda) => policyStatements(lambda, name));
    policies.set(name, read);
    return read;
  };
  let tagged: Promise<readonly RemoteApi[]> | undefined;
  return {
    region,
    identity: whoAmI,
    function: async (name) => findFunction(await clients.lambda(), name),
    bucketPermissions: async (name) => bucketPermissions(await policyOf(name)),
    apiPermissions: async (name) => apiPermissions(await policyOf(name)),
    taggedApis: () => {
      tagged ??= apis().then(async ({ taggedApis }) => taggedApis(await clients.apiGateway()));
      return tagged;
    },
    api: async (id) => (await apis()).findApi(await clients.apiGateway(), id),
    apiCalls: async (id, arn) => (await apis()).callsFunction(await clients.apiGateway(), id, arn),
    logGroup: async (name) =>
      logGroupTags(await clients.logs(), name, async () => logGroupArn(await whoAmI(), region, name)),
    layerVersions: async (name) => layerVersions(await clients.lambda(), name),
    bucket: async (name) => (await buckets()).bucketState(await clients.s3(), name),
    folder: async (bucket, folder) => (await buckets()).folderExists(await clients.s3(), bucket, folder),
    packageMark: async (bucket, key) =>
      (await import("./controllers/packages.ts")).packageMark(await clients.s3(), bucket, key),
    notifications: async (bucket) => {
      const { bucketNotifications } = await import("./controllers/notifications.ts");
      try {
        return await bucketNotifications(await clients.s3(), bucket);
      } catch (error) {
        if (isAwsError(error, "NoSuchBucket")) return undefined;
        throw error;
      }
    },
  };
}
