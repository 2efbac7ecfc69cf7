/** Bucket notifications: read, merge, write back whole. */
import {
  GetBucketNotificationConfigurationCommand,
  type NotificationConfiguration,
  PutBucketNotificationConfigurationCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import { isAwsError } from "../errors.ts";
import { mergeNotifications, type NotificationChange, sameNotifications } from "../plan/notifications.ts";
import { poll } from "../wait.ts";

/** A permission that was just added takes a moment until S3's check of the destination sees it. */
const DESTINATION = { first: 250, longest: 5_000, deadline: 60_000 };

export async function bucketNotifications(s3: S3Client, bucket: string): Promise<NotificationConfiguration> {
  const { $metadata: _, ...found } = await s3.send(new GetBucketNotificationConfigurationCommand({ Bucket: bucket }));
  return found;
}

/**
 * One write with the changes of all functions. What is there is read just before, as S3 has no conditional write for it.
 * Returns false when nothing had to change. Throws what S3 last said when it cannot validate a destination in time.
 */
export async function changeNotifications(
  s3: S3Client,
  change: NotificationChange,
  signal?: AbortSignal,
): Promise<boolean> {
  let refusal: unknown;
  const done = await poll(
    async () => {
      const present = await bucketNotifications(s3, change.bucket);
      const wanted = mergeNotifications(present, change);
      if (sameNotifications(present, wanted)) return "unchanged";
      try {
        await s3.send(
          new PutBucketNotificationConfigurationCommand({ Bucket: change.bucket, NotificationConfiguration: wanted }),
        );
        return "changed";
      } catch (error) {
        if (!isAwsError(error, "InvalidArgument") || !/validate the following destination/i.test(error.message)) {
          throw error;
        }
        refusal = error;
        return undefined;
      }
    },
    DESTINATION,
    signal,
  );
  if (done === undefined) throw refusal;
  return done === "changed";
}
