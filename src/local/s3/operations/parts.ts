/** UploadPart and UploadPartCopy. */
import { xmlDocument } from "../../http/xml.ts";
import type { AwsResponse } from "../../service.ts";
import { announcedChecksum, checksumHeaders, checksummed, storedChecksum } from "../checksum/upload.ts";
import { copySource } from "../copy-source.ts";
import { invalidArgument, invalidRequest } from "../errors.ts";
import { requireLength } from "../object-headers.ts";
import {
  bucketOf,
  headerOf,
  isoTime,
  S3_NAMESPACE,
  type S3Context,
  type S3Operation,
  type S3Request,
  xmlResponse,
} from "../operation.ts";
import { parsePartNumber } from "../part-number.ts";
import { readContent, writeContent } from "../storage/content.ts";
import type { StoredChecksum, StoredPart } from "../storage/records.ts";
import { uploadOf } from "./uploads.ts";

/**
 * Writes the body and adds it to the upload.
 * @param checksum of the body as far as S3 keeps it, that is by the upload's algorithm; asked for when the body was read.
 */
async function storePart(
  request: S3Request,
  context: S3Context,
  number: number,
  body: AsyncIterable<Buffer>,
  checksum: () => StoredChecksum | undefined,
): Promise<StoredPart> {
  const bucket = bucketOf(request, context);
  const { id } = uploadOf(request, context);
  const { file, size, md5 } = await writeContent(bucket, body);
  const kept = checksum();
  const part: StoredPart = { file, size, etag: md5, modified: Date.now(), ...(kept && { checksum: kept }) };
  try {
    // It may have been completed or aborted while the body was read.
    uploadOf(request, context);
    bucket.commit({ op: "part", id, number, part });
  } catch (error) {
    if (size > 0) bucket.discard([part]);
    throw error;
  }
  return part;
}

export const uploadPart: S3Operation = async (request, context): Promise<AwsResponse> => {
  requireLength(request);
  const number = parsePartNumber(request.query.get("partNumber") ?? "");
  const { algorithm } = uploadOf(request, context);
  const announced = announcedChecksum(request);
  if (algorithm && announced && algorithm !== announced) {
    throw invalidRequest(
      `Checksum Type mismatch occurred, expected checksum Type: ${algorithm}, actual checksum Type: ${announced}`,
    );
  }
  const computed = algorithm && !announced ? checksummed(request.body, algorithm) : undefined;
  const given = () => computed?.checksum() ?? (algorithm && storedChecksum(request));
  const { etag, checksum } = await storePart(request, context, number, computed?.body ?? request.body, given);
  return {
    status: 200,
    headers: {
      etag: `"${etag}"`,
      "x-amz-server-side-encryption": "AES256",
      ...checksumHeaders(checksum ?? storedChecksum(request), false),
    },
  };
};

function copyRange(header: string | undefined, size: number): { readonly start: number; readonly end: number } {
  if (header === undefined) return { start: 0, end: size - 1 };
  const match = /^bytes=(\d+)-(\d+)$/.exec(header);
  const [start, end] = [Number(match?.[1]), Number(match?.[2])];
  if (!(start <= end)) {
    throw invalidArgument(
      "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy",
      "x-amz-copy-source-range",
      header,
    );
  }
  if (start >= size) throw invalidRequest("The specified copy range is invalid for the source object size");
  if (end >= size) {
    throw invalidArgument(
      `Range specified is not valid for source object of size: ${size}`,
      "x-amz-copy-source-range",
      header,
    );
  }
  return { start, end };
}

export const uploadPartCopy: S3Operation = async (request, context) => {
  const number = parsePartNumber(request.query.get("partNumber") ?? "");
  const { algorithm } = uploadOf(request, context);
  const source = copySource(request, context);
  const { start, end } = copyRange(headerOf(request, "x-amz-copy-source-range"), source.object.size);
  const body = readContent(source.bucket, source.object.parts, start, end);
  const computed = algorithm && checksummed(body, algorithm);
  const part = await storePart(request, context, number, computed?.body ?? body, () => computed?.checksum()).finally(
    () => body.destroy(),
  );
  return xmlResponse(
    xmlDocument(
      "CopyPartResult",
      {
        LastModified: isoTime(part.modified),
        ETag: `"${part.etag}"`,
        ...(part.checksum && { [`Checksum${part.checksum.name.toUpperCase()}`]: part.checksum.value }),
      },
      S3_NAMESPACE,
    ),
  );
};
