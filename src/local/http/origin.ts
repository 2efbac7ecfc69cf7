/** Who may talk to the server: programs of this machine, by a loopback name; never a web page (DNS rebinding, foreign Origin). */

/** Host header without its port, lower case: `localhost`, `bucket.localhost`, `127.0.0.1` or `[::1]`; undefined for any other. */
export function loopbackHost(header: string | undefined): string | undefined {
  const host = /^(.*?)(?::\d{1,5})?$/.exec(header?.toLowerCase() ?? "")?.[1] ?? "";
  const loopback = host === "127.0.0.1" || host === "[::1]" || /^(?:[a-z0-9.-]+\.)?localhost$/.test(host);
  return loopback ? host : undefined;
}

/** Browsers send Origin; only pages that this machine serves may pass. */
export function originAccepted(origin: string | undefined): boolean {
  if (origin === undefined) return true;
  const host = /^https?:\/\/([^/]+)$/.exec(origin)?.[1];
  return loopbackHost(host) !== undefined;
}
