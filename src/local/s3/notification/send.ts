/** Events of writes, handed over to their destinations before the write is acknowledged. */
import { AwsError, type EventTarget, type LocalSettings } from "../../service.ts";
import type { S3Request } from "../operation.ts";
import type { Bucket } from "../storage/bucket.ts";
import type { StoredObject } from "../storage/records.ts";
import { type EventName, matchingRules } from "./model.ts";
import { eventRecord } from "./record.ts";

export interface EventSender {
  /** Resolves when every function that listens has the event in its queue, on disk. @param object undefined when it was removed. */
  send(request: S3Request, bucket: Bucket, event: EventName, key: string, object?: StoredObject): Promise<void>;
}

export function createEventSender(settings: LocalSettings, target: EventTarget): EventSender {
  let last = 0n;
  /** Grows with every event, over restarts too (it starts from the clock); as text it sorts the same. */
  const sequencer = (): string => {
    const now = BigInt(Date.now()) << 16n;
    last = now > last ? now : last + 1n;
    return last.toString(16).toUpperCase().padStart(16, "0");
  };
  return {
    async send(request, bucket, event, key, object) {
      const rules = matchingRules(bucket.info.notification, event, key).filter((rule) => rule.kind === "lambda");
      if (rules.length === 0) return;
      const sequence = sequencer();
      for (const rule of rules) {
        const record = eventRecord({
          rule,
          event,
          key,
          object,
          bucket: bucket.info,
          ownerId: settings.accountId,
          requester: request.identity,
          requestId: request.requestId,
          sequencer: sequence,
          time: Date.now(),
        });
        await target.enqueue(rule.arn, Buffer.from(JSON.stringify({ Records: [record] }))).catch(unlessGone);
      }
    },
  };
}

/** A function that was deleted loses its events; the write goes on. */
function unlessGone(error: unknown): void {
  if (!(error instanceof AwsError && error.status === 404)) throw error;
}
