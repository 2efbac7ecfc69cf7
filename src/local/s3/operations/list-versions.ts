/** ListObjectVersions of a bucket that never had versioning: each object has one version, `null`. */
import { xmlDocument } from "../../http/xml.ts";
import { invalidArgument } from "../errors.ts";
import { nameEncoder, numberOf } from "../list-query.ts";
import { listPage } from "../listing.ts";
import { bucketOf, S3_NAMESPACE, type S3Operation, xmlResponse } from "../operation.ts";
import { NULL_VERSION } from "../versions.ts";
import { objectElement } from "./list.ts";

const MAX_PAGE = 1000;

export const listObjectVersions: S3Operation = (request, context) => {
  const { query } = request;
  const bucket = bucketOf(request, context);
  const encode = nameEncoder(query);
  const [prefix, delimiter, keyMarker] = ["prefix", "delimiter", "key-marker"].map((name) => query.get(name) ?? "") as [
    string,
    string,
    string,
  ];
  const versionMarker = query.get("version-id-marker");
  if (versionMarker && keyMarker === "") {
    throw invalidArgument(
      "A version-id marker cannot be specified without a key marker.",
      "version-id-marker",
      versionMarker,
    );
  }
  const maxKeys = numberOf(query, "max-keys", MAX_PAGE, MAX_PAGE);
  const page = listPage(bucket.objects, { prefix, delimiter, maxKeys, after: keyMarker });
  const Owner = { ID: context.settings.accountId };
  return xmlResponse(
    xmlDocument(
      "ListVersionsResult",
      {
        Name: request.bucket,
        Prefix: encode(prefix),
        KeyMarker: encode(keyMarker),
        VersionIdMarker: versionMarker ?? "",
        NextKeyMarker: page.next === undefined ? undefined : encode(page.next),
        NextVersionIdMarker: page.next === undefined ? undefined : NULL_VERSION,
        MaxKeys: maxKeys,
        Delimiter: delimiter ? encode(delimiter) : undefined,
        EncodingType: query.get("encoding-type") ?? undefined,
        IsTruncated: page.next !== undefined,
        Version: page.objects.map(({ key, object }) => ({
          ...objectElement(encode(key), object),
          VersionId: NULL_VERSION,
          IsLatest: true,
          Owner,
        })),
        CommonPrefixes: page.prefixes.map((common) => ({ Prefix: encode(common) })),
      },
      S3_NAMESPACE,
    ),
  );
};
