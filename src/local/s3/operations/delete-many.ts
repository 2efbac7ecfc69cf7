/** DeleteObjects: up to 1000 keys in one request. */
import { readBody } from "../../http/body.ts";
import { childrenOf, parseXml, textOf, xmlDocument } from "../../http/xml.ts";
import { notServed } from "../../service.ts";
import { malformedXml } from "../errors.ts";
import { bucketOf, S3_NAMESPACE, type S3Operation, xmlResponse } from "../operation.ts";

const MAX_KEYS = 1000;
/** A thousand keys of a kilobyte, escaped. */
const MAX_DOCUMENT = 8 * 1024 * 1024;

export const deleteObjects: S3Operation = async (request, context) => {
  const bucket = bucketOf(request, context);
  const document = parseXml((await readBody(request.body, MAX_DOCUMENT)).toString(), "Delete");
  const entries = childrenOf(document, "Object");
  if (entries.length === 0 || entries.length > MAX_KEYS) throw malformedXml();
  const keys = entries.map((entry) => {
    const key = textOf(entry, "Key");
    if (!key) throw malformedXml();
    if (textOf(entry, "ETag") !== undefined) throw notServed("DeleteObjects with a condition");
    return key;
  });
  for (const key of keys) {
    if (!bucket.objects.get(key)) continue;
    bucket.commit({ op: "delete", key });
    await context.events.send(request, bucket, "ObjectRemoved:Delete", key);
  }
  const quiet = textOf(document, "Quiet") === "true";
  return xmlResponse(
    xmlDocument("DeleteResult", { Deleted: quiet ? [] : keys.map((key) => ({ Key: key })) }, S3_NAMESPACE),
  );
};
