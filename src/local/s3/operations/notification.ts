/** A bucket's notification configuration. */
import { readBody } from "../../http/body.ts";
import { notificationDocument, parseNotification } from "../notification/document.ts";
import { validateNotification } from "../notification/validate.ts";
import { bucketOf, headerOf, type S3Operation, xmlResponse } from "../operation.ts";

const MAX_DOCUMENT = 1024 * 1024;

export const getBucketNotificationConfiguration: S3Operation = (request, context) =>
  xmlResponse(notificationDocument(bucketOf(request, context).info.notification));

export const putBucketNotificationConfiguration: S3Operation = async (request, context) => {
  const { settings, target } = context;
  const configuration = parseNotification((await readBody(request.body, MAX_DOCUMENT)).toString());
  validateNotification(configuration);
  const bucket = bucketOf(request, context);
  if (headerOf(request, "x-amz-skip-destination-validation") !== "true") {
    for (const rule of configuration.rules) {
      if (rule.kind === "lambda")
        target.checkDestination(rule.arn, `arn:aws:s3:::${request.bucket}`, settings.accountId);
    }
  }
  bucket.configure({ notification: configuration });
  return { status: 200 };
};
