/** An older scar.cfg gives its place to the new one, and is kept beside it. */
import { chmodSync, readFileSync, realpathSync } from "node:fs";
import { placeNew, placeOver, removeLeftBehind } from "../place-file.ts";

/**
 * Saves `old`, the bytes read from `file`, as `FILE_old` (or `FILE_old.1`, …: earlier saves stay), then puts `text` in the file's
 * place. A process that is killed in between leaves the old file where it is, and the next one finds the save and goes on; of two at
 * once, both write the same. Returns where the old file is saved, or undefined when the file is not what was read any more. Throws the
 * system's error.
 */
export function replaceConfig(file: string, old: Uint8Array, text: string): string | undefined {
  // A file kept elsewhere stays a link to there.
  const real = realpathSync(file);
  const isAsRead = (): boolean => readFileSync(real).equals(old);
  if (!isAsRead()) return undefined;
  const saved = save(`${file}_old`, old);
  if (!isAsRead()) return undefined;
  placeOver(real, text);
  removeLeftBehind(file);
  return saved;
}

function save(name: string, bytes: Uint8Array): string {
  for (let n = 0; ; n++) {
    const file = n === 0 ? name : `${name}.${n}`;
    if (placeNew(file, bytes)) return file;
    if (!holds(file, bytes)) continue;
    chmodSync(file, 0o600);
    return file;
  }
}

function holds(file: string, bytes: Uint8Array): boolean {
  try {
    return readFileSync(file).equals(bytes);
  } catch {
    return false;
  }
}
