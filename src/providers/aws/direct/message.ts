/** The heads of HTTP/1.1 messages (RFC 9112), as far as S3 writes them. */

/** Bytes up to which an answer's head is read. */
export const LONGEST_HEAD = 64 * 1024;

export interface AnswerHead {
  readonly status: number;
  /** By their names in small letters; of those that are repeated, joined by commas. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Bytes of the body; undefined: it is framed in another way. */
  readonly length: number | undefined;
  /** Whether another request may follow on this connection. */
  readonly isPersistent: boolean;
}

/** Throws for what would begin another header, or another request. */
export function requestHead(method: string, path: string, headers: Readonly<Record<string, string>>): string {
  let head = `${method} ${path} HTTP/1.1\r\n`;
  if (/[^\x21-\x7e]/.test(path)) throw new Error("a path with a character that none may have");
  for (const name in headers) {
    const value = headers[name]!;
    if (/[^\t\x20-\x7e]/.test(value)) throw new Error(`header ${name} has a character that none may have`);
    head += `${name}: ${value}\r\n`;
  }
  return `${head}\r\n`;
}

/** @param text without the empty line at its end. Throws for what is no final answer of HTTP/1.1. */
export function answerHead(text: string): AnswerHead {
  const [first, ...fields] = text.split("\r\n");
  const status = Number(/^HTTP\/1\.1 ([2-5]\d\d)(?: |$)/.exec(first!)?.[1]);
  if (Number.isNaN(status)) throw new Error("no answer of HTTP/1.1");
  const headers: Record<string, string | undefined> = Object.create(null);
  for (const field of fields) {
    const colon = field.indexOf(":");
    if (colon < 1 || field[colon - 1] === " ") throw new Error("a header without a name");
    const name = field.slice(0, colon).toLowerCase();
    const value = field.slice(colon + 1).trim();
    headers[name] = headers[name] === undefined ? value : `${headers[name]}, ${value}`;
  }
  return { status, headers, length: lengthOf(status, headers), isPersistent: isPersistent(headers["connection"]) };
}

function lengthOf(status: number, headers: AnswerHead["headers"]): number | undefined {
  if (status === 204 || status === 304) return 0;
  const length = headers["content-length"];
  if (headers["transfer-encoding"] !== undefined || length === undefined) return undefined;
  if (!/^\d{1,15}$/.test(length)) throw new Error("a length that is no number");
  return Number(length);
}

function isPersistent(connection: string | undefined): boolean {
  return connection === undefined || !/(^|,)\s*close\s*(,|$)/i.test(connection);
}
