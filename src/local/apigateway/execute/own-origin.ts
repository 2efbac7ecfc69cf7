/**
 * Requests to an API carry no signature, so a browser must not send them for any page but the server's own: whoever knows an API's
 * address could run its function from a page anywhere.
 */
import type { IncomingHttpHeaders } from "node:http";
import { Refusal } from "./refusal.ts";

/** Throws a refusal for a request of a foreign page, with Origin (another port of this machine is foreign too) or without (images, links). */
export function checkOwnOrigin({ host, origin, "sec-fetch-site": site }: IncomingHttpHeaders): void {
  if (origin !== undefined && origin.toLowerCase() !== `http://${host?.toLowerCase()}`) {
    throw new Refusal(403, "AccessDeniedException", `Requests of pages from '${origin}' are refused`);
  }
  if (site === "cross-site" || site === "same-site") {
    throw new Refusal(403, "AccessDeniedException", "Requests of other servers' pages are refused");
  }
}
