/** Downloads an object, in constant memory. */
import type { S3Client } from "@aws-sdk/client-s3";
import { answerCheck } from "../direct/answer-check.ts";
import type { DirectRequests } from "../direct/direct-requests.ts";
import { PartialFile } from "../direct/partial-file.ts";
import { interrupted } from "../errors.ts";

export interface Download {
  readonly bucket: string;
  readonly key: string;
  /** File. */
  readonly target: string;
  readonly signal: AbortSignal;
  /** Told the bytes that are there. */
  readonly progress?: ((bytes: number) => void) | undefined;
}

/** Writes the object beside `target`, then moves it there: a failure leaves nothing, or what was there before. */
export async function downloadObject(
  sdk: () => Promise<S3Client>,
  download: Download,
  direct: DirectRequests | undefined,
): Promise<void> {
  const file = new PartialFile(download.target);
  try {
    const begun = direct && (await takeDirectly(direct, download, file));
    if (download.signal.aborted) throw interrupted();
    if (begun === undefined || !begun.isWhole) {
      const { takeBySdk } = await import("./get-object.ts");
      await takeBySdk(await sdk(), download, file, begun?.etag);
    }
    if (download.signal.aborted) throw interrupted();
    file.finish();
  } catch (error) {
    file.discard();
    throw download.signal.aborted ? interrupted() : error;
  }
}

interface Begun {
  readonly isWhole: boolean;
  /** Of the object that the file has the beginning of. */
  readonly etag: string | undefined;
}

async function takeDirectly(direct: DirectRequests, { key, progress }: Download, file: PartialFile): Promise<Begun> {
  let etag: string | undefined;
  const isThere = await direct.get(key, (answer) => {
    etag = answer.headers["etag"];
    file.begin(answerCheck(answer));
    return (piece) => {
      file.write(piece);
      progress?.(file.received);
    };
  });
  const isWhole = isThere && file.agrees;
  return { isWhole, etag: isThere ? undefined : etag };
}
