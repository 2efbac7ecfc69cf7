/** What the calls of a trace did to the account. */
import type { TraceCall } from "../traces.ts";
import { apiIdAfter, type TraceAccount, type TraceApi, type TraceEvent, type TraceNotification } from "./account.ts";

// biome-ignore lint/suspicious/noExplicitAny: parameters of SDK calls, as they were recorded
type Params = any;

/** What a call that succeeded did. */
export function apply(account: TraceAccount, { operation, params, status }: TraceCall): void {
  if (operation === undefined || typeof status !== "number" || status >= 300) return;
  EFFECTS[operation]?.(account, params as Params);
}

const EFFECTS: Readonly<Record<string, (account: TraceAccount, params: Params) => void>> = {
  PublishLayerVersion: ({ layers }, { LayerName, Description }) => {
    layers[LayerName] = [...(layers[LayerName] ?? []), Description];
  },
  CreateFunction: ({ functions }, { FunctionName, Tags, Code, ...config }) => {
    const zip = Code?.ZipFile?.$bytes?.zip as { name: string }[] | undefined;
    const names = zip?.map(({ name }) => name).filter((name) => !name.endsWith("/"));
    functions[FunctionName] = { config, tags: Tags, permissions: [], package: names?.sort() };
  },
  DeleteFunction: ({ functions }, { FunctionName }) => {
    delete functions[FunctionName];
  },
  AddPermission: ({ functions }, { FunctionName, Principal, SourceArn, SourceAccount }) => {
    const before = functions[FunctionName]!;
    const added = { principal: Principal, source: SourceArn, account: SourceAccount };
    functions[FunctionName] = { ...before, permissions: [...before.permissions, added] };
  },
  CreateLogGroup: ({ logGroups }, { logGroupName, tags }) => {
    logGroups[logGroupName] = { tags: tags ?? {}, retention: undefined, events: [] };
  },
  PutRetentionPolicy: ({ logGroups }, { logGroupName, retentionInDays }) => {
    logGroups[logGroupName] = { ...logGroups[logGroupName]!, retention: retentionInDays };
  },
  DeleteLogGroup: ({ logGroups }, { logGroupName }) => {
    delete logGroups[logGroupName];
  },
  Invoke: ({ logGroups }, { FunctionName, InvocationType }) => {
    const name = `/aws/lambda/${FunctionName}`;
    const group = logGroups[name];
    if (group !== undefined && InvocationType === "RequestResponse")
      logGroups[name] = { ...group, events: [...group.events, ...linesOf(FunctionName)] };
  },
  CreateBucket: ({ buckets }, { Bucket }) => {
    buckets[Bucket] = { objects: {}, notifications: [] };
  },
  PutObject: ({ buckets }, { Bucket, Key, Body }) => {
    const { objects, ...rest } = buckets[Bucket]!;
    buckets[Bucket] = { ...rest, objects: { ...objects, [Key]: Body?.$bytes?.len ?? 0 } };
  },
  PutBucketNotificationConfiguration: ({ buckets }, { Bucket, NotificationConfiguration }) => {
    const found: Params[] = NotificationConfiguration.LambdaFunctionConfigurations ?? [];
    buckets[Bucket] = { ...buckets[Bucket]!, notifications: found.map(notificationOf) };
  },
  CreateRestApi: ({ apis }, { name, description, endpointConfiguration, tags }) => {
    const { types } = endpointConfiguration ?? {};
    apis[apiIdAfter(Object.keys(apis).length)] = {
      name,
      description,
      types,
      tags: tags ?? {},
      methods: {},
      stages: [],
    };
  },
  CreateResource: ({ apis }, { restApiId, pathPart }) => {
    apis[restApiId] = { ...apis[restApiId]!, methods: { [`/${pathPart}`]: {} } };
  },
  PutMethod: ({ apis }, { restApiId, httpMethod, authorizationType, requestParameters }) => {
    const method = { authorizationType, requestParameters, integration: undefined };
    apis[restApiId] = withMethods(apis[restApiId]!, (methods) => ({ ...methods, [httpMethod]: method }));
  },
  PutIntegration: ({ apis }, { restApiId, httpMethod, integrationHttpMethod, type, uri, requestParameters }) => {
    const integration = { type, httpMethod: integrationHttpMethod, uri, requestParameters };
    apis[restApiId] = withMethods(apis[restApiId]!, (methods) => ({
      ...methods,
      [httpMethod]: { ...methods[httpMethod]!, integration },
    }));
  },
  CreateDeployment: ({ apis }, { restApiId, stageName }) => {
    apis[restApiId] = { ...apis[restApiId]!, stages: [stageName] };
  },
  DeleteRestApi: ({ apis }, { restApiId }) => {
    delete apis[restApiId];
  },
};

type Methods = TraceApi["methods"][string];

/** The original's APIs have one resource with methods; its id is not in the recording. */
const withMethods = (api: TraceApi, change: (methods: Methods) => Methods): TraceApi => ({
  ...api,
  methods: Object.fromEntries(Object.entries(api.methods).map(([path, methods]) => [path, change(methods)])),
});

/** What an invocation of the stand-in's functions left in their logs; the event was `{}` wherever it is looked at. */
function linesOf(name: string): TraceEvent[] {
  const id = "00000000-0000-4000-8000-000000000000";
  return [
    `START RequestId: ${id} Version: $LATEST\n`,
    "2025-11-21 00:00:00,000 - supervisor - INFO - SUPERVISOR: Initializing AWS Lambda supervisor\n",
    `CONTAINER OUTPUT:\n fake container output of ${name} for event {}\n`,
    `END RequestId: ${id}\n`,
    `REPORT RequestId: ${id}\tDuration: 1.00 ms\tBilled Duration: 1 ms\tMemory Size: 512 MB\tMax Memory Used: 64 MB\t\n`,
  ].map((text, i) => ["invoked", i, text]);
}

/** An element of `LambdaFunctionConfigurations`. */
export function notificationOf({ LambdaFunctionArn, Events, Filter }: Params): TraceNotification {
  const rule = (name: string) =>
    Filter?.Key?.FilterRules?.find((one: Params) => one.Name.toLowerCase() === name)?.Value as string | undefined;
  return {
    function: LambdaFunctionArn.split(":").at(-1),
    events: Events,
    prefix: rule("prefix"),
    suffix: rule("suffix"),
  };
}
