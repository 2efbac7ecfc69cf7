/** ListMultipartUploads and ListParts. */
import { xmlDocument } from "../../http/xml.ts";
import { defaultChecksumType } from "../checksum/multipart.ts";
import { invalidArgument } from "../errors.ts";
import { nameEncoder, numberOf } from "../list-query.ts";
import { groupOf } from "../listing.ts";
import { bucketOf, isoTime, S3_NAMESPACE, type S3Context, type S3Operation, xmlResponse } from "../operation.ts";
import type { Upload } from "../storage/bucket.ts";
import { compareUtf8 } from "../storage/key-index.ts";
import { STANDARD } from "../storage-class.ts";
import { uploadOf } from "./uploads.ts";

const MAX_PAGE = 1000;

const checksumKind = ({ algorithm, checksumType }: Upload) =>
  algorithm && {
    ChecksumAlgorithm: algorithm.toUpperCase(),
    ChecksumType: checksumType ?? defaultChecksumType(algorithm),
  };

/** Whoever began it, it is the one user's. */
function ownership({ settings: { accountId } }: S3Context) {
  return {
    Initiator: { ID: `arn:aws:iam::${accountId}:user/local`, DisplayName: "local" },
    Owner: { ID: accountId },
  };
}

export const listParts: S3Operation = (request, context) => {
  const { query } = request;
  const upload = uploadOf(request, context);
  const encode = nameEncoder(query);
  const marker = numberOf(query, "part-number-marker", 0);
  const max = numberOf(query, "max-parts", MAX_PAGE, MAX_PAGE);
  const later = [...upload.parts].filter(([number]) => number > marker).sort(([a], [b]) => a - b);
  const page = later.slice(0, max);
  return xmlResponse(
    xmlDocument(
      "ListPartsResult",
      {
        Bucket: request.bucket,
        Key: encode(request.key),
        UploadId: upload.id,
        PartNumberMarker: marker,
        // AWS gives it on the last page too. On an empty one it is left out: the SDK's paginator would begin again at its 0.
        NextPartNumberMarker: page.at(-1)?.[0],
        MaxParts: max,
        EncodingType: query.get("encoding-type") ?? undefined,
        IsTruncated: page.length < later.length,
        Part: page.map(([number, part]) => ({
          PartNumber: number,
          LastModified: isoTime(part.modified),
          ETag: `"${part.etag}"`,
          Size: part.size,
          ...(part.checksum && { [`Checksum${part.checksum.name.toUpperCase()}`]: part.checksum.value }),
        })),
        ...ownership(context),
        StorageClass: upload.storageClass ?? STANDARD,
        ...checksumKind(upload),
      },
      S3_NAMESPACE,
    ),
  );
};

/** In the order of their keys, those of one key in the order they began. */
const inOrder = (a: Upload, b: Upload): number => compareUtf8(a.key, b.key) || a.initiated - b.initiated;

/**
 * The uploads behind the markers. One that has gone since the page before, as when a client aborts page by page, leaves its place
 * among those of its key unknown: all of them come. Throws `InvalidArgument` for an upload of another key.
 */
function behind(uploads: readonly Upload[], keyMarker: string, idMarker: string): readonly Upload[] {
  if (keyMarker === "") return uploads;
  if (idMarker === "") return uploads.filter(({ key }) => compareUtf8(key, keyMarker) > 0);
  const at = uploads.findIndex(({ id }) => id === idMarker);
  if (at < 0) return uploads.filter(({ key }) => compareUtf8(key, keyMarker) >= 0);
  if (uploads[at]!.key !== keyMarker) throw invalidArgument("Invalid uploadId marker", "upload-id-marker", idMarker);
  return uploads.slice(at + 1);
}

interface UploadPage {
  readonly uploads: readonly Upload[];
  readonly prefixes: readonly string[];
  readonly truncated: boolean;
  readonly nextKey: string;
  readonly nextId: string;
}

function pageOf(uploads: readonly Upload[], prefix: string, delimiter: string, after: string, max: number): UploadPage {
  const listed: Upload[] = [];
  const prefixes: string[] = [];
  let nextKey = "";
  let nextId = "";
  for (const upload of uploads) {
    const group = groupOf(upload.key, prefix, delimiter);
    // A group that a page before listed, or this one.
    if (group !== undefined && (group === prefixes.at(-1) || group === after)) continue;
    if (listed.length + prefixes.length >= max)
      return { uploads: listed, prefixes, truncated: max > 0, nextKey, nextId };
    if (group === undefined) listed.push(upload);
    else prefixes.push(group);
    nextKey = group ?? upload.key;
    nextId = group === undefined ? upload.id : "";
  }
  return { uploads: listed, prefixes, truncated: false, nextKey, nextId };
}

export const listMultipartUploads: S3Operation = (request, context) => {
  const { query } = request;
  const encode = nameEncoder(query);
  const [prefix, delimiter, keyMarker, idMarker] = ["prefix", "delimiter", "key-marker", "upload-id-marker"].map(
    (name) => query.get(name) ?? "",
  ) as [string, string, string, string];
  const max = numberOf(query, "max-uploads", MAX_PAGE, MAX_PAGE);
  const matching = [...bucketOf(request, context).uploads.values()]
    .filter(({ key }) => key.startsWith(prefix))
    .sort(inOrder);
  const page = pageOf(behind(matching, keyMarker, idMarker), prefix, delimiter, keyMarker, max);
  return xmlResponse(
    xmlDocument(
      "ListMultipartUploadsResult",
      {
        Bucket: request.bucket,
        KeyMarker: encode(keyMarker),
        UploadIdMarker: idMarker,
        NextKeyMarker: encode(page.nextKey),
        NextUploadIdMarker: page.nextId,
        Prefix: prefix ? encode(prefix) : undefined,
        Delimiter: delimiter ? encode(delimiter) : undefined,
        EncodingType: query.get("encoding-type") ?? undefined,
        MaxUploads: max,
        IsTruncated: page.truncated,
        Upload: page.uploads.map((upload) => ({
          Key: encode(upload.key),
          UploadId: upload.id,
          ...ownership(context),
          StorageClass: upload.storageClass ?? STANDARD,
          Initiated: isoTime(upload.initiated),
          ...checksumKind(upload),
        })),
        CommonPrefixes: page.prefixes.map((common) => ({ Prefix: encode(common) })),
      },
      S3_NAMESPACE,
    ),
  );
};
