/** Sizes as people read them, in AWS's powers of 1024. */

const UNITS = ["bytes", "KiB", "MiB", "GiB"] as const;

/** `812 bytes`, `97.7 KiB`, `50.0 MiB`. */
export function shownSize(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${UNITS[unit]}`;
}
