/** The XML that S3 and the query protocol speak, both ways. */
import { XMLParser } from "fast-xml-parser";

export type XmlContent =
  | string
  | number
  | boolean
  | undefined
  | readonly XmlContent[]
  | { readonly [element: string]: XmlContent };

const ESCAPES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

/** Text as element content; control characters become references: parsers drop or change them otherwise, in keys too. */
export function escapeXml(text: string): string {
  return text.replace(/[&<>"\u0000-\u001f]/g, (c) => ESCAPES[c] ?? `&#x${c.charCodeAt(0).toString(16)};`);
}

function render(name: string, content: XmlContent): string {
  if (content === undefined) return "";
  if (Array.isArray(content)) return content.map((item) => render(name, item as XmlContent)).join("");
  if (typeof content !== "object") return `<${name}>${escapeXml(String(content))}</${name}>`;
  return `<${name}>${renderChildren(content as Record<string, XmlContent>)}</${name}>`;
}

function renderChildren(content: Readonly<Record<string, XmlContent>>): string {
  return Object.entries(content)
    .map(([name, child]) => render(name, child))
    .join("");
}

/** A whole document. An array repeats its element, `undefined` leaves it out; elements come in the order of the keys. */
export function xmlDocument(root: string, content: Readonly<Record<string, XmlContent>>, namespace?: string): string {
  const attribute = namespace === undefined ? "" : ` xmlns="${namespace}"`;
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${root}${attribute}>${renderChildren(content)}</${root}>`;
}

/** An element as parsed: text, or child elements by name (an array when repeated). */
export type XmlNode = string | { readonly [name: string]: XmlNode | readonly XmlNode[] };

const parser = new XMLParser({
  ignoreAttributes: true,
  ignoreDeclaration: true,
  removeNSPrefix: true,
  parseTagValue: false,
  trimValues: false,
  // Numeric references: clients write control characters in keys as `&#xD;`.
  htmlEntities: true,
});

const REFERENCE = /&#(?:x([0-9a-f]+)|(\d+));/gi;

/** Whether a character may stand in XML 1.0. The parser drops references to others: what is left would be another key. */
const isXmlChar = (code: number): boolean =>
  code === 9 ||
  code === 10 ||
  code === 13 ||
  (code >= 0x20 && code <= 0xd7ff) ||
  (code >= 0xe000 && code <= 0xfffd) ||
  (code >= 0x10000 && code <= 0x10ffff);

function refersToNoChar(text: string): boolean {
  for (const [, hex, decimal] of text.matchAll(REFERENCE)) {
    if (!isXmlChar(hex === undefined ? Number(decimal) : Number.parseInt(hex, 16))) return true;
  }
  return false;
}

/** The children of the document's root element, which must be `root`; undefined when the text is no such document. */
export function parseXml(
  text: string,
  root: string,
): Readonly<Record<string, XmlNode | readonly XmlNode[]>> | undefined {
  if (text.includes("<!DOCTYPE") || refersToNoChar(text)) return undefined;
  try {
    const node: unknown = parser.parse(text, true)[root];
    if (node === undefined) return undefined;
    return typeof node === "object" ? (node as Record<string, XmlNode>) : {};
  } catch {
    return undefined;
  }
}

/** All elements of that name below a parsed element. */
export function childrenOf(node: XmlNode | undefined, name: string): readonly XmlNode[] {
  if (node === undefined || typeof node === "string") return [];
  const child = node[name];
  if (child === undefined) return [];
  return Array.isArray(child) ? child : [child as XmlNode];
}

/** Text of the first element of that name. */
export function textOf(node: XmlNode | undefined, name: string): string | undefined {
  const child = childrenOf(node, name)[0];
  return typeof child === "string" ? child : undefined;
}
