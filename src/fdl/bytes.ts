/** The bytes of a file → the text of an FDL. */
import { invalidYaml, placeAt } from "./yaml-problem.ts";

/** Files above are no FDL: 1 MiB. */
export const MAX_BYTES = 1024 * 1024;

/** Throws ScarError `InvalidYaml` for what is too large, binary or not UTF-8. A byte order mark is dropped. */
export function decodeFdl(bytes: Uint8Array, file: string): string {
  if (bytes.length > MAX_BYTES) throw invalidYaml(file, "is larger than 1 MiB: too much for an FDL");
  const mark = Buffer.from(bytes.subarray(0, 2)).toString("hex");
  if (mark === "fffe" || mark === "feff") throw invalidYaml(`${file}:1:1`, "is UTF-16: save it as UTF-8");
  if (bytes.includes(0)) throw invalidYaml(file, "is a binary file (it has NUL bytes); an FDL is a text file");
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    const at = invalidOffset(bytes);
    const byte = (bytes[at] ?? 0).toString(16).toUpperCase().padStart(2, "0");
    const before = Buffer.from(bytes.subarray(0, at)).toString("utf8");
    throw invalidYaml(placeAt(file, before, before.length), `is not UTF-8 (byte 0x${byte}): save it as UTF-8`);
  }
}

/** Where the first sequence begins that is not UTF-8. */
function invalidOffset(bytes: Uint8Array): number {
  let low = 0;
  let high = bytes.length;
  // The longest start that is valid, but for a character that is cut.
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (isValidStart(bytes.subarray(0, middle))) low = middle;
    else high = middle - 1;
  }
  return lastStart(bytes, low);
}

function isValidStart(bytes: Uint8Array): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream: true });
    return true;
  } catch {
    return false;
  }
}

/** From the byte that is wrong back to the first one of its character, when that one asks for more than it got. */
function lastStart(bytes: Uint8Array, at: number): number {
  let start = at - 1;
  while (start > at - 3 && start > 0 && (bytes[start]! & 0xc0) === 0x80) start--;
  const first = bytes[start] ?? 0;
  const length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc0 ? 2 : 1;
  return length > at - start ? start : at;
}
