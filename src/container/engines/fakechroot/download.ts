import { anySignal } from "../../../any-signal.ts";
import { messageOf, ScarError } from "../../../errors.ts";

/** Milliseconds for the whole file. */
const TIMEOUT_MS = 120_000;

export interface DownloadOptions {
  /** Bytes; a larger file is refused. */
  readonly limit: number;
  /** Default: Node's own. */
  readonly fetch?: typeof globalThis.fetch;
  readonly signal?: AbortSignal;
}

/** Fetches a file. Throws ScarError `FakechrootDownload`, and the signal's reason. */
export async function download(
  url: URL,
  { limit, fetch = globalThis.fetch, signal }: DownloadOptions,
): Promise<Buffer> {
  const patience = AbortSignal.timeout(TIMEOUT_MS);
  try {
    const response = await fetch(url, { signal: signal ? anySignal([signal, patience]) : patience });
    if (!response.ok) throw new Error(`HTTP status ${response.status}`);
    const chunks: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
      size += chunk.length;
      if (size > limit) throw new Error(`more than ${limit} bytes`);
      chunks.push(chunk);
    }
    return Buffer.concat(chunks);
  } catch (cause) {
    signal?.throwIfAborted();
    const why = cause instanceof Error && cause.cause !== undefined ? messageOf(cause.cause) : messageOf(cause);
    throw new ScarError("FakechrootDownload", `${url.href} cannot be fetched: ${why}`, {
      hint: "it holds the libraries that run images on Lambda; name a mirror with SCAR_FAKECHROOT_URL, or a library of your own with UDOCKER_FAKECHROOT_SO, or deploy with '-rt image'",
      cause,
    });
  }
}
