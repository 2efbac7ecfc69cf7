/** Tags as they are sent, and S3's rules for them. */
import { childrenOf, parseXml, textOf, type XmlNode, xmlDocument } from "../../http/xml.ts";
import { AwsError } from "../../service.ts";
import { invalidArgument, malformedXml } from "../errors.ts";
import { S3_NAMESPACE } from "../operation.ts";
import type { Tag } from "../storage/records.ts";

export type Tagged = "object" | "bucket";

/** Most tags, and what S3 says of more. */
const MOST: Readonly<Record<Tagged, readonly [number, string]>> = {
  object: [10, "Object tags cannot be greater than 10"],
  bucket: [50, "Bucket tag count cannot be greater than 50"],
};
const RESERVED: Readonly<Record<Tagged, string>> = {
  object: "Your TagKey cannot be prefixed with aws:",
  bucket: "System tags cannot be added/updated by requester",
};

/** Characters of keys and values: letters, numbers, spaces and a few signs. */
const ALLOWED = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;

const invalidTag = (message: string, details: Readonly<Record<string, string>>) =>
  new AwsError(400, "InvalidTag", message, details);

/** In characters, as AWS counts. */
const length = (text: string): number => [...text].length;

/** The tags when all rules are kept. Throws `InvalidTag`, and `BadRequest` for too many. */
export function checkTags(tags: readonly Tag[], tagged: Tagged): readonly Tag[] {
  const [most, tooMany] = MOST[tagged];
  if (tags.length > most) throw new AwsError(400, "BadRequest", tooMany);
  const keys = new Set<string>();
  for (const { key, value } of tags) {
    if (keys.has(key)) throw invalidTag("Cannot provide multiple Tags with the same key", { TagKey: key });
    keys.add(key);
    if (key.startsWith("aws:")) throw invalidTag(RESERVED[tagged], { TagKey: key });
    if (key === "" || length(key) > 128 || !ALLOWED.test(key)) {
      throw invalidTag("The TagKey you have provided is invalid", { TagKey: key });
    }
    if (length(value) > 256 || !ALLOWED.test(value)) {
      throw invalidTag("The TagValue you have provided is invalid", { TagKey: key, TagValue: value });
    }
  }
  return tags;
}

/** The tags of `Tag` elements. Throws `MalformedXML` and what {@link checkTags} throws. */
export function readTags(elements: readonly XmlNode[], tagged: Tagged): readonly Tag[] {
  const tags = elements.map((element) => {
    const key = textOf(element, "Key");
    const value = textOf(element, "Value");
    if (key === undefined || value === undefined) throw malformedXml();
    return { key, value };
  });
  return checkTags(tags, tagged);
}

/** The document of Put…Tagging. Throws `MalformedXML`, `InvalidTag`, `BadRequest`. */
export function parseTagging(text: string, tagged: Tagged): readonly Tag[] {
  const set = childrenOf(parseXml(text, "Tagging"), "TagSet")[0];
  if (set === undefined) throw malformedXml();
  return readTags(childrenOf(set, "Tag"), tagged);
}

/** `x-amz-tagging`: tags of an object as in a query. Throws `InvalidArgument`, `InvalidTag`, `BadRequest`. */
export function parseTagHeader(header: string): readonly Tag[] {
  const tags = [...new URLSearchParams(header)].map(([key, value]) => ({ key, value }));
  const keys = new Set(tags.map(({ key }) => key));
  if (keys.size < tags.length || !tags.every(({ key, value }) => ALLOWED.test(key) && ALLOWED.test(value))) {
    throw invalidArgument(
      "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates.",
      "x-amz-tagging",
      header,
    );
  }
  return checkTags(tags, "object");
}

export function taggingDocument(tags: readonly Tag[]): string {
  const set = tags.map(({ key, value }) => ({ Key: key, Value: value }));
  return xmlDocument("Tagging", { TagSet: { Tag: set } }, S3_NAMESPACE);
}
