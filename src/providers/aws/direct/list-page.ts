/** ListObjectsV2 as a request of our own, and its answer. */
import type { ObjectPage } from "../controllers/stored-object.ts";
import type { DirectRequests } from "./direct-requests.ts";
import { encodeQuery } from "./signature.ts";

export interface PageRequest {
  readonly prefix: string;
  /** Where the page before ended. */
  readonly token?: string | undefined;
  /** Default: as many as the server likes, 1000. */
  readonly most?: number | undefined;
}

/** Undefined: nothing is known. */
export async function directPage(direct: DirectRequests, request: PageRequest): Promise<ObjectPage | undefined> {
  const { prefix, token, most } = request;
  const query = [
    ...(token === undefined ? [] : [`continuation-token=${encodeQuery(token)}`]),
    "list-type=2",
    ...(most === undefined ? [] : [`max-keys=${most}`]),
    `prefix=${encodeQuery(prefix)}`,
  ];
  const text = await direct.text({ method: "GET", query: query.join("&") });
  return text === undefined ? undefined : pageOf(text);
}

const ENTITIES: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

/** Undefined for all but the plain form in which S3 and its like write a page. */
export function pageOf(xml: string): ObjectPage | undefined {
  // Comments, CDATA, document types: whoever writes them may write anything.
  if (!/^\s*(?:<\?xml[^>]*\?>\s*)?<ListBucketResult[\s>]/.test(xml) || xml.includes("<!")) return undefined;
  const [head = "", ...parts] = xml.split("<Contents>");
  const objects: { key: string; size: number }[] = [];
  let rest = head;
  for (const part of parts) {
    const end = part.indexOf("</Contents>");
    const key = /<Key>([^<]*)<\/Key>/.exec(part)?.[1];
    const size = /<Size>(\d+)<\/Size>/.exec(part)?.[1];
    if (end < 0 || key === undefined || key === "" || size === undefined) return undefined;
    objects.push({ key: decoded(key), size: Number(size) });
    rest += part.slice(end + "</Contents>".length);
  }
  if (!rest.trimEnd().endsWith("</ListBucketResult>") || /<Contents|<EncodingType>[^<]/.test(rest)) return undefined;
  const isTruncated = /<IsTruncated>(true|false)<\/IsTruncated>/.exec(rest)?.[1];
  const next = /<NextContinuationToken>([^<]+)<\/NextContinuationToken>/.exec(rest)?.[1];
  if (isTruncated === undefined || (isTruncated === "true" && next === undefined)) return undefined;
  return { objects, next: isTruncated === "true" ? decoded(next!) : undefined };
}

/** Text of XML; an entity that nobody knows stays as it is. */
function decoded(text: string): string {
  if (!text.includes("&")) return text;
  return text.replace(/&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|(\w+));/gi, (all, hex, decimal, name) => {
    if (name !== undefined) return ENTITIES[name] ?? all;
    const point = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
    return point > 0x10ffff ? all : String.fromCodePoint(point);
  });
}
