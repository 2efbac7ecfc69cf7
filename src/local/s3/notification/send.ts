/** Events of writes, handed over to their destinations before the write is acknowledged. */
import type { LocalSettings } from "../../service.ts";
import type { S3Request } from "../operation.ts";
import type { Bucket } from "../storage/bucket.ts";
import type { StoredObject } from "../storage/records.ts";
import { type Destinations, deliver } from "./destinations.ts";
import { type EventName, matchingRules } from "./model.ts";
import { eventRecord } from "./record.ts";

export interface EventSender {
  /** Resolves when every function and queue that listens has the event, on disk. @param object undefined when it was removed. */
  send(request: S3Request, bucket: Bucket, event: EventName, key: string, object?: StoredObject): Promise<void>;
}

export function createEventSender(settings: LocalSettings, destinations: Destinations): EventSender {
  let last = 0n;
  /** Grows with every event, over restarts too (it starts from the clock); as text it sorts the same. */
  const sequencer = (): string => {
    const now = BigInt(Date.now()) << 16n;
    last = now > last ? now : last + 1n;
    return last.toString(16).toUpperCase().padStart(16, "0");
  };
  return {
    async send(request, bucket, event, key, object) {
      const rules = matchingRules(bucket.info.notification, event, key);
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
        await deliver(rule, { Records: [record] }, destinations);
      }
    },
  };
}
