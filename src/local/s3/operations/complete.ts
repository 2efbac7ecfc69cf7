/** CompleteMultipartUpload: the object names the parts' files, no byte is moved. */
import { createHash } from "node:crypto";
import { readBody } from "../../http/body.ts";
import { xmlDocument } from "../../http/xml.ts";
import { AwsError, notServed } from "../../service.ts";
import { defaultChecksumType, wholeChecksum } from "../checksum/multipart.ts";
import { checksumElements } from "../checksum/upload.ts";
import { chosenParts, readChosen } from "../chosen-parts.ts";
import { checkWrite } from "../conditions.ts";
import { invalidRequest } from "../errors.ts";
import { bucketOf, headerOf, S3_NAMESPACE, type S3Operation, type S3Request, xmlResponse } from "../operation.ts";
import type { Upload } from "../storage/bucket.ts";
import type { ChecksumType, CompletedPart, StoredChecksum, StoredObject } from "../storage/records.ts";
import { uploadOf } from "./uploads.ts";

const MAX_DOCUMENT = 8 * 1024 * 1024;

const typeOf = ({ algorithm, checksumType }: Upload): ChecksumType | undefined =>
  algorithm && (checksumType ?? defaultChecksumType(algorithm));

function checkType(request: S3Request, upload: Upload): void {
  const asked = headerOf(request, "x-amz-checksum-type");
  const type = typeOf(upload) ?? "null";
  if (asked !== undefined && asked !== type) {
    throw invalidRequest(
      `The upload was created using the ${type} checksum mode. The complete request must use the same checksum mode.`,
    );
  }
}

function checksumOf(request: S3Request, upload: Upload, parts: readonly CompletedPart[]): StoredChecksum | undefined {
  const { algorithm } = upload;
  const announced = Object.keys(request.headers).find((name) => /^x-amz-checksum-(?:crc|sha)/.test(name));
  if (!algorithm) {
    if (announced !== undefined) throw notServed(`${announced} of an upload without a checksum algorithm`);
    return undefined;
  }
  const whole = wholeChecksum(algorithm, typeOf(upload)!, parts);
  if (announced !== undefined) {
    const value = headerOf(request, announced);
    if (announced !== `x-amz-checksum-${algorithm}` || value !== whole?.value) {
      throw new AwsError(400, "BadDigest", `The ${algorithm} you specified did not match the calculated checksum.`);
    }
  }
  return whole;
}

function checkSize(request: S3Request, size: number): void {
  const announced = headerOf(request, "x-amz-mp-object-size");
  if (announced !== undefined && announced !== String(size)) {
    throw invalidRequest(
      `The provided 'x-amz-mp-object-size' header value ${announced} does not match what was computed: ${size}`,
    );
  }
}

/** An object that came after the upload began is nobody's to replace on the strength of an ETag. */
function checkConflict(request: S3Request, upload: Upload, there: StoredObject | undefined): void {
  if (request.headers["if-match"] === undefined || !there || there.modified <= upload.initiated) return;
  throw new AwsError(
    409,
    "ConditionalRequestConflict",
    "The conditional request cannot succeed due to a conflicting operation against this resource.",
    { Condition: "If-Match", Key: request.key },
  );
}

export const completeMultipartUpload: S3Operation = async (request, context) => {
  const document = (await readBody(request.body, MAX_DOCUMENT)).toString();
  const upload = uploadOf(request, context);
  const bucket = bucketOf(request, context);
  checkType(request, upload);
  const chosen = chosenParts(readChosen(document), upload, typeOf(upload));
  const md5 = createHash("md5");
  for (const { part } of chosen) md5.update(part.etag, "hex");
  const completed = chosen.map(({ number, part }) => ({
    number,
    size: part.size,
    ...(upload.algorithm && part.checksum && { checksum: part.checksum.value }),
  }));
  const size = completed.reduce((sum, part) => sum + part.size, 0);
  checkSize(request, size);
  const checksum = checksumOf(request, upload, completed);
  const object: StoredObject = {
    parts: chosen.filter(({ part }) => part.size > 0).map(({ part: { file, size } }) => ({ file, size })),
    size,
    etag: `${md5.digest("hex")}-${chosen.length}`,
    modified: Date.now(),
    headers: upload.headers,
    completed,
    ...(checksum && { checksum }),
    ...(upload.tags && { tags: upload.tags }),
    ...(upload.storageClass !== undefined && { storageClass: upload.storageClass }),
  };
  const there = bucket.objects.get(request.key);
  checkWrite(request, request.key, there);
  checkConflict(request, upload, there);
  bucket.commit({ op: "complete", id: upload.id, key: request.key, object });
  await context.events.send(request, bucket, "ObjectCreated:CompleteMultipartUpload", request.key, object);
  const response = xmlResponse(
    xmlDocument(
      "CompleteMultipartUploadResult",
      {
        Location: `http://${request.headers.host}${request.path}`,
        Bucket: request.bucket,
        Key: request.key,
        ETag: `"${object.etag}"`,
        ...checksumElements(checksum),
      },
      S3_NAMESPACE,
    ),
  );
  return { ...response, headers: { ...response.headers, "x-amz-server-side-encryption": "AES256" } };
};
