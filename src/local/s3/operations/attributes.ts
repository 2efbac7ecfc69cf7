/** GetObjectAttributes. */
import { xmlDocument } from "../../http/xml.ts";
import { checksumElements } from "../checksum/upload.ts";
import { invalidArgument } from "../errors.ts";
import { headerOf, S3_NAMESPACE, type S3Operation, type S3Request, xmlResponse } from "../operation.ts";
import { completedParts } from "../part-number.ts";
import type { StoredObject } from "../storage/records.ts";
import { STANDARD } from "../storage-class.ts";
import { requireObject } from "../versions.ts";

const ATTRIBUTES = ["ETag", "Checksum", "ObjectParts", "StorageClass", "ObjectSize"] as const;
type Attribute = (typeof ATTRIBUTES)[number];

const HEADER = "x-amz-object-attributes";
const MAX_PAGE = 1000;

/** Throws `InvalidArgument`. */
function asked(request: S3Request): ReadonlySet<Attribute> {
  const text = headerOf(request, HEADER) ?? "";
  const names = text.split(",").map((name) => name.trim());
  if (text.trim() === "") {
    throw invalidArgument(
      `The ${HEADER} header specifying the attributes to be retrieved is either missing or empty`,
      HEADER,
    );
  }
  return new Set(
    names.map((name) => {
      const known = ATTRIBUTES.find((attribute) => attribute === name);
      if (!known) throw invalidArgument("Invalid attribute name specified.", HEADER, name);
      return known;
    }),
  );
}

function pageNumber(request: S3Request, header: string, missing: number): number {
  const text = headerOf(request, header) ?? String(missing);
  if (!/^\d{1,9}$/.test(text)) {
    throw invalidArgument(`Provided ${header} not an integer or within integer range`, header, text);
  }
  return Number(text);
}

/** How many parts, and each of them where it has a checksum of its own. */
function partsElement(request: S3Request, object: StoredObject) {
  const parts = completedParts(object);
  if (!parts) return undefined;
  const { checksum } = object;
  if (checksum?.type !== "COMPOSITE") return { PartsCount: parts.length };
  const marker = pageNumber(request, "x-amz-part-number-marker", 0);
  const max = Math.min(pageNumber(request, "x-amz-max-parts", MAX_PAGE), MAX_PAGE);
  const later = parts.filter(({ number }) => number > marker);
  const page = later.slice(0, max);
  return {
    PartNumberMarker: marker,
    NextPartNumberMarker: page.at(-1)?.number ?? 0,
    MaxParts: max,
    IsTruncated: page.length < later.length,
    Part: page.map((part) => ({
      PartNumber: part.number,
      Size: part.size,
      [`Checksum${checksum.name.toUpperCase()}`]: part.checksum,
    })),
    PartsCount: parts.length,
  };
}

export const getObjectAttributes: S3Operation = (request, context) => {
  const attributes = asked(request);
  const object = requireObject(request, context);
  const { checksum } = object;
  // Here, and only here, without the number of parts.
  const bare = checksum && { ...checksum, value: checksum.value.replace(/-\d+$/, "") };
  const elements = {
    ETag: object.etag,
    Checksum: checksum && checksumElements(bare),
    ObjectParts: attributes.has("ObjectParts") ? partsElement(request, object) : undefined,
    StorageClass: object.storageClass ?? STANDARD,
    ObjectSize: object.size,
  } satisfies Record<Attribute, unknown>;
  const wanted = Object.fromEntries(Object.entries(elements).filter(([name]) => attributes.has(name as Attribute)));
  const response = xmlResponse(xmlDocument("GetObjectAttributesResponse", wanted, S3_NAMESPACE));
  return { ...response, headers: { ...response.headers, "last-modified": new Date(object.modified).toUTCString() } };
};
