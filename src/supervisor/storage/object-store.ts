/** What stage-in and stage-out need of a storage. */
export interface ObjectStore {
  /** Streams an object into a new file. Throws ScarError. */
  download(bucket: string, key: string, file: string): Promise<void>;
  /** Streams a file of `size` bytes into an object. Throws ScarError. */
  upload(file: string, size: number, bucket: string, key: string): Promise<void>;
}
