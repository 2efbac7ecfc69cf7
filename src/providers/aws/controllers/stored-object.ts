/** An object as a listing tells of it. */
export interface StoredObject {
  readonly key: string;
  /** Bytes. */
  readonly size: number;
  readonly lastModified?: Date | undefined;
}

export interface ObjectPage {
  readonly objects: readonly StoredObject[];
  /** What the next page is asked with; undefined: there is none. */
  readonly next: string | undefined;
}
