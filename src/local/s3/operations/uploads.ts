/** Multipart uploads: begin, abort and look. */
import { randomBytes } from "node:crypto";
import { CHECKSUM_NAMES } from "../../http/checksums.ts";
import { xmlDocument } from "../../http/xml.ts";
import { invalidArgument, noSuchUpload } from "../errors.ts";
import { objectHeaders, refuseUnserved } from "../object-headers.ts";
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
import { compareUtf8 } from "../storage/key-index.ts";
import { urlEncodeName } from "./list.ts";

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
  const asked = headerOf(request, "x-amz-checksum-algorithm");
  const algorithm = CHECKSUM_NAMES.find((name) => name === asked?.toLowerCase());
  if (asked !== undefined && !algorithm) {
    throw invalidArgument("Checksum algorithm provided is unsupported.", "x-amz-checksum-algorithm", asked);
  }
  const id = randomBytes(24).toString("base64url");
  bucket.commit({
    op: "upload",
    id,
    upload: {
      key: request.key,
      initiated: Date.now(),
      headers: objectHeaders(request),
      ...(algorithm && { algorithm }),
    },
  });
  const response = xmlResponse(
    xmlDocument(
      "InitiateMultipartUploadResult",
      { Bucket: request.bucket, Key: request.key, UploadId: id },
      S3_NAMESPACE,
    ),
  );
  if (!asked) return response;
  return { ...response, headers: { ...response.headers, "x-amz-checksum-algorithm": asked } };
};

export const abortMultipartUpload: S3Operation = (request, context) => {
  const { id } = uploadOf(request, context);
  bucketOf(request, context).commit({ op: "abort", id });
  return { status: 204 };
};

export const listParts: S3Operation = (request, context) => {
  const upload = uploadOf(request, context);
  const marker = Number(request.query.get("part-number-marker") ?? 0) || 0;
  const max = Math.min(Number(request.query.get("max-parts") ?? 1000) || 1000, 1000);
  const later = [...upload.parts].filter(([number]) => number > marker).sort(([a], [b]) => a - b);
  const page = later.slice(0, max);
  const truncated = page.length < later.length;
  return xmlResponse(
    xmlDocument(
      "ListPartsResult",
      {
        Bucket: request.bucket,
        Key: request.key,
        UploadId: upload.id,
        PartNumberMarker: marker,
        NextPartNumberMarker: truncated ? page.at(-1)![0] : undefined,
        MaxParts: max,
        IsTruncated: truncated,
        Part: page.map(([number, part]) => ({
          PartNumber: number,
          LastModified: new Date(part.modified).toISOString(),
          ETag: `"${part.etag}"`,
          Size: part.size,
          ...(part.checksum && { [`Checksum${part.checksum.name.toUpperCase()}`]: part.checksum.value }),
        })),
        StorageClass: "STANDARD",
      },
      S3_NAMESPACE,
    ),
  );
};

/** All of them, without pages: uploads under way are few. */
export const listMultipartUploads: S3Operation = (request, context) => {
  const prefix = request.query.get("prefix") ?? "";
  const encode = request.query.get("encoding-type") === "url" ? urlEncodeName : (text: string) => text;
  const uploads = [...bucketOf(request, context).uploads.values()]
    .filter((upload) => upload.key.startsWith(prefix))
    .sort((a, b) => compareUtf8(a.key, b.key) || a.initiated - b.initiated);
  return xmlResponse(
    xmlDocument(
      "ListMultipartUploadsResult",
      {
        Bucket: request.bucket,
        Prefix: prefix ? encode(prefix) : undefined,
        EncodingType: request.query.get("encoding-type") ?? undefined,
        MaxUploads: Math.max(1000, uploads.length),
        IsTruncated: false,
        Upload: uploads.map((upload) => ({
          Key: encode(upload.key),
          UploadId: upload.id,
          StorageClass: "STANDARD",
          Initiated: new Date(upload.initiated).toISOString(),
        })),
      },
      S3_NAMESPACE,
    ),
  );
};
