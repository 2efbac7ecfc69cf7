import { notSupportedYet, ScarError } from "../../errors.ts";
import { isBase64, isProxyRequest, type ProxyRequest, proxyBody, queryVariables } from "./api-gateway.ts";
import { type ObjectRecord, parseObjectRecord } from "./s3-records.ts";

/** What the event asks to run instead of the init script. */
export type Override =
  | { readonly kind: "script"; readonly content: Buffer }
  | { readonly kind: "arguments"; readonly argv: readonly string[] };

/** What the command gets as its input. */
export type Input =
  | { readonly kind: "objects"; readonly records: readonly ObjectRecord[] }
  /** `content` is staged as `name`. */
  | { readonly kind: "file"; readonly name: string; readonly content: Buffer }
  | { readonly kind: "none" };

export interface Invocation {
  readonly input: Input;
  readonly override: Override | undefined;
  /** Further variables of the container. */
  readonly variables: Readonly<Record<string, string>>;
  /** The event as the container sees it in `EVENT`. */
  readonly event: unknown;
}

type Mapping = Readonly<Record<string, unknown>>;

/**
 * The events of behaviour.md, section 7: storage records, delegated events, API Gateway requests, direct payloads; anything else is a
 * file. Throws ScarError `InvalidEvent`, or `NotSupportedYet` for a storage provider to come.
 */
export function parseEvent(payload: unknown): Invocation {
  const event = delegated(payload);
  if (!isMapping(event)) return { ...plain(event), override: undefined, variables: {}, event };
  if (isProxyRequest(event)) return proxyInvocation(event as unknown as ProxyRequest, event);
  return { ...plain(event), override: override(event), variables: {}, event };
}

/** True for events that come from a storage: their sender reads no answer. */
export function isStorageEvent(payload: unknown): boolean {
  const event = delegated(payload);
  return isMapping(event) && storageSource(event) !== undefined;
}

function isMapping(value: unknown): value is Mapping {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** `{event, storage_provider}`: handed on by another cluster; a user's own payload may well have an `event` alone. */
function delegated(payload: unknown): unknown {
  if (!isMapping(payload) || !("event" in payload) || !("storage_provider" in payload)) return payload;
  const { event } = payload;
  if (typeof event !== "string") return event;
  try {
    return JSON.parse(event);
  } catch {
    return event;
  }
}

function plain(event: unknown): { input: Input } {
  const source = isMapping(event) ? storageSource(event) : undefined;
  if (source === "aws:s3") {
    const records = (event as { Records: unknown[] }).Records;
    return { input: { kind: "objects", records: records.map(parseObjectRecord) } };
  }
  if (source !== undefined) throw notSupportedYet(`events of '${source}'`);
  if (isMapping(event) && ("script" in event || "cmd_args" in event)) return { input: { kind: "none" } };
  return { input: eventFile(event) };
}

/** `aws:s3`, `minio:s3`, `OneTrigger`; undefined when the event is not one of a storage that SCAR knows. */
function storageSource(event: Mapping): string | undefined {
  const records = event["Records"];
  const first: unknown = Array.isArray(records) ? records[0] : undefined;
  const source = isMapping(first) ? first["eventSource"] : undefined;
  return source === "aws:s3" || source === "minio:s3" || source === "OneTrigger" ? source : undefined;
}

function eventFile(event: unknown): Input {
  if (typeof event === "string") return { kind: "file", name: "event-file", content: Buffer.from(event) };
  return { kind: "file", name: "event.json", content: Buffer.from(JSON.stringify(event ?? null)) };
}

function override(event: Mapping): Override | undefined {
  if ("script" in event) {
    const { script } = event;
    if (typeof script !== "string" || !isBase64(script)) {
      throw new ScarError("InvalidEvent", "the event's 'script' is not base64 text");
    }
    return { kind: "script", content: Buffer.from(script, "base64") };
  }
  return "cmd_args" in event ? { kind: "arguments", argv: commandArguments(event["cmd_args"]) } : undefined;
}

function commandArguments(value: unknown): string[] {
  let parsed = value;
  if (typeof value === "string") {
    try {
      parsed = JSON.parse(value);
    } catch {
      parsed = undefined;
    }
  }
  const isText = (item: unknown): item is string => typeof item === "string" && !item.includes("\0");
  if (Array.isArray(parsed) && parsed.length > 0 && parsed.every(isText)) return parsed;
  throw new ScarError("InvalidEvent", "the event's 'cmd_args' is not a JSON array of texts");
}

/** The caller of an endpoint may be anybody: its body never chooses what runs. */
function proxyInvocation(request: ProxyRequest, event: Mapping): Invocation {
  const common = { override: undefined, variables: queryVariables(request) };
  const body = proxyBody(request);
  if (body.kind === "none") return { ...common, input: { kind: "none" }, event };
  if (body.kind === "bytes") {
    return { ...common, input: { kind: "file", name: "api_event_file", content: body.bytes }, event };
  }
  if (isStorageEvent(body.value)) return { ...common, ...plain(delegated(body.value)), event: delegated(body.value) };
  return { ...common, input: { kind: "file", name: "event.json", content: Buffer.from(body.text) }, event };
}
