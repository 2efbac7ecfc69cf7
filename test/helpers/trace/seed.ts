/** The resources that a trace says were there, as the stand-in for AWS made them of it. */
import type { TraceSetup } from "../traces.ts";
import { ACCOUNT, OWN_TAGS, type TraceAccount, type TraceEvent } from "./account.ts";
import { originalApi, originalPermissions } from "./original-api.ts";

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

/** Puts in what the setup says. */
export function seed(account: TraceAccount, setup: TraceSetup | undefined): void {
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
  const anyApi = setup?.settings?.["any_api"];
  if (anyApi === true) seedApis(account);
  else if (anyApi === false) for (const id of Object.keys(account.apis)) delete account.apis[id];
}

/** The stand-in answered for all APIs that functions name, without having them: here they are made as the original made its own. */
function seedApis({ functions, apis }: TraceAccount): void {
  for (const [name, one] of Object.entries(functions)) {
    const { Variables } = one.config["Environment"] as { Variables: Readonly<Record<string, string>> };
    const id = Variables["API_GATEWAY_ID"];
    if (id === undefined) continue;
    apis[id] = originalApi(name);
    functions[name] = { ...one, permissions: originalPermissions(id) };
  }
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
