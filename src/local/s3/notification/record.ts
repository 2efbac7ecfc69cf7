/** The event record that S3 sends, structure version 2.1. */
import { uriEncode } from "../../http/sigv4.ts";
import type { Identity } from "../../service.ts";
import type { BucketInfo } from "../storage/bucket.ts";
import type { StoredObject } from "../storage/records.ts";
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

/** Keys in events are encoded as in a form (a space is `+`), with their slashes kept. */
export function eventKey(key: string): string {
  return uriEncode(key).replace(/%2F/g, "/").replace(/%20/g, "+");
}

export function eventRecord(facts: EventFacts): object {
  const { object, bucket, requestId } = facts;
  return {
    eventVersion: "2.1",
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
      object: {
        key: eventKey(facts.key),
        ...(object && { size: object.size, eTag: object.etag }),
        sequencer: facts.sequencer,
      },
    },
  };
}
