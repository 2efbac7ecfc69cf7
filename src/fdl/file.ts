import { readFile } from "node:fs/promises";
import { EXIT, messageOf, ScarError } from "../errors.ts";
import { type FdlDocument, parseFdl } from "./parse.ts";

/** Reads the FDL at `path`, which the user called `name`. Throws ScarError `FileNotFound`, `FileNotReadable`, `InvalidYaml` (exit code 2). */
export async function readFdl(path: string, name: string): Promise<FdlDocument> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") {
      throw new ScarError("FileNotFound", `Unable to find the yaml file '${name}'`, { cause, exitCode: EXIT.usage });
    }
    throw new ScarError("FileNotReadable", `the yaml file '${name}' cannot be read: ${messageOf(cause)}`, {
      cause,
      exitCode: EXIT.usage,
    });
  }
  return parseFdl(text, name);
}
