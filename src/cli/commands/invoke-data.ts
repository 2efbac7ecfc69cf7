/** What `scar invoke` sends: -db, -jd and -p, or their fields in the file. */
import { readFile, stat } from "node:fs/promises";
import { EXIT, messageOf, ScarError } from "../../errors.ts";
import type { FunctionSpec } from "../../fdl/spec.ts";
import { checkFileSize, type Data } from "../../providers/aws/endpoint/message.ts";
import type { Query } from "../../providers/aws/endpoint/query.ts";
import type { CommandContext } from "../command.ts";

/**
 * JSON wins over a file, as in the original; a flag wins over the FDL. Throws `InvalidJson` or `FileNotFound` (exit code 2), or
 * `PayloadTooLarge`.
 */
export async function dataOf(
  { options, report }: Pick<CommandContext, "options" | "report">,
  { files, request }: FunctionSpec,
): Promise<Data> {
  const { data_binary: file } = files;
  const flags = { file: options["data_binary"] !== undefined, json: options["json_data"] !== undefined };
  if (request.json_data !== undefined && (flags.json || !flags.file)) {
    if (flags.json && flags.file) report.notice("-db is not sent: -jd is.");
    return { kind: "json", text: jsonText(request.json_data) };
  }
  if (file === undefined) return { kind: "none" };
  try {
    checkFileSize((await stat(file)).size);
    return { kind: "file", content: await readFile(file) };
  } catch (cause) {
    if (cause instanceof ScarError) throw cause;
    const message = `Unable to read the file to send, '${file}': ${messageOf(cause)}`;
    throw new ScarError("FileNotFound", message, { cause, exitCode: EXIT.usage });
  }
}

/** Text as it is: who signs or compares it must find every space in place. */
function jsonText(value: unknown): string {
  if (typeof value !== "string") return JSON.stringify(value);
  try {
    JSON.parse(value);
    return value;
  } catch (cause) {
    throw new ScarError("InvalidJson", `-jd: the data is not JSON: ${messageOf(cause)}`, {
      cause,
      exitCode: EXIT.usage,
      hint: `in a shell, put it in single quotes: -jd '{"key": "value"}'`,
    });
  }
}

/**
 * A JSON object, as text or as a mapping of the FDL, whose lists give a parameter several values; or `a=1&b=2`, percent-encoded as in a URL.
 * Throws `InvalidParameters` (exit code 2).
 */
export function queryOf({ request: { parameters } }: Pick<FunctionSpec, "request">): Query {
  if (parameters === undefined) return [];
  if (typeof parameters !== "string") return pairsOf(parameters);
  const text = parameters.trim();
  if (/^[{["]/.test(text)) return pairsOf(jsonOf(text));
  if (!text.includes("=")) throw invalid(`'${text}' is neither a JSON object nor parameters such as a=1&b=2`);
  return [...new URLSearchParams(text)];
}

function pairsOf(value: unknown): Query {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw invalid("the JSON is not an object");
  return Object.entries(value).flatMap(([key, one]: [string, unknown]) =>
    (Array.isArray(one) ? one : [one]).flatMap((single: unknown) => {
      // As the original's HTTP library has it.
      if (single === null) return [];
      if (typeof single === "object") throw invalid(`the value of '${key}' is not text, a number, or a list of them`);
      return [[key, String(single)] as const];
    }),
  );
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw invalid(`not JSON: ${messageOf(cause)}`, cause);
  }
}

function invalid(why: string, cause?: unknown): ScarError {
  return new ScarError("InvalidParameters", `-p: ${why}`, {
    cause,
    exitCode: EXIT.usage,
    hint: `write -p 'a=1&b=2' or -p '{"a": 1, "b": [2, 3]}'`,
  });
}
