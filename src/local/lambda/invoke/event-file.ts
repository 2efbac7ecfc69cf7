/**
 * The name of an event's file: all that must survive a crash beside the payload. `DUE~SERIAL~ACCEPTED~FAILURES~DELAYS~REQUESTID`; the first
 * servers wrote `ACCEPTED-SERIAL-REQUESTID` and never tried twice.
 */

export interface EventFacts {
  /** When it is to be handed on, ms since the epoch. */
  readonly due: number;
  /** Order among events that are due at the same time. */
  readonly serial: number;
  /** When it was put into the queue, ms since the epoch. */
  readonly accepted: number;
  /** Attempts in which the function failed. */
  readonly failures: number;
  /** Attempts that never reached the function: throttled, or stopped by an error of the system. */
  readonly delays: number;
  readonly requestId: string;
}

export function eventFileName({ due, serial, accepted, failures, delays, requestId }: EventFacts): string {
  return [padded(due, 15), padded(serial, 9), padded(accepted, 15), failures, delays, requestId].join("~");
}

const NAME = /^(\d{15})~(\d{9,})~(\d{15})~(\d+)~(\d+)~(.+)$/;
const OLD_NAME = /^(\d{15})-(\d{9,})-(.+)$/;

/** Undefined: no file of an event. */
export function parseEventFileName(name: string): EventFacts | undefined {
  const match = NAME.exec(name);
  if (match) {
    const [due, serial, accepted, failures, delays] = match.slice(1, 6).map(Number);
    return {
      due: due!,
      serial: serial!,
      accepted: accepted!,
      failures: failures!,
      delays: delays!,
      requestId: match[6]!,
    };
  }
  const old = OLD_NAME.exec(name);
  if (!old) return undefined;
  const accepted = Number(old[1]);
  return { due: accepted, serial: Number(old[2]), accepted, failures: 0, delays: 0, requestId: old[3]! };
}

const padded = (number: number, width: number): string => String(number).padStart(width, "0");
