/** ListObjects, both versions. */
import { xmlDocument } from "../../http/xml.ts";
import { invalidArgument } from "../errors.ts";
import { nameEncoder, numberOf } from "../list-query.ts";
import { type ListPage, listPage } from "../listing.ts";
import { bucketOf, isoTime, S3_NAMESPACE, type S3Operation, type S3Request, xmlResponse } from "../operation.ts";
import type { StoredObject } from "../storage/records.ts";
import { STANDARD } from "../storage-class.ts";

const MAX_PAGE = 1000;

interface Asked {
  readonly prefix: string;
  readonly delimiter: string;
  readonly maxKeys: number;
  /** Encodes names when the client asked for `encoding-type=url`. */
  readonly encode: (text: string) => string;
}

function asked({ query }: S3Request): Asked {
  return {
    prefix: query.get("prefix") ?? "",
    delimiter: query.get("delimiter") ?? "",
    maxKeys: numberOf(query, "max-keys", MAX_PAGE, MAX_PAGE),
    encode: nameEncoder(query),
  };
}

/** An object as all listings describe it. @param name its key, as it is to be written. */
export const objectElement = (name: string, object: StoredObject) => ({
  Key: name,
  LastModified: isoTime(object.modified),
  ETag: `"${object.etag}"`,
  ChecksumAlgorithm: object.checksum?.name.toUpperCase(),
  ChecksumType: object.checksum && (object.checksum.type ?? "FULL_OBJECT"),
  Size: object.size,
  StorageClass: object.storageClass ?? STANDARD,
});

const contents = (page: ListPage, { encode }: Asked, owner: { readonly ID: string } | undefined) =>
  page.objects.map(({ key, object }) => ({ ...objectElement(encode(key), object), Owner: owner }));

export const listObjectsV2: S3Operation = (request, context) => {
  const { query } = request;
  const bucket = bucketOf(request, context);
  const wanted = asked(request);
  const token = query.get("continuation-token");
  if (token === "") throw invalidArgument("The continuation token provided is incorrect", "continuation-token");
  const startAfter = query.get("start-after") ?? "";
  const after = token === null ? startAfter : Buffer.from(token, "base64url").toString();
  const page = listPage(bucket.objects, { ...wanted, after });
  const owner = query.get("fetch-owner") === "true" ? { ID: context.settings.accountId } : undefined;
  const { encode } = wanted;
  return xmlResponse(
    xmlDocument(
      "ListBucketResult",
      {
        Name: request.bucket,
        Prefix: encode(wanted.prefix),
        StartAfter: startAfter ? encode(startAfter) : undefined,
        ContinuationToken: token ?? undefined,
        NextContinuationToken: page.next === undefined ? undefined : Buffer.from(page.next).toString("base64url"),
        KeyCount: page.objects.length + page.prefixes.length,
        MaxKeys: wanted.maxKeys,
        Delimiter: wanted.delimiter ? encode(wanted.delimiter) : undefined,
        EncodingType: query.get("encoding-type") ?? undefined,
        IsTruncated: page.next !== undefined,
        Contents: contents(page, wanted, owner),
        CommonPrefixes: page.prefixes.map((prefix) => ({ Prefix: encode(prefix) })),
      },
      S3_NAMESPACE,
    ),
  );
};

export const listObjects: S3Operation = (request, context) => {
  const bucket = bucketOf(request, context);
  const wanted = asked(request);
  const marker = request.query.get("marker") ?? "";
  const page = listPage(bucket.objects, { ...wanted, after: marker });
  const { encode } = wanted;
  return xmlResponse(
    xmlDocument(
      "ListBucketResult",
      {
        Name: request.bucket,
        Prefix: encode(wanted.prefix),
        Marker: encode(marker),
        // Version 1 gives the marker only with a delimiter: without one it is the last key.
        NextMarker: page.next !== undefined && wanted.delimiter ? encode(page.next) : undefined,
        MaxKeys: wanted.maxKeys,
        Delimiter: wanted.delimiter ? encode(wanted.delimiter) : undefined,
        EncodingType: request.query.get("encoding-type") ?? undefined,
        IsTruncated: page.next !== undefined,
        Contents: contents(page, wanted, { ID: context.settings.accountId }),
        CommonPrefixes: page.prefixes.map((prefix) => ({ Prefix: encode(prefix) })),
      },
      S3_NAMESPACE,
    ),
  );
};
