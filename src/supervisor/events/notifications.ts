/**
 * What S3 tells of its objects, in all the ways that lead to a function: directly, by a queue (SQS), a topic (SNS), a topic's queue, or
 * EventBridge. Every record is looked at: a queue mixes what it likes.
 */
import { notSupportedYet } from "../../errors.ts";
import { fromJson, isMapping, type Mapping } from "./payload.ts";
import { type NoObject, type ObjectRecord, parseBridgeEvent, parseObjectRecord } from "./s3-records.ts";

/** One record of an event. */
export type Found =
  | { readonly kind: "object"; readonly record: ObjectRecord; readonly event: unknown }
  /** S3's own check, sent when a notification is configured. */
  | { readonly kind: "test" }
  | ({ readonly kind: "unknown"; readonly name: string; readonly event: unknown } & NoObject);

/** Queue in a topic in a queue: deeper than anything that AWS sends. */
const DEEPEST = 3;

/**
 * Undefined when the event is none of a service. Throws ScarError `NotSupportedYet` for storage providers to come.
 * @param name of the event, for the log
 */
export function notificationsOf(event: unknown, name = "the event", depth = 0): readonly Found[] | undefined {
  if (!isMapping(event) || depth > DEEPEST) return undefined;
  if (event["Event"] === "s3:TestEvent" && "Bucket" in event) return [{ kind: "test" }];
  if (event["source"] === "aws.s3" && "detail-type" in event) {
    return [found(parseBridgeEvent(event), name, event)];
  }
  const { Records } = event;
  if (!Array.isArray(Records) || !Records.some((record) => sourceOf(record) !== undefined)) return undefined;
  return Records.flatMap((record, index) => fromRecord(record, `Records[${index}]`, depth));
}

/** Whether an AWS service, or another storage, sent the event: nobody reads the answer. */
export function isFromService(event: unknown): boolean {
  if (!isMapping(event)) return false;
  const { Records } = event;
  if (Array.isArray(Records)) return Records.some((record) => sourceOf(record) !== undefined);
  return event["Event"] === "s3:TestEvent" || (typeof event["source"] === "string" && "detail-type" in event);
}

/** A user's own payload may have records too, from sources of its own. SNS writes the field in its own way. */
function sourceOf(record: unknown): string | undefined {
  if (!isMapping(record)) return undefined;
  const source = record["eventSource"] ?? record["EventSource"];
  return typeof source === "string" && /^(?:aws:.|minio:s3$|OneTrigger$)/.test(source) ? source : undefined;
}

function fromRecord(record: unknown, name: string, depth: number): readonly Found[] {
  const event = { Records: [record] };
  const source = sourceOf(record);
  switch (source) {
    case "aws:s3":
      return [found(parseObjectRecord(record), name, event)];
    case "aws:sqs":
      return wrapped((record as Mapping)["body"], name, event, "a message of a queue", depth);
    case "aws:sns": {
      const { Sns } = record as Mapping;
      return wrapped(isMapping(Sns) ? Sns["Message"] : undefined, name, event, "a message of a topic", depth);
    }
    case "minio:s3":
    case "OneTrigger":
      throw notSupportedYet(`events of '${source}'`);
    case undefined:
      return [{ kind: "unknown", name, event, why: "says nothing of where it comes from", malformed: true }];
    default:
      return [{ kind: "unknown", name, event, why: `is of '${source}'`, malformed: false }];
  }
}

function wrapped(text: unknown, name: string, event: unknown, what: string, depth: number): readonly Found[] {
  const message = fromJson(text);
  // A topic's message to a queue is in an envelope, unless raw delivery is on.
  const inner = isMapping(message) && typeof message["TopicArn"] === "string" ? fromJson(message["Message"]) : message;
  const all = notificationsOf(inner, name, depth + 1);
  return all ?? [{ kind: "unknown", name, event, why: `is ${what} that holds no event of S3`, malformed: false }];
}

function found(parsed: ObjectRecord | NoObject, name: string, event: unknown): Found {
  if ("why" in parsed) return { kind: "unknown", name, event, ...parsed };
  return { kind: "object", record: parsed, event };
}
