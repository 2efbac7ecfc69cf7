import { EXIT, ScarError } from "../errors.ts";

/** Seconds of each unit. */
const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400, w: 604_800 };

const DATE = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)(Z|[+-]\d{2}:?\d{2})?)?$/i;

/**
 * `10m`, `2h`, `1d` before `now`, or a time of ISO 8601 (`2026-11-21`, `2026-11-21T10:00`, with `Z` or `+01:00`; without, it is UTC as in the
 * log), as milliseconds since the epoch. Throws ScarError `InvalidTime` (exit code 2).
 */
export function parseSince(text: string, now: number): number {
  const [, amount, unit = ""] = /^(\d{1,9})([smhdw])$/.exec(text) ?? [];
  const time = amount === undefined ? dateOf(text) : now - Number(amount) * UNITS[unit]! * 1000;
  if (time === undefined) {
    throw new ScarError("InvalidTime", `--since: '${text}' is not a time`, {
      exitCode: EXIT.usage,
      hint: "how long ago, as in 30s, 10m, 2h, 1d or 1w, or a time, as in 2026-11-21 or 2026-11-21T10:00:00Z",
    });
  }
  return Math.max(0, time);
}

function dateOf(text: string): number | undefined {
  const [, day, clock = "00:00", zone = "Z"] = DATE.exec(text) ?? [];
  if (day === undefined) return undefined;
  const time = Date.parse(`${day}T${clock}${zone.toUpperCase()}`);
  // JavaScript takes 31 February for a day in March.
  const isDay = new Date(`${day}T00:00:00Z`).toJSON()?.startsWith(day) === true;
  return isDay && !Number.isNaN(time) ? time : undefined;
}
