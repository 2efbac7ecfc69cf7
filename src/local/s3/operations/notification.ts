/** A bucket's notification configuration. */
import { readBody } from "../../http/body.ts";
import { checkArns, checkDestinations, deliver } from "../notification/destinations.ts";
import { notificationDocument, parseNotification } from "../notification/document.ts";
import { validateNotification } from "../notification/validate.ts";
import { bucketOf, headerOf, type S3Operation, type S3Request, xmlResponse } from "../operation.ts";

const MAX_DOCUMENT = 1024 * 1024;

export const getBucketNotificationConfiguration: S3Operation = (request, context) =>
  xmlResponse(notificationDocument(bucketOf(request, context).info.notification));

/** What S3 sends to a queue when it is told to notify it. */
const testEvent = (request: S3Request) => ({
  Service: "Amazon S3",
  Event: "s3:TestEvent",
  Time: new Date().toISOString(),
  Bucket: request.bucket,
  RequestId: request.requestId,
  HostId: Buffer.from(request.requestId).toString("base64"),
});

export const putBucketNotificationConfiguration: S3Operation = async (request, context) => {
  const { settings, destinations } = context;
  const configuration = parseNotification((await readBody(request.body, MAX_DOCUMENT)).toString());
  const { rules } = configuration;
  validateNotification(configuration);
  checkArns(rules);
  const bucket = bucketOf(request, context);
  const skips = headerOf(request, "x-amz-skip-destination-validation")?.toLowerCase() === "true";
  if (!skips) checkDestinations(rules, `arn:aws:s3:::${request.bucket}`, settings.accountId, destinations);
  bucket.configure({ notification: configuration });
  const queues = new Set(rules.filter(({ kind }) => kind === "queue").map(({ arn }) => arn));
  if (!skips) for (const arn of queues) await deliver({ kind: "queue", arn }, testEvent(request), destinations);
  return { status: 200 };
};
