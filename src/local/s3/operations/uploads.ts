/** Multipart uploads: begin and abort. */
import { randomBytes } from "node:crypto";
import { xmlDocument } from "../../http/xml.ts";
import { checkAclHeaders } from "../acl.ts";
import { checksumTypeOf } from "../checksum/multipart.ts";
import { algorithmOf } from "../checksum/upload.ts";
import { invalidRequest, noSuchUpload } from "../errors.ts";
import { objectHeaders, refuseUnserved, requestedTags } from "../object-headers.ts";
import {
  bucketOf,
  headerOf,
  S3_NAMESPACE,
  type S3Context,
  type S3Operation,
  type S3Request,
  xmlResponse,
} from "../operation.ts";
import type { Upload } from "../storage/bucket.ts";
import { requestedStorageClass } from "../storage-class.ts";

/** The upload that `uploadId` names, which must be one for this key. */
export function uploadOf(request: S3Request, context: S3Context): Upload {
  const id = request.query.get("uploadId") ?? "";
  const upload = bucketOf(request, context).uploads.get(id);
  if (!upload || upload.key !== request.key) throw noSuchUpload(id);
  return upload;
}

export const createMultipartUpload: S3Operation = (request, context) => {
  refuseUnserved(request);
  const bucket = bucketOf(request, context);
  checkAclHeaders(request, bucket.info);
  const algorithm = algorithmOf(request, "x-amz-checksum-algorithm");
  const askedType = headerOf(request, "x-amz-checksum-type");
  if (askedType !== undefined && algorithm === undefined) {
    throw invalidRequest("The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.");
  }
  const checksum = algorithm && { algorithm, checksumType: checksumTypeOf(algorithm, askedType) };
  const id = randomBytes(24).toString("base64url");
  bucket.commit({
    op: "upload",
    id,
    upload: {
      key: request.key,
      initiated: Date.now(),
      headers: objectHeaders(request),
      ...checksum,
      ...requestedTags(request),
      ...requestedStorageClass(request),
    },
  });
  const response = xmlResponse(
    xmlDocument(
      "InitiateMultipartUploadResult",
      { Bucket: request.bucket, Key: request.key, UploadId: id },
      S3_NAMESPACE,
    ),
  );
  return {
    ...response,
    headers: {
      ...response.headers,
      "x-amz-server-side-encryption": "AES256",
      ...(checksum && {
        "x-amz-checksum-algorithm": checksum.algorithm.toUpperCase(),
        "x-amz-checksum-type": checksum.checksumType,
      }),
    },
  };
};

export const abortMultipartUpload: S3Operation = (request, context) => {
  const { id } = uploadOf(request, context);
  bucketOf(request, context).commit({ op: "abort", id });
  return { status: 204 };
};
