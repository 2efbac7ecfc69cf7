import { statfsSync } from "node:fs";
import { tmpdir } from "node:os";

/** Where tests put gigabytes that they need for a minute: memory where there is plenty, else the usual folder for such things. */
export function fastFolder(): string {
  try {
    const { bsize, bavail } = statfsSync("/dev/shm");
    return bsize * bavail > 6 * 1024 ** 3 ? "/dev/shm" : tmpdir();
  } catch {
    return tmpdir();
  }
}
