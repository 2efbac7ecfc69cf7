/** One word for a POSIX shell. */
export function quote(word: string): string {
  return /^[A-Za-z0-9_./:=,@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** `export` lines for a shell that reads its environment from stdin; throws on a name that is no shell identifier. */
export function exportLines(env: Readonly<Record<string, string>>): string {
  return Object.entries(env)
    .map(([name, value]) => {
      if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) throw new TypeError(`not a name of an environment variable: ${name}`);
      return `export ${name}=${quote(value)}\n`;
    })
    .join("");
}

/**
 * What runs as the function's user before its program: reads the environment from stdin, so that no secret stands in an argument
 * list, and becomes the program. Arguments: the program and its own.
 */
export const BECOME_PROGRAM = 'eval "$(cat)"; exec </dev/null; cd /var/task; unset OLDPWD; exec "$@"';

/** PATH of the tools that set a sandbox up; nothing of the server's environment reaches them. */
export const TOOL_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
