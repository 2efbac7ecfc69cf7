/** ListObjects, both versions. */

import { uriEncode } from "../../http/sigv4.ts";
import { xmlDocument } from "../../http/xml.ts";
import { invalidArgument } from "../errors.ts";
import { type ListPage, listPage } from "../listing.ts";
import { bucketOf, S3_NAMESPACE, type S3Operation, type S3Request, xmlResponse } from "../operation.ts";

interface Asked {
  readonly prefix: string;
  readonly delimiter: string;
  readonly maxKeys: number;
  /** Encodes names when the client asked for `encoding-type=url`. */
  readonly encode: (text: string) => string;
}

function asked({ query }: S3Request): Asked {
  const max = query.get("max-keys") ?? "1000";
  if (!/^\d{1,9}$/.test(max)) {
    throw invalidArgument("Provided max-keys not an integer or within integer range", "max-keys", max);
  }
  const encoding = query.get("encoding-type");
  if (encoding !== null && encoding !== "url") {
    throw invalidArgument("Invalid Encoding Method specified in Request", "encoding-type", encoding);
  }
  return {
    prefix: query.get("prefix") ?? "",
    delimiter: query.get("delimiter") ?? "",
    maxKeys: Math.min(Number(max), 1000),
    encode: encoding === "url" ? urlEncodeName : (text) => text,
  };
}

/** S3's `encoding-type=url`: as in a form, but slashes stay. */
export function urlEncodeName(text: string): string {
  return uriEncode(text).replace(/%2F/g, "/").replace(/%20/g, "+").replace(/%2A/g, "*").replace(/~/g, "%7E");
}

const contents = (page: ListPage, { encode }: Asked, owner: object | undefined) =>
  page.objects.map(({ key, object }) => ({
    Key: encode(key),
    LastModified: new Date(object.modified).toISOString(),
    ETag: `"${object.etag}"`,
    ChecksumAlgorithm: object.checksum?.name.toUpperCase(),
    Size: object.size,
    StorageClass: "STANDARD",
    ...(owner && { Owner: owner as Record<string, string> }),
  }));

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
