/** What the journal of a bucket holds. */
import type { ChecksumName } from "../../http/checksums.ts";

/** A file of bytes below `data/`, never changed once it is named here. */
export interface Part {
  readonly file: string;
  readonly size: number;
}

/** Headers that go with an object: content-type, cache-control, …, and the user's `x-amz-meta-*`; lower-case names. */
export type ObjectHeaders = Readonly<Record<string, string>>;

export interface StoredChecksum {
  readonly name: ChecksumName;
  /** base64 */
  readonly value: string;
}

export interface StoredObject {
  /** Its bytes, in order; one for each part of a multipart upload. */
  readonly parts: readonly Part[];
  readonly size: number;
  /** Without quotes: MD5 in hex, `…-N` for a multipart upload of N parts. */
  readonly etag: string;
  /** Milliseconds since the epoch. */
  readonly modified: number;
  readonly headers: ObjectHeaders;
  readonly checksum?: StoredChecksum;
}

export interface StoredPart extends Part {
  readonly etag: string;
  readonly modified: number;
  readonly checksum?: StoredChecksum;
}

export interface StoredUpload {
  readonly key: string;
  readonly initiated: number;
  readonly headers: ObjectHeaders;
  /** Checksum algorithm asked for. */
  readonly algorithm?: ChecksumName;
}

/** One line of the journal: one change, whole. */
export type JournalEntry =
  | { readonly op: "put"; readonly key: string; readonly object: StoredObject }
  | { readonly op: "delete"; readonly key: string }
  | { readonly op: "upload"; readonly id: string; readonly upload: StoredUpload }
  | { readonly op: "part"; readonly id: string; readonly number: number; readonly part: StoredPart }
  | { readonly op: "complete"; readonly id: string; readonly key: string; readonly object: StoredObject }
  | { readonly op: "abort"; readonly id: string };
