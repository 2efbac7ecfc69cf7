/** CompleteMultipartUpload: the object names the parts' files, no byte is moved. */
import { createHash } from "node:crypto";
import { readBody } from "../../http/body.ts";
import { childrenOf, parseXml, textOf, xmlDocument } from "../../http/xml.ts";
import { AwsError } from "../../service.ts";
import { checkWrite } from "../conditions.ts";
import { malformedXml } from "../errors.ts";
import { bucketOf, S3_NAMESPACE, type S3Operation, xmlResponse } from "../operation.ts";
import type { Upload } from "../storage/bucket.ts";
import type { StoredObject, StoredPart } from "../storage/records.ts";
import { uploadOf } from "./uploads.ts";

/** Every part but the last has at least this many bytes. */
const MIN_PART = 5 * 1024 * 1024;
const MAX_DOCUMENT = 8 * 1024 * 1024;

const invalidPart = (detail: string) =>
  new AwsError(
    400,
    "InvalidPart",
    `One or more of the specified parts could not be found. The part may not have been uploaded, or the specified entity tag may not match the part's entity tag: ${detail}`,
  );

/** The parts that the document names, checked against those uploaded. */
function chosenParts(document: string, upload: Upload): StoredPart[] {
  const entries = childrenOf(parseXml(document, "CompleteMultipartUpload"), "Part");
  if (entries.length === 0) throw malformedXml();
  const numbers = entries.map((entry) => Number(textOf(entry, "PartNumber")));
  if (!numbers.every((number, i) => number > (numbers[i - 1] ?? 0))) {
    throw new AwsError(
      400,
      "InvalidPartOrder",
      "The list of parts was not in ascending order. Parts must be ordered by part number.",
      { UploadId: upload.id },
    );
  }
  return entries.map((entry, i) => {
    const number = numbers[i]!;
    const etag = (textOf(entry, "ETag") ?? "").replace(/^"|"$/g, "");
    const part = upload.parts.get(number);
    if (!part || part.etag !== etag) throw invalidPart(`part ${number}`);
    const checksum = part.checksum && textOf(entry, `Checksum${part.checksum.name.toUpperCase()}`);
    if (checksum !== undefined && checksum !== part.checksum?.value) throw invalidPart(`checksum of part ${number}`);
    if (part.size < MIN_PART && i < entries.length - 1) {
      throw new AwsError(400, "EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size", {
        ProposedSize: String(part.size),
        MinSizeAllowed: String(MIN_PART),
        PartNumber: String(number),
      });
    }
    return part;
  });
}

export const completeMultipartUpload: S3Operation = async (request, context) => {
  const document = (await readBody(request.body, MAX_DOCUMENT)).toString();
  const upload = uploadOf(request, context);
  const bucket = bucketOf(request, context);
  const parts = chosenParts(document, upload);
  const md5 = createHash("md5");
  for (const part of parts) md5.update(part.etag, "hex");
  const object: StoredObject = {
    parts: parts.filter((part) => part.size > 0).map(({ file, size }) => ({ file, size })),
    size: parts.reduce((sum, part) => sum + part.size, 0),
    etag: `${md5.digest("hex")}-${parts.length}`,
    modified: Date.now(),
    headers: upload.headers,
  };
  checkWrite(request, request.key, bucket.objects.get(request.key));
  bucket.commit({ op: "complete", id: upload.id, key: request.key, object });
  await context.events.send(request, bucket, "ObjectCreated:CompleteMultipartUpload", request.key, object);
  return xmlResponse(
    xmlDocument(
      "CompleteMultipartUploadResult",
      {
        Location: `/${request.bucket}/${request.key}`,
        Bucket: request.bucket,
        Key: request.key,
        ETag: `"${object.etag}"`,
      },
      S3_NAMESPACE,
    ),
  );
};
