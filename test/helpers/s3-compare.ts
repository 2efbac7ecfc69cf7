/** What two S3 servers answer to the same request, made comparable: times, ids and hosts go, what a client acts on stays. */
import { Agent } from "node:http";
import { parseXml, type XmlNode } from "../../src/local/http/xml.ts";
import { type Answer, send, sign } from "./local-signed.ts";
import type { S3Request } from "./s3-requests/request.ts";
import type { S3Server } from "./system-peers.ts";

/** Field (`status`, `code`, `header …`, `body`, or `body ROOT/ELEMENT/…` of a document) → value. */
export type Comparable = Readonly<Record<string, string>>;

/** One client of one server, with the values that its answers gave. */
export class S3Session {
  readonly #server: S3Server;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });
  readonly #variables = new Map<string, string>();

  constructor(server: S3Server) {
    this.#server = server;
  }

  async ask(request: S3Request): Promise<Comparable> {
    const { method, path, headers, payloadHash, keep = {} } = request;
    const body = typeof request.body === "string" ? this.#filled(request.body) : request.body;
    const signed = sign(
      {
        port: this.#server.port,
        method,
        path: this.#filled(path, encodeURIComponent),
        headers: { ...headers, ...(body !== undefined && { "content-length": String(Buffer.byteLength(body)) }) },
        agent: this.#agent,
        ...(body !== undefined && { body }),
      },
      { ...this.#server, ...(payloadHash !== undefined && { payloadHash }) },
    );
    const answer = await send(signed);
    for (const [variable, source] of Object.entries(keep)) {
      const found =
        source === "etag" ? answer.headers.etag : new RegExp(`<${source}>(.*?)</${source}>`).exec(answer.text)?.[1];
      this.#variables.set(variable, found ?? "");
    }
    return comparable(answer, method);
  }

  close(): void {
    this.#agent.destroy();
  }

  #filled(text: string, encode = (value: string) => value): string {
    return text.replace(/\{(\w+)\}/g, (_, name: string) => encode(this.#variables.get(name) ?? `no ${name}`));
  }
}

const HEADERS =
  /^(?:content-(?:disposition|encoding|language|range|type)|cache-control|expires|accept-ranges|etag|location|x-amz-(?:meta-.*|checksum-.*|tagging-count|mp-parts-count))$/;

function comparable({ status, headers, text }: Answer, method: string): Comparable {
  const fields: Record<string, string> = { status: String(status) };
  const root = /^(?:<\?xml[^>]*\?>)?\s*<(\w+)/.exec(text)?.[1];
  const document = root && parseXml(text, root);
  if (root === "Error" && document) return { ...fields, code: String(document["Code"]) };
  for (const [name, value] of Object.entries(headers)) {
    if (HEADERS.test(name)) fields[`header ${name}`] = String(value);
  }
  if (headers["last-modified"] !== undefined) fields["header last-modified"] = "a time";
  if (root && document) addElements(fields, root, document);
  else if (status < 300) {
    fields["body"] = text.length > 100 ? `${text.length} characters` : text;
    if (method === "HEAD") fields["header content-length"] = String(headers["content-length"]);
  }
  return fields;
}

/** Elements whose values are each server's own. */
const OWN: Readonly<Record<string, string>> = {
  LastModified: "a time",
  Initiated: "a time",
  CreationDate: "a time",
  UploadId: "an id",
  ContinuationToken: "a token",
  NextContinuationToken: "a token",
  Owner: "somebody",
  Initiator: "somebody",
  Location: "a place",
};

/** One field for all elements of the same place in the document, in order. */
function addElements(fields: Record<string, string>, place: string, node: XmlNode | readonly XmlNode[]): void {
  if (typeof node === "string") {
    const name = `body ${place}`;
    fields[name] = name in fields ? `${fields[name]} | ${node}` : node;
  } else if (Array.isArray(node)) {
    for (const item of node) addElements(fields, place, item);
  } else {
    for (const [name, child] of Object.entries(node as Record<string, XmlNode>)) {
      addElements(fields, `${place}/${name}`, OWN[name] ?? (name === "Tag" ? sorted(child) : child));
    }
  }
}

/** Tags are a set: versitygw tells them in any order. */
function sorted(tags: XmlNode | readonly XmlNode[]): XmlNode | readonly XmlNode[] {
  const text = (tag: XmlNode) => JSON.stringify(tag);
  return Array.isArray(tags) ? [...tags].sort((a, b) => (text(a) < text(b) ? -1 : 1)) : tags;
}

export interface Difference {
  readonly request: string;
  readonly field: string;
  /** undefined: the answer does not have it. */
  readonly ours: string | undefined;
  readonly theirs: string | undefined;
}

/**
 * Where the answers differ. Another status or code is one difference, whatever else goes with it; an element without content is no
 * other than one that is left out.
 */
export function differences(request: string, ours: Comparable, theirs: Comparable): Difference[] {
  const at = (field: string): Difference => ({ request, field, ours: ours[field], theirs: theirs[field] });
  if (ours["status"] !== theirs["status"] || ours["code"] !== theirs["code"]) {
    const said = (fields: Comparable) => [fields["status"], fields["code"]].filter(Boolean).join(" ");
    return [{ request, field: "status", ours: said(ours), theirs: said(theirs) }];
  }
  const fields = [...new Set([...Object.keys(ours), ...Object.keys(theirs)])].sort();
  return fields.filter((field) => (ours[field] ?? "") !== (theirs[field] ?? "")).map(at);
}
