import { anySignal } from "../../../any-signal.ts";
import { messageOf, ScarError } from "../../../errors.ts";
import { Link } from "../../../registry/link.ts";
import { PATIENCE } from "../../../registry/patience.ts";

/** Milliseconds for the whole file. */
const TIMEOUT_MS = 120_000;
/** Other addresses that a server may name, one after the other. */
const REDIRECTS = 5;

export interface DownloadOptions {
  /** Bytes; a larger file is refused. */
  readonly limit: number;
  /** `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY`, `NO_PROXY`. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal?: AbortSignal;
}

/** Fetches a file. Throws ScarError `FakechrootDownload`, `InvalidProxy`, and the signal's reason. */
export async function download(url: URL, { limit, env, signal }: DownloadOptions): Promise<Buffer> {
  const patience = AbortSignal.timeout(TIMEOUT_MS);
  const link = new Link(env, PATIENCE, signal ? anySignal([signal, patience]) : patience);
  try {
    return await contentOf(link, url, limit);
  } catch (cause) {
    signal?.throwIfAborted();
    if (cause instanceof ScarError) throw cause;
    throw new ScarError("FakechrootDownload", `${url.href} cannot be fetched: ${messageOf(cause)}`, {
      hint: "it holds the libraries that run images on Lambda; name a mirror with SCAR_FAKECHROOT_URL, or a library of your own with UDOCKER_FAKECHROOT_SO, or deploy with '-rt image'",
      cause,
    });
  } finally {
    link.close();
  }
}

async function contentOf(link: Link, url: URL, limit: number): Promise<Buffer> {
  let at = url;
  for (let redirects = 0; ; redirects++) {
    const { status, headers, body } = await link.exchange(at, { headers: { accept: "*/*", "user-agent": "scar" } });
    const { location } = headers;
    if (status >= 300 && status < 400 && location !== undefined) {
      body.destroy();
      if (redirects === REDIRECTS) throw new Error(`more than ${REDIRECTS} redirects`);
      at = redirected(location, at);
      continue;
    }
    if (status !== 200) {
      body.destroy();
      throw new Error(`HTTP status ${status}`);
    }
    const chunks: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of link.read(body)) {
      size += chunk.length;
      if (size > limit) throw new Error(`more than ${limit} bytes`);
      chunks.push(chunk);
    }
    return Buffer.concat(chunks);
  }
}

function redirected(location: string, from: URL): URL {
  const to = URL.canParse(location, from.href) ? new URL(location, from.href) : undefined;
  if (to?.protocol !== "https:" && to?.protocol !== from.protocol) throw new Error(`it leads to '${location}'`);
  return to;
}
