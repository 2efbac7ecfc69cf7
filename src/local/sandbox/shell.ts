/** One word for a POSIX shell. */
export function quote(word: string): string {
  return /^[A-Za-z0-9_./:=,@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** Lines for a shell that reads its environment from stdin: `export`s, and one by which it knows the end. Throws on a name that is no shell identifier. */
export function exportLines(env: Readonly<Record<string, string>>): string {
  const lines = Object.entries(env).map(([name, value]) => {
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) throw new TypeError(`not a name of an environment variable: ${name}`);
    return `export ${name}=${quote(value)}\n`;
  });
  return `${lines.join("")}SCAR_TOLD=all\n`;
}

/**
 * What runs as the function's user before its program: reads the environment from stdin, so that no secret stands in an argument
 * list, and becomes the program; without the last of {@link exportLines} there is nobody left to run it for. Arguments: the program
 * and its own.
 */
export const BECOME_PROGRAM =
  'eval "$(cat)"; [ "$SCAR_TOLD" = all ] || exit 125; unset SCAR_TOLD; exec </dev/null; cd /var/task; unset OLDPWD; exec "$@"';

/** The same; asks for the environment on file descriptor 3. */
export const BECOME_PROGRAM_WHEN_TOLD = `echo >&3; exec 3>&-; ${BECOME_PROGRAM}`;

/** PATH of the tools that set a sandbox up; nothing of the server's environment reaches them. */
export const TOOL_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
