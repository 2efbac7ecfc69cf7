/** What the stand-in for AWS held before and after each step of a trace, as its seeds and the calls say. */
import type { Trace } from "../traces.ts";
import { apply } from "./effects.ts";
import { seed } from "./seed.ts";

export const OWNER = "AIDAFAKEUSERID0000001";
export const ACCOUNT = "123456789012";
export const OWN_TAGS = { createdby: "scar", owner: OWNER };

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

/** A REST API with the methods that it has, in AWS's words. */
export interface TraceApi {
  readonly name: string;
  readonly description: string | undefined;
  readonly types: readonly string[] | undefined;
  readonly tags: Readonly<Record<string, string>>;
  /** By path and verb. */
  readonly methods: Readonly<Record<string, Readonly<Record<string, TraceMethod>>>>;
  /** To which it was deployed. */
  readonly stages: readonly string[];
}

export interface TraceMethod {
  readonly authorizationType: string;
  readonly requestParameters: Readonly<Record<string, boolean>> | undefined;
  readonly integration: TraceIntegration | undefined;
}

export interface TraceIntegration {
  readonly type: string;
  readonly httpMethod: string;
  readonly uri: string;
  readonly requestParameters: Readonly<Record<string, string>> | undefined;
}

export interface TraceAccount {
  readonly functions: Record<string, TraceFunction>;
  /** Descriptions of the versions, by name. */
  readonly layers: Record<string, readonly string[]>;
  readonly buckets: Record<string, TraceBucket>;
  readonly logGroups: Record<string, TraceLogGroup>;
  /** By id: `api0000001`, the stand-in's first one. */
  readonly apis: Record<string, TraceApi>;
}

export const emptyAccount = (): TraceAccount => ({ functions: {}, layers: {}, buckets: {}, logGroups: {}, apis: {} });

/** The id that the stand-in gave to an API when it had so many. */
export const apiIdAfter = (apis: number): string => `api${String(apis + 1).padStart(7, "0")}`;

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
