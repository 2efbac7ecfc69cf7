/** What the journal of a bucket holds. */
import type { ChecksumName } from "../../http/checksums.ts";

/** A file of bytes below `data/`, never changed once it is named here. */
export interface Part {
  readonly file: string;
  readonly size: number;
}

/** Headers that go with an object: content-type, cache-control, …, and the user's `x-amz-meta-*`; lower-case names. */
export type ObjectHeaders = Readonly<Record<string, string>>;

/** What a checksum is of: the whole object's bytes, or the checksums of its parts (`…-N`, as with ETags). */
export type ChecksumType = "COMPOSITE" | "FULL_OBJECT";

export interface StoredChecksum {
  readonly name: ChecksumName;
  /** base64; ends in `-N` when composite. */
  readonly value: string;
  /** Default: FULL_OBJECT. */
  readonly type?: ChecksumType;
}

export interface Tag {
  readonly key: string;
  readonly value: string;
}

/** A part of a multipart upload after its completion. */
export interface CompletedPart {
  readonly number: number;
  readonly size: number;
  /** base64, by the algorithm of the object's checksum. */
  readonly checksum?: string;
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
  /** Of a multipart upload, in order. Missing in objects that were completed before it was kept. */
  readonly completed?: readonly CompletedPart[];
  readonly tags?: readonly Tag[];
  /** Default: STANDARD. */
  readonly storageClass?: string;
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
  /** With an algorithm; missing in uploads begun before it was kept: the algorithm's default. */
  readonly checksumType?: ChecksumType;
  readonly tags?: readonly Tag[];
  /** Default: STANDARD. */
  readonly storageClass?: string;
}

/** One line of the journal: one change, whole. */
export type JournalEntry =
  | { readonly op: "put"; readonly key: string; readonly object: StoredObject }
  | { readonly op: "delete"; readonly key: string }
  | { readonly op: "tag"; readonly key: string; readonly tags: readonly Tag[] }
  | { readonly op: "upload"; readonly id: string; readonly upload: StoredUpload }
  | { readonly op: "part"; readonly id: string; readonly number: number; readonly part: StoredPart }
  | { readonly op: "complete"; readonly id: string; readonly key: string; readonly object: StoredObject }
  | { readonly op: "abort"; readonly id: string };
