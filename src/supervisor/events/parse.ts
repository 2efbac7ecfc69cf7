import { ScarError } from "../../errors.ts";
import { httpRequest, isHttpRequest, queryVariables } from "./api-gateway.ts";
import { httpBody, isBase64 } from "./http-body.ts";
import { type Found, isFromService, notificationsOf } from "./notifications.ts";
import { isMapping, type Mapping, shapeOf } from "./payload.ts";
import { isFolderMarker, type ObjectRecord } from "./s3-records.ts";

/** What the event asks to run instead of the init script. */
export type Override =
  | { readonly kind: "script"; readonly content: Buffer }
  | { readonly kind: "arguments"; readonly argv: readonly string[] };

/** What the command gets as its input. */
export type Input =
  | { readonly kind: "object"; readonly record: ObjectRecord }
  /** `content` is staged as `name`. */
  | { readonly kind: "file"; readonly name: string; readonly content: Buffer }
  | { readonly kind: "none" };

/** One run of the command. */
export interface Job {
  readonly input: Input;
  /** The event as the container sees it in `EVENT`: of this input alone. */
  readonly event: unknown;
}

/** What the log says of an event: never more of the user's values than names of objects. */
export interface Note {
  readonly level: "info" | "warning";
  readonly message: string;
}

export interface Invocation {
  /** One for each object; none when there is nothing to process. */
  readonly jobs: readonly Job[];
  readonly override: Override | undefined;
  /** Further variables of the container. */
  readonly variables: Readonly<Record<string, string>>;
  readonly notes: readonly Note[];
}

/**
 * The events of behaviour.md, section 7: storage records (as S3 sends them, or by a queue, a topic or EventBridge), delegated events,
 * requests of HTTP endpoints, direct payloads; anything else is a file, and a note says what it was taken for. Throws ScarError
 * `InvalidEvent` for a script, arguments or variables that cannot be run with, `InvalidBody` for a request whose body cannot be read, and
 * `NotSupportedYet` for a storage provider to come.
 */
export function parseEvent(payload: unknown): Invocation {
  const whole = delegated(payload);
  if (isHttpRequest(whole)) return httpInvocation(whole);
  const { event, variables } = withoutVariables(whole);
  const override = isMapping(event) ? overrideOf(event) : undefined;
  return { ...jobsOf(event, override), override, variables };
}

/** True for events of a service: their sender reads no answer. */
export function isServiceEvent(payload: unknown): boolean {
  return isFromService(delegated(payload));
}

/** True for requests of HTTP endpoints: whoever sent one may be anybody. */
export function isEndpointRequest(payload: unknown): boolean {
  return isHttpRequest(delegated(payload));
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

type Jobs = Pick<Invocation, "jobs" | "notes">;

function jobsOf(event: unknown, override: Override | undefined): Jobs {
  const found = notificationsOf(event);
  if (found) return notifiedJobs(event, found);
  if (override) return { jobs: [{ input: { kind: "none" }, event }], notes: [] };
  const input = eventFile(event);
  const message = `the event is ${shapeOf(event)}, and none that SCAR knows: it is the input file ${input.name}`;
  return { jobs: [{ input, event }], notes: [{ level: "info", message }] };
}

/** Objects are inputs. Of the rest each record is a file; an event of nothing else is one file, whole. */
function notifiedJobs(event: unknown, found: readonly Found[]): Jobs {
  const jobs: Job[] = [];
  const notes: Note[] = [];
  const whole = found.every((one) => one.kind === "unknown");
  if (whole) jobs.push({ input: eventFile(event), event });
  for (const one of found) {
    if (one.kind === "test") {
      notes.push({ level: "info", message: "s3:TestEvent: S3 tries its notification, nothing to process" });
    } else if (one.kind === "unknown") {
      if (!whole) jobs.push({ input: eventFile(one.event), event: one.event });
      const message = `${one.name} ${one.why}: it is handed over in the input file event.json`;
      notes.push({ level: one.malformed ? "warning" : "info", message });
    } else if (isFolderMarker(one.record)) {
      const message = `s3://${one.record.bucket}/${one.record.key} is a folder marker, nothing to process`;
      notes.push({ level: "info", message });
    } else {
      jobs.push({
        input: { kind: "object", record: one.record },
        event: found.length === 1 ? unwrapped(event, one) : one.event,
      });
    }
  }
  return { jobs, notes };
}

/** S3's own event as it came: it may have more than its records. */
function unwrapped(event: unknown, { event: own, record }: Found & { kind: "object" }): unknown {
  const records = isMapping(event) ? event["Records"] : undefined;
  return Array.isArray(records) && records[0] === record.raw ? event : own;
}

function eventFile(event: unknown): Input & { kind: "file" } {
  if (typeof event === "string") return { kind: "file", name: "event-file", content: Buffer.from(event) };
  return { kind: "file", name: "event.json", content: Buffer.from(JSON.stringify(event ?? null)) };
}

function overrideOf(event: Mapping): Override | undefined {
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

/**
 * `cmd_env`: variables of the container for this run alone (`scar run -e`), a mapping of texts. They are no part of the event that the
 * container sees. The body of a request to an endpoint never comes here.
 */
function withoutVariables(whole: unknown): { event: unknown; variables: Readonly<Record<string, string>> } {
  if (!isMapping(whole) || !("cmd_env" in whole)) return { event: whole, variables: {} };
  const { cmd_env, ...event } = whole;
  const entries = isMapping(cmd_env) ? Object.entries(cmd_env) : undefined;
  if (!entries?.every(([name, value]) => /^[A-Za-z_]\w*$/.test(name) && typeof value === "string")) {
    throw new ScarError("InvalidEvent", "the event's 'cmd_env' is not a mapping of variables to texts");
  }
  return { event, variables: cmd_env as Readonly<Record<string, string>> };
}

/** The caller of an endpoint may be anybody: its body never chooses what runs. */
function httpInvocation(event: Mapping): Invocation {
  const request = httpRequest(event);
  const common = { override: undefined, variables: queryVariables(request) };
  const body = httpBody(request);
  const one = (input: Input): Invocation => ({ ...common, jobs: [{ input, event }], notes: [] });
  if (body.kind === "none") return one({ kind: "none" });
  if (body.kind === "bytes") return one({ kind: "file", name: "api_event_file", content: body.bytes });
  const inner = delegated(body.value);
  const found = notificationsOf(inner);
  if (found) return { ...common, ...notifiedJobs(inner, found) };
  return one({ kind: "file", name: "event.json", content: Buffer.from(body.text) });
}
