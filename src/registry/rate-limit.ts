/** What a registry says about how much it lets us ask (status 429). */
import type { IncomingHttpHeaders } from "node:http";
import { ScarError } from "../errors.ts";
import { howToLogIn, type Login } from "./failures.ts";

/** Milliseconds that Retry-After asks for, as seconds or as a date; undefined when it says neither. */
export function retryAfterMs(value: string | undefined, now = Date.now()): number | undefined {
  if (value === undefined) return undefined;
  if (/^\d+$/.test(value.trim())) return Number(value) * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

/** Docker Hub's `ratelimit-limit: 100;w=21600`: so many pulls in a window of so many seconds. */
export function parseLimit(value: unknown): { readonly count: number; readonly windowSeconds?: number } | undefined {
  const match = typeof value === "string" ? /^\s*(\d{1,15})(?!\d)(?:\s*;\s*w=(\d{1,15}))?/.exec(value) : null;
  if (match === null) return undefined;
  return { count: Number(match[1]), ...(match[2] === undefined ? {} : { windowSeconds: Number(match[2]) }) };
}

export interface RateLimited {
  /** `docker.io/grycap/cowsay:latest`. */
  readonly image: string;
  readonly registry: string;
  readonly headers: IncomingHttpHeaders;
  /** What was shown. */
  readonly login: Login;
}

/** ScarError `RegistryRateLimit`: how much is allowed, to whom, and how to be allowed more. */
export function rateLimitError({ image, registry, headers, login }: RateLimited): ScarError {
  const { user, howTo = howToLogIn(registry) } = login;
  const limit = parseLimit(headers["ratelimit-limit"]);
  const source = String(headers["docker-ratelimit-source"] ?? "");
  const whom =
    user === undefined ? (/^[0-9a-f.:]{3,45}$/i.test(source) ? ` from the address ${source}` : "") : ` by ${user}`;
  const allowed =
    limit === undefined
      ? ""
      : `: it allows ${limit.count} pulls${window(limit.windowSeconds)}${whom}, which are used up`;
  const waitMs = retryAfterMs(headers["retry-after"]);
  const later = waitMs === undefined ? "" : `; it asks to wait ${duration(Math.ceil(waitMs / 1000))}`;
  return new ScarError(
    "RegistryRateLimit",
    `${image}: ${registry} refuses more requests at the moment (429)${allowed}${later}`,
    {
      hint:
        user === undefined
          ? `${registry} allows more to known users: ${howTo}; or wait, or use a copy of the image in another registry`
          : "wait, or use a copy of the image in another registry",
    },
  );
}

/** Whether the limit is one of hours, for which waiting a little is no use (Docker Hub's pull limit). */
export function isPullLimit(headers: IncomingHttpHeaders, text: string): boolean {
  return parseLimit(headers["ratelimit-remaining"])?.count === 0 || /pull rate limit/i.test(text);
}

function window(seconds: number | undefined): string {
  return seconds === undefined ? "" : ` in ${duration(seconds)}`;
}

function duration(seconds: number): string {
  const [size, unit] = seconds >= 7200 ? [3600, "hours"] : seconds >= 120 ? [60, "minutes"] : [1, "seconds"];
  const count = Math.round(seconds / size);
  return count === 1 ? `1 ${unit.slice(0, -1)}` : `${count} ${unit}`;
}
