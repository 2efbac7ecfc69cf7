import { readFile } from "node:fs/promises";
import { join } from "node:path";

type Env = Readonly<Record<string, string | undefined>>;

/** The region that a profile of the shared AWS configuration (`$AWS_CONFIG_FILE`, else `~/.aws/config`) names, if it does. */
export async function profileRegion(env: Env, profile: string | undefined): Promise<string | undefined> {
  const file = env["AWS_CONFIG_FILE"] || (env["HOME"] ? join(env["HOME"], ".aws", "config") : undefined);
  if (file === undefined) return undefined;
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch {
    // No file, no region: whoever needs the profile itself will say so.
    return undefined;
  }
  return sectionValue(text, profile ?? env["AWS_PROFILE"] ?? "default", "region");
}

/** `[default]` or `[profile NAME]`; the settings of a section are `key = value`, nested ones are indented. */
function sectionValue(text: string, profile: string, key: string): string | undefined {
  let inside = false;
  for (const line of text.split(/\r?\n/)) {
    const section = /^\[\s*(?:profile\s+)?["']?(.*?)["']?\s*\]/.exec(line)?.[1];
    if (section !== undefined) inside = section === profile;
    const setting = /^([a-z_]+)\s*=\s*(.*?)\s*(?:\s[#;].*)?$/i.exec(line);
    if (inside && setting?.[1]?.toLowerCase() === key && setting[2]) return setting[2];
  }
  return undefined;
}
