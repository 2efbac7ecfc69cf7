/** The INI file of SCAR's first releases: one section `[scar]`, read as Python's configparser reads it. */
import { EXIT, ScarError } from "../../errors.ts";
import type { Tree } from "../../fdl/tree.ts";

export interface IniDocument {
  /** The section's values; whole numbers are numbers. */
  readonly value: Tree;
  /** `file:line:column` of a key's value. */
  locate(key: string): string;
}

/** Whether it is the INI file and no JSON: its first line that is no comment is `[scar]`. */
export function isIni(text: string): boolean {
  return /^\uFEFF?(?:\s*[#;][^\n]*\n|\s*\n)*\s*\[\s*scar\s*\]\s*(?:\r?\n|$)/i.test(text);
}

/** Throws ScarError `InvalidConfig` (exit code 2) at a line that is neither section, comment nor `key = value`. */
export function readIni(text: string, file: string): IniDocument {
  const value: Record<string, unknown> = {};
  const places = new Map<string, string>();
  let inside = false;
  for (const [i, line] of text.split(/\r\n|\r|\n/).entries()) {
    const bare = line.replace(/^\uFEFF/, "");
    if (/^\s*(?:[#;].*)?$/.test(bare)) continue;
    const section = /^\s*\[([^\]]*)\]\s*$/.exec(bare)?.[1];
    if (section !== undefined) {
      inside = section.trim().toLowerCase() === "scar";
      continue;
    }
    const [, before, key, given] = /^(\s*([^=:\s][^=:]*?)\s*[=:]\s*)(.*?)\s*$/.exec(bare) ?? [];
    if (before === undefined || key === undefined || given === undefined) {
      throw new ScarError("InvalidConfig", `${file}:${i + 1}:1: 'key = value' is expected in the section [scar]`, {
        exitCode: EXIT.usage,
        hint: "correct it, or move it away and let scar make a new one",
      });
    }
    if (!inside) continue;
    const name = key.toLowerCase();
    value[name] = /^\d{1,15}$/.test(given) ? Number(given) : given.replaceAll("%%", "%");
    places.set(name, `${file}:${i + 1}:${before.length + 1}`);
  }
  return { value, locate: (key) => places.get(key.split(/[.[]/)[0]!) ?? file };
}
