/** The folder of the user's own files (`HOME`, on Windows `USERPROFILE`); undefined when the environment does not say. */
export function homeFolder(env: Readonly<Record<string, string | undefined>>): string | undefined {
  return env["HOME"] || env["USERPROFILE"] || undefined;
}
