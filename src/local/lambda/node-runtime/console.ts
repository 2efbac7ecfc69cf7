import { format } from "node:util";
import type { ErrorDocument } from "./error-document.ts";

const LEVELS = { trace: "TRACE", debug: "DEBUG", log: "INFO", info: "INFO", warn: "WARN", error: "ERROR" } as const;

export interface FunctionLog {
  /** Of the invocation under way. */
  requestId: string | undefined;
  error(what: string, document: ErrorDocument): void;
}

/**
 * Makes the console write as Lambda's does: `TIME\tREQUEST ID\tLEVEL\tTEXT`, and a text of several lines as one log event
 * (its line ends become carriage returns, which CloudWatch shows as line ends).
 */
export function patchConsole(target: Console, stdout: { write(text: string): unknown }): FunctionLog {
  const log: FunctionLog = {
    requestId: undefined,
    error: (what, document) => write("ERROR", `${what} \t${JSON.stringify(document)}`),
  };
  const write = (level: string, text: string): void => {
    const line = `${new Date().toISOString()}\t${log.requestId ?? "undefined"}\t${level}\t${text}`;
    stdout.write(`${line.replaceAll("\n", "\r")}\n`);
  };
  for (const [method, level] of Object.entries(LEVELS)) {
    target[method as keyof typeof LEVELS] = (...values: unknown[]) => write(level, format(...values));
  }
  return log;
}
