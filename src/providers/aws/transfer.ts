/** Files on their way to or from a bucket, as whoever shows progress wants to know of them. */

export interface Transfer {
  /** As the user would name it. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** Bytes so far; asked for whenever it is to be shown. */
  done(): number;
}

/** Told when a transfer begins; what it returns is called when the transfer has ended, well or not. */
export type WatchTransfer = (transfer: Transfer) => () => void;

/** @param work sets how far it is through the function it gets */
export async function watched<T>(
  watch: WatchTransfer | undefined,
  file: Pick<Transfer, "path" | "size">,
  work: (progress: (done: number) => void) => Promise<T>,
): Promise<T> {
  let done = 0;
  const end = watch?.({ path: file.path, size: file.size, done: () => done });
  try {
    return await work((bytes) => {
      done = bytes;
    });
  } finally {
    end?.();
  }
}
