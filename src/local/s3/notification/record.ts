/** The event record that S3 sends: structure version 2.1, and 2.3 for what changes an object's tags or access. */
import type { Identity } from "../../service.ts";
import type { BucketInfo } from "../storage/bucket.ts";
import type { StoredObject } from "../storage/records.ts";
import { eventKey } from "./event-key.ts";
import type { EventName, NotificationRule } from "./model.ts";

export interface EventFacts {
  readonly rule: Pick<NotificationRule, "id">;
  readonly event: EventName;
  readonly key: string;
  /** Undefined when it was removed. */
  readonly object: StoredObject | undefined;
  readonly bucket: Pick<BucketInfo, "name" | "region">;
  readonly ownerId: string;
  readonly requester: Identity;
  readonly requestId: string;
  readonly sequencer: string;
  /** Milliseconds since the epoch. */
  readonly time: number;
}

/** The `object` of a record: what was written; of tags and access only whose; of a removal not even that. */
function objectPart({ event, key, object, sequencer }: EventFacts, ofContent: boolean): object {
  const eTag = object && { eTag: object.etag };
  if (!ofContent) return { key: eventKey(key), ...eTag };
  const created = event.startsWith("ObjectCreated:") && object && { size: object.size, ...eTag };
  return { key: eventKey(key), ...created, sequencer };
}

export function eventRecord(facts: EventFacts): object {
  const { bucket, requestId } = facts;
  const ofContent = /^Object(?:Created|Removed):/.test(facts.event);
  return {
    eventVersion: ofContent ? "2.1" : "2.3",
    eventSource: "aws:s3",
    awsRegion: bucket.region,
    eventTime: new Date(facts.time).toISOString(),
    eventName: facts.event,
    userIdentity: { principalId: `AWS:${facts.requester.userId}` },
    requestParameters: { sourceIPAddress: "127.0.0.1" },
    responseElements: {
      "x-amz-request-id": requestId,
      "x-amz-id-2": Buffer.from(requestId).toString("base64"),
    },
    s3: {
      s3SchemaVersion: "1.0",
      configurationId: facts.rule.id,
      bucket: {
        name: bucket.name,
        ownerIdentity: { principalId: facts.ownerId },
        arn: `arn:aws:s3:::${bucket.name}`,
      },
      object: objectPart(facts, ofContent),
    },
  };
}
