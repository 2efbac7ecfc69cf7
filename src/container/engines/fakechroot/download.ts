import { messageOf, ScarError } from "../../../errors.ts";

/** Bytes; the published archives are below 10 MB. */
const ARCHIVE_LIMIT = 64 * 1024 * 1024;

/** Milliseconds for the whole archive. */
const TIMEOUT_MS = 120_000;

/** Fetches an archive. Throws ScarError `FakechrootDownload`. */
export async function download(
  url: URL,
  { fetch = globalThis.fetch, signal }: { readonly fetch?: typeof globalThis.fetch; readonly signal?: AbortSignal },
): Promise<Buffer> {
  const limit = AbortSignal.timeout(TIMEOUT_MS);
  try {
    const response = await fetch(url, { signal: signal ? AbortSignal.any([signal, limit]) : limit });
    if (!response.ok) throw new Error(`HTTP status ${response.status}`);
    const chunks: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
      size += chunk.length;
      if (size > ARCHIVE_LIMIT) throw new Error(`more than ${ARCHIVE_LIMIT} bytes`);
      chunks.push(chunk);
    }
    return Buffer.concat(chunks);
  } catch (cause) {
    const why = cause instanceof Error && cause.cause !== undefined ? messageOf(cause.cause) : messageOf(cause);
    throw new ScarError("FakechrootDownload", `${url.href} cannot be fetched: ${why}`, {
      hint: "it holds the libraries that run images on Lambda; name a mirror with SCAR_FAKECHROOT_URL, or a library of your own with UDOCKER_FAKECHROOT_SO, or deploy with '-rt image'",
      cause,
    });
  }
}
