/** What update has to know of AWS before its first write, and what makes it stop there. */
import type { NotificationConfiguration } from "@aws-sdk/client-s3";
import { notSupportedYet, ScarError, throwTogether } from "../../../errors.ts";
import { decodeFdlVariable, ENV, type EventInvokeConfig, type LambdaSection, TAG } from "../../../fdl/contract.ts";
import type { FunctionSpec } from "../../../fdl/spec.ts";
import { logGroupName } from "../arn.ts";
import type { RemoteFunction } from "../controllers/functions.ts";
import type { BucketPermission } from "../controllers/permissions.ts";
import type { RemoteDetails } from "../remote-state.ts";
import { checkPlaces } from "./check-init.ts";
import { packageKey } from "./definition.ts";
import { type InitState, readEach, readInitState } from "./init-state.ts";
import { isOurs, unservedParts } from "./rm.ts";
import { inputsOf, s3Places } from "./storage.ts";

/** By function name, but where it says otherwise. */
export interface UpdateState extends InitState {
  readonly permissions: ReadonlyMap<string, readonly BucketPermission[]>;
  /** Only those that have one. */
  readonly events: ReadonlyMap<string, EventInvokeConfig>;
  /** Days, by name of the log group; those that keep their events for ever are not in it. */
  readonly retention: ReadonlyMap<string, number>;
  /** Descriptions of what the stages of its APIs serve, by the API's id. */
  readonly deployedApis: ReadonlyMap<string, string>;
  /** Buckets that an earlier version of the function had as inputs, and this one has not. */
  readonly formerBuckets: ReadonlyMap<string, readonly string[]>;
  /** Deployment bucket of an earlier version, where it holds the function's package and this version is not to use it. */
  readonly formerPackages: ReadonlyMap<string, string>;
}

export async function readUpdateState(specs: readonly FunctionSpec[], remote: RemoteDetails): Promise<UpdateState> {
  const init = await readInitState(specs, remote);
  const names = specs.map(({ lambda }) => lambda.name).filter((name) => init.functions.has(name));
  const [permissions, events, retention] = await Promise.all([
    readEach(names, (name) => remote.bucketPermissions(name)),
    readEach(names, (name) => remote.eventConfig(name)),
    readEach(names.map(logGroupName), (group) => remote.logRetention(group)),
  ]);
  const apiIds = [...init.apis.values()].flatMap(({ apis }) => apis.map(({ id }) => id));
  const deployedApis = await readEach(apiIds, (id) => remote.deployedApi(id));
  const formerBuckets = new Map<string, readonly string[]>();
  for (const spec of specs) {
    const { name } = spec.lambda;
    const found = init.functions.get(name);
    if (found) formerBuckets.set(name, formerBucketsOf(spec, deployedFdl(found), permissions.get(name) ?? []));
  }
  const notifications = await readEach([...formerBuckets.values()].flat(), (bucket) => remote.notifications(bucket));
  const formerPackages = await readEach(names, (name) => {
    const { lambda } = specs.find((spec) => spec.lambda.name === name)!;
    return formerPackage(lambda, deployedFdl(init.functions.get(name)!), remote);
  });
  const all: Map<string, NotificationConfiguration> = new Map([...notifications, ...init.notifications]);
  return { ...init, notifications: all, permissions, events, retention, deployedApis, formerBuckets, formerPackages };
}

export function deployedFdl(found: Pick<RemoteFunction, "variables">): Partial<LambdaSection> {
  return decodeFdlVariable(found.variables[ENV.fdl]) ?? {};
}

/** Those that its FDL names, and those that our permissions name: these stay until all else is done, so that a cut update finds them. */
function formerBucketsOf(
  spec: FunctionSpec,
  deployed: Partial<LambdaSection>,
  permissions: readonly BucketPermission[],
): string[] {
  const wanted = new Set(inputsOf([spec]).map(({ bucket }) => bucket));
  const named = [
    ...s3Places(deployed.input ?? []).map(({ bucket }) => bucket),
    ...permissions.filter(isOurPermission).map(({ bucket }) => bucket),
  ];
  return [...new Set(named)].filter((bucket) => !wanted.has(bucket));
}

/** Ours have the bucket's name in their id; the original's are random UUIDs. */
export function isOurPermission({ statementId }: BucketPermission): boolean {
  return statementId.startsWith("scar-s3-") || /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(statementId);
}

async function formerPackage(
  lambda: LambdaSection,
  deployed: Partial<LambdaSection>,
  remote: RemoteDetails,
): Promise<string | undefined> {
  const bucket = deployed.deployment?.bucket;
  if (!bucket || bucket === lambda.deployment.bucket) return undefined;
  return (await remote.packageMark(bucket, packageKey(lambda.name))) === undefined ? undefined : bucket;
}

/** Whether it can only be deleted and made again: AWS does not turn an image into a package. */
export function mustReplace(found: RemoteFunction): boolean {
  return found.configuration.PackageType === "Image";
}

/** Whether an init or update of it was cut. */
export function isUnfinished(found: RemoteFunction): boolean {
  return found.tags[TAG.state] === "deploying";
}

/** Throws for functions that are not there, not ours or not to be changed in place, one error for all; then for the first other thing. */
export function checkUpdate(specs: readonly FunctionSpec[], state: UpdateState, replace: boolean): void {
  throwTogether(specs.flatMap(({ lambda: { name } }) => refusalOf(name, state.functions.get(name), replace) ?? []));
  checkPlaces(specs, state);
}

function refusalOf(name: string, found: RemoteFunction | undefined, replace: boolean): ScarError | undefined {
  if (found === undefined) {
    return new ScarError("FunctionNotFound", `Unable to find the function '${name}'`, {
      hint: "'scar init -f FILE' creates it",
    });
  }
  if (!isOurs(found)) {
    return new ScarError("NotOurs", `Function '${name}' was not created by scar, and is left as it is`, {
      hint: "give the function of your file another name",
    });
  }
  const parts = unservedParts(found);
  if (parts !== undefined) return notSupportedYet(`update of function '${name}' with its ${parts}`);
  if (!mustReplace(found) || replace) return undefined;
  return new ScarError("NotInPlace", `Function '${name}' runs from a container image: AWS cannot give it a package`, {
    hint: "--replace deletes it and makes it again; its log and its buckets stay",
  });
}
