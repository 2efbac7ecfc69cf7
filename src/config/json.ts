import { EXIT, messageOf, ScarError } from "../errors.ts";
import { isTree, type Tree } from "../fdl/tree.ts";

/** Reads a configuration file's JSON object. Throws ScarError `InvalidConfig` with the line and column of what is no JSON. */
export function parseJson(text: string, file: string): Tree {
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch (error) {
    throw invalid(`${file}${placeOf(text, messageOf(error))}: not JSON: ${reasonOf(messageOf(error))}`, error);
  }
  if (!isTree(value)) throw invalid(`${file}: must be a JSON object`, undefined);
  return value;
}

function invalid(message: string, cause: unknown): ScarError {
  return new ScarError("InvalidConfig", message, {
    exitCode: EXIT.usage,
    hint: "correct it, or move it away and let scar make a new one",
    cause,
  });
}

/** Node's message holds the offset, the line and column too in newer versions, or none at the end of the text. */
function placeOf(text: string, message: string): string {
  const offset = /position (\d+)/.exec(message)?.[1];
  if (offset === undefined && !/end of JSON/i.test(message)) return "";
  const before = text.slice(0, offset === undefined ? text.length : Number(offset)).split("\n");
  return `:${before.length}:${before.at(-1)!.length + 1}`;
}

const reasonOf = (message: string): string => message.replace(/\s+(?:in JSON\s+)?at position.*$/s, "");
