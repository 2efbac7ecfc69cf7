import { EXIT, ScarError } from "../errors.ts";

/**
 * `SCAR_LOCAL_CONCURRENCY`: environments of functions that may live at once on this machine, for those where the default, a few for
 * each processor, is too many or too few. Undefined or empty: the default. Throws ScarError `InvalidConcurrency`.
 */
export function readCapacity(text: string | undefined): number | undefined {
  if (text === undefined || text === "") return undefined;
  if (/^[1-9]\d{0,3}$/.test(text)) return Number(text);
  throw new ScarError("InvalidConcurrency", `SCAR_LOCAL_CONCURRENCY: '${text}' is no number of environments`, {
    hint: "use 1 to 9999",
    exitCode: EXIT.usage,
  });
}
