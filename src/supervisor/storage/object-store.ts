export interface ObjectAddress {
  readonly bucket: string;
  readonly key: string;
}

/** What stage-in and stage-out need of a storage. */
export interface ObjectStore {
  /**
   * Streams an object into a new file, whole or not at all. Throws ScarError.
   * @param signal when aborted, the transfer ends with the signal's reason
   */
  download(object: ObjectAddress, file: string, signal: AbortSignal): Promise<void>;
  /** Streams a file into an object and answers the number of bytes. Throws ScarError. */
  upload(file: string, object: ObjectAddress, signal: AbortSignal): Promise<number>;
}
