/** Versions of scar.cfg's format: numbers between dots. */
import { CONFIG_VERSION } from "./defaults.ts";

const VERSION = /^\d+(\.\d+)*$/;

/** Whether the text is a version at all. */
export const isVersion = (text: string): boolean => VERSION.test(text);

/** Whether `version` comes before `than`; missing numbers are 0. */
export function isOlder(version: string, than: string = CONFIG_VERSION): boolean {
  const [a, b] = [numbers(version), numbers(than)];
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}

const numbers = (version: string): number[] => version.split(".").map(Number);
