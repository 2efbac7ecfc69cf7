/** UploadPart and UploadPartCopy. */
import { xmlDocument } from "../../http/xml.ts";
import type { AwsResponse } from "../../service.ts";
import { copySource } from "../copy-source.ts";
import { invalidArgument } from "../errors.ts";
import { requireLength } from "../object-headers.ts";
import {
  bucketOf,
  headerOf,
  S3_NAMESPACE,
  type S3Context,
  type S3Operation,
  type S3Request,
  xmlResponse,
} from "../operation.ts";
import { readContent, writeContent } from "../storage/content.ts";
import type { StoredPart } from "../storage/records.ts";
import { checksumHeaders, storedChecksum } from "../upload-checksum.ts";
import { uploadOf } from "./uploads.ts";

const MAX_PART_NUMBER = 10_000;

async function storePart(request: S3Request, context: S3Context, body: AsyncIterable<Buffer>): Promise<StoredPart> {
  const text = request.query.get("partNumber") ?? "";
  const number = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (number < 1 || number > MAX_PART_NUMBER) {
    throw invalidArgument("Part number must be an integer between 1 and 10000, inclusive", "partNumber", text);
  }
  const bucket = bucketOf(request, context);
  const { id } = uploadOf(request, context);
  const { file, size, md5 } = await writeContent(bucket, body);
  const checksum = storedChecksum(request);
  const part: StoredPart = { file, size, etag: md5, modified: Date.now(), ...(checksum && { checksum }) };
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
  const { etag, checksum } = await storePart(request, context, request.body);
  return { status: 200, headers: { etag: `"${etag}"`, ...checksumHeaders(checksum, false) } };
};

export const uploadPartCopy: S3Operation = async (request, context) => {
  const source = copySource(request, context);
  const header = headerOf(request, "x-amz-copy-source-range");
  const range = /^bytes=(\d+)-(\d+)$/.exec(header ?? `bytes=0-${source.object.size - 1}`);
  const [start, end] = [Number(range?.[1]), Number(range?.[2])];
  if (header !== undefined && !(start <= end && end < source.object.size)) {
    throw invalidArgument(
      "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy",
      "x-amz-copy-source-range",
      header,
    );
  }
  const body = readContent(source.bucket, source.object.parts, start, end);
  const part = await storePart(request, context, body).finally(() => body.destroy());
  return xmlResponse(
    xmlDocument(
      "CopyPartResult",
      { LastModified: new Date(part.modified).toISOString(), ETag: `"${part.etag}"` },
      S3_NAMESPACE,
    ),
  );
};
