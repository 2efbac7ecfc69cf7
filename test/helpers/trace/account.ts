/** What the stand-in for AWS held before and after each step of a trace, as its seeds and the calls say. */
import type { Trace, TraceCall, TraceSetup } from "../traces.ts";

export const OWNER = "AIDAFAKEUSERID0000001";
const ACCOUNT = "123456789012";
const OWN_TAGS = { createdby: "scar", owner: OWNER };

export interface TraceFunction {
  /** As CreateFunction takes them, without code and tags. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly tags: Readonly<Record<string, string>>;
  readonly permissions: readonly TracePermission[];
  /** Names of the package's files; undefined where the stand-in had none. */
  readonly package?: readonly string[] | undefined;
}

export interface TracePermission {
  readonly principal: string;
  readonly source: string | undefined;
  readonly account: string | undefined;
}

export interface TraceNotification {
  readonly function: string;
  readonly events: readonly string[];
  readonly prefix: string | undefined;
  readonly suffix: string | undefined;
}

export interface TraceBucket {
  /** Bytes by key; a marker of a folder has none. */
  readonly objects: Readonly<Record<string, number>>;
  readonly notifications: readonly TraceNotification[];
}

/** Stream, milliseconds and text. */
export type TraceEvent = readonly [string, number, string];

export interface TraceLogGroup {
  readonly tags: Readonly<Record<string, string>>;
  readonly retention: number | undefined;
  readonly events: readonly TraceEvent[];
}

export interface TraceAccount {
  readonly functions: Record<string, TraceFunction>;
  /** Descriptions of the versions, by name. */
  readonly layers: Record<string, readonly string[]>;
  readonly buckets: Record<string, TraceBucket>;
  readonly logGroups: Record<string, TraceLogGroup>;
}

export const emptyAccount = (): TraceAccount => ({ functions: {}, layers: {}, buckets: {}, logGroups: {} });

/** Steps before which the stand-in was emptied: the recording does not tell, what was called and found there does. */
const EMPTIED = ["d01-ls 8", "d11-rm 6", "d11-rm 13"];

/** The account before and after each step. */
export function accountsOf({ name, fake_setup, steps }: Trace): { before: TraceAccount; after: TraceAccount }[] {
  let now = emptyAccount();
  seed(now, fake_setup);
  return steps.map((step, number) => {
    const before = EMPTIED.includes(`${name} ${number}`) ? emptyAccount() : structuredClone(now);
    seed(before, step.setup);
    const after = structuredClone(before);
    for (const call of step.calls) apply(after, call);
    now = structuredClone(after);
    return { before, after };
  });
}

interface SeedFunction {
  readonly name: string;
  readonly memory?: number;
  readonly timeout?: number;
  readonly variables?: Readonly<Record<string, string>>;
  readonly tags?: Readonly<Record<string, string>>;
  readonly layers?: readonly string[];
  readonly fdl?: unknown;
  readonly log_group?: boolean;
}

interface Seed {
  /** Or how many of the usual kind. */
  readonly functions?: readonly SeedFunction[] | number;
  readonly layers?: Readonly<Record<string, readonly string[]>>;
  readonly buckets?: Readonly<Record<string, { readonly objects?: Readonly<Record<string, string | number>> }>>;
  readonly logs?: Readonly<Record<string, readonly TraceEvent[]>>;
}

function seed(account: TraceAccount, setup: TraceSetup | undefined): void {
  const { functions = [], layers = {}, buckets = {}, logs = {} } = (setup?.seed ?? {}) as Seed;
  Object.assign(account.layers, layers);
  for (const [name, { objects = {} }] of Object.entries(buckets)) {
    const sizes = Object.entries(objects).map(([key, content]) => [key, sizeOf(content)]);
    account.buckets[name] = { objects: Object.fromEntries(sizes), notifications: [] };
  }
  for (const [name, events] of Object.entries(logs))
    account.logGroups[name] = { tags: {}, retention: undefined, events };
  const named =
    typeof functions === "number"
      ? Array.from({ length: functions }, (_, i) => ({ name: `scar-fn-${String(i + 1).padStart(4, "0")}` }))
      : functions;
  for (const one of named) seedFunction(account, one);
}

const sizeOf = (content: string | number): number =>
  typeof content === "number" ? content : Buffer.byteLength(content);

function seedFunction(account: TraceAccount, one: SeedFunction): void {
  const { name, fdl } = one;
  const FDL = fdl === undefined ? {} : { FDL: Buffer.from(JSON.stringify(fdl)).toString("base64") };
  const Variables = one.variables ?? { IMAGE_ID: "grycap/cowsay", UDOCKER_BIN: "/opt/udocker/bin/", ...FDL };
  account.functions[name] = {
    config: {
      Runtime: "python3.7",
      Role: `arn:aws:iam::${ACCOUNT}:role/lambda-s3-execution-role`,
      Handler: `${name}.lambda_handler`,
      Description: "Automatically generated lambda function",
      Timeout: one.timeout ?? 300,
      MemorySize: one.memory ?? 512,
      Layers: one.layers ?? [`arn:aws:lambda:us-east-1:${ACCOUNT}:layer:faas-supervisor:1`],
      Environment: { Variables },
    },
    tags: one.tags ?? OWN_TAGS,
    permissions: [],
  };
  const group = `/aws/lambda/${name}`;
  // The stand-in's had no tags; those of the original's functions have them.
  if (one.log_group !== false)
    account.logGroups[group] = { tags: OWN_TAGS, retention: 30, events: account.logGroups[group]?.events ?? [] };
}

// biome-ignore lint/suspicious/noExplicitAny: parameters of SDK calls, as they were recorded
type Params = any;

function apply(account: TraceAccount, { operation, params, status }: TraceCall): void {
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
};

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
