/** Log lines with a level; Python's names, which `log_level` has used since the first SCAR. */

const RANK = { DEBUG: 10, INFO: 20, WARNING: 30, ERROR: 40, CRITICAL: 50 } as const;
type Level = keyof typeof RANK;

export interface Logger {
  debug(message: string): void;
  info(message: string): void;
  warning(message: string): void;
  error(message: string): void;
}

/** Where log lines and the command's output go: the process's standard output, which Lambda sends to CloudWatch. */
export interface LogStream {
  write(chunk: string | Uint8Array): unknown;
}

/** An unknown `log_level` is INFO, with a warning. */
export function createLogger(stream: LogStream, logLevel: string | undefined): Logger {
  const name = (logLevel ?? "INFO").trim().toUpperCase();
  const level = levelOf(name);
  const threshold = RANK[level ?? "INFO"];
  const write = (line: Level, message: string): void => {
    if (RANK[line] < threshold) return;
    stream.write(`${new Date().toISOString()} - supervisor - ${line} - ${oneLine(message)}\n`);
  };
  const logger: Logger = {
    debug: (message) => write("DEBUG", message),
    info: (message) => write("INFO", message),
    warning: (message) => write("WARNING", message),
    error: (message) => write("ERROR", message),
  };
  if (level === undefined) logger.warning(`log_level '${logLevel}' is unknown, using INFO`);
  return logger;
}

function levelOf(name: string): Level | undefined {
  if (name === "WARN") return "WARNING";
  if (name === "FATAL") return "CRITICAL";
  return Object.hasOwn(RANK, name) ? (name as Level) : undefined;
}

/** Object keys are anybody's text: a line break in one must not forge a log line. */
function oneLine(message: string): string {
  return message.replace(/[\u0000-\u001f\u007f\u0085\u2028\u2029]/g, (c) => {
    if (c === "\n") return "\\n";
    return c === "\t" ? "\t" : `\\x${c.charCodeAt(0).toString(16).padStart(2, "0")}`;
  });
}
