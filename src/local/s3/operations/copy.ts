/** CopyObject: no byte is copied, the new object names the same content. */
import { xmlDocument } from "../../http/xml.ts";
import { AwsError } from "../../service.ts";
import { checkWrite } from "../conditions.ts";
import { copySource } from "../copy-source.ts";
import { invalidArgument } from "../errors.ts";
import { objectHeaders, refuseUnserved } from "../object-headers.ts";
import { bucketOf, headerOf, S3_NAMESPACE, type S3Operation, xmlResponse } from "../operation.ts";
import { copyContent } from "../storage/content.ts";
import type { StoredObject } from "../storage/records.ts";

/** The largest object that S3 copies in one request. */
const MAX_COPY = 5 * 1024 ** 3;

export const copyObject: S3Operation = async (request, context) => {
  refuseUnserved(request);
  const bucket = bucketOf(request, context);
  const source = copySource(request, context);
  if (source.object.size > MAX_COPY) {
    throw new AwsError(
      400,
      "InvalidRequest",
      `The specified copy source is larger than the maximum allowable size for a copy source: ${MAX_COPY}`,
    );
  }
  const directive = headerOf(request, "x-amz-metadata-directive") ?? "COPY";
  if (directive !== "COPY" && directive !== "REPLACE")
    throw invalidArgument("Unknown metadata directive.", "x-amz-metadata-directive", directive);
  if (source.bucket === bucket && source.key === request.key && directive === "COPY") {
    throw new AwsError(
      400,
      "InvalidRequest",
      "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
    );
  }
  const parts = await copyContent(source.bucket, source.object.parts, bucket);
  const object: StoredObject = {
    ...source.object,
    parts,
    modified: Date.now(),
    headers: directive === "REPLACE" ? objectHeaders(request) : source.object.headers,
  };
  try {
    checkWrite(request, request.key, bucketOf(request, context).objects.get(request.key));
    bucket.commit({ op: "put", key: request.key, object });
  } catch (error) {
    bucket.discard(parts);
    throw error;
  }
  await context.events.send(request, bucket, "ObjectCreated:Copy", request.key, object);
  return xmlResponse(
    xmlDocument(
      "CopyObjectResult",
      { LastModified: new Date(object.modified).toISOString(), ETag: `"${object.etag}"` },
      S3_NAMESPACE,
    ),
  );
};
