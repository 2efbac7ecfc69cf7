/** DeleteObjects: up to 1000 keys in one request. */
import { readBody } from "../../http/body.ts";
import { childrenOf, parseXml, textOf, type XmlNode, xmlDocument } from "../../http/xml.ts";
import { AwsError } from "../../service.ts";
import { announcedChecksum } from "../checksum/upload.ts";
import { checkDelete } from "../conditions.ts";
import { invalidRequest, malformedXml } from "../errors.ts";
import { refuseBypass } from "../object-headers.ts";
import { bucketOf, S3_NAMESPACE, type S3Context, type S3Operation, type S3Request, xmlResponse } from "../operation.ts";
import { NULL_VERSION, noSuchVersion } from "../versions.ts";

const MAX_KEYS = 1000;
/** A thousand keys of a kilobyte, escaped. */
const MAX_DOCUMENT = 8 * 1024 * 1024;

interface Deletion {
  readonly key: string;
  readonly version: string | undefined;
  readonly etag: string | undefined;
}

function readDeletion(entry: XmlNode): Deletion {
  const key = textOf(entry, "Key");
  if (!key) throw malformedXml();
  return { key, version: textOf(entry, "VersionId") || undefined, etag: textOf(entry, "ETag") };
}

/** Throws what S3 answers for this one object. */
async function remove(request: S3Request, context: S3Context, { key, version, etag }: Deletion): Promise<void> {
  const bucket = bucketOf(request, context);
  if (version !== undefined && version !== NULL_VERSION) throw noSuchVersion(key, version);
  const object = bucket.objects.get(key);
  checkDelete(etag, object);
  context.observe({ ...request, key }, "DeleteObject");
  if (!object) return;
  bucket.commit({ op: "delete", key });
  await context.events.send(request, bucket, "ObjectRemoved:Delete", key);
}

export const deleteObjects: S3Operation = async (request, context) => {
  bucketOf(request, context);
  refuseBypass(request);
  if (announcedChecksum(request) === undefined && request.headers["content-md5"] === undefined) {
    throw invalidRequest("Missing required header for this request: Content-Md5 OR x-amz-checksum-*");
  }
  const document = parseXml((await readBody(request.body, MAX_DOCUMENT)).toString(), "Delete");
  const entries = childrenOf(document, "Object");
  if (entries.length === 0 || entries.length > MAX_KEYS) throw malformedXml();
  const deletions = entries.map(readDeletion);
  const deleted: Record<string, string | undefined>[] = [];
  const errors: Record<string, string | undefined>[] = [];
  for (const deletion of deletions) {
    const { key: Key, version: VersionId } = deletion;
    try {
      await remove(request, context, deletion);
      deleted.push({ Key, VersionId });
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      errors.push({ Key, VersionId, Code: error.code, Message: error.message });
    }
  }
  const quiet = textOf(document, "Quiet") === "true";
  return xmlResponse(xmlDocument("DeleteResult", { ...(!quiet && { Deleted: deleted }), Error: errors }, S3_NAMESPACE));
};
