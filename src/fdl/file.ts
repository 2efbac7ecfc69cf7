import { open } from "node:fs/promises";
import { EXIT, messageOf, ScarError } from "../errors.ts";
import { decodeFdl, MAX_BYTES } from "./bytes.ts";
import { type FdlDocument, parseFdl } from "./parse.ts";

/** Reads the FDL at `path`, which the user called `name`. Throws ScarError `FileNotFound`, `FileNotReadable`, `InvalidYaml` (exit code 2). */
export async function readFdl(path: string, name: string): Promise<FdlDocument> {
  return parseFdl(decodeFdl(await readStart(path, name), name), name);
}

/** The file, or as much of it as shows that it is too large: it may be a device that never ends. */
async function readStart(path: string, name: string): Promise<Buffer> {
  try {
    const file = await open(path, "r");
    try {
      const buffer = Buffer.allocUnsafe(MAX_BYTES + 1);
      let length = 0;
      while (length < buffer.length) {
        const { bytesRead } = await file.read(buffer, length, buffer.length - length);
        if (bytesRead === 0) break;
        length += bytesRead;
      }
      return buffer.subarray(0, length);
    } finally {
      await file.close();
    }
  } catch (cause) {
    throw unreadable(cause, name);
  }
}

function unreadable(cause: unknown, name: string): ScarError {
  const { code } = cause as NodeJS.ErrnoException;
  const options = { cause, exitCode: EXIT.usage } as const;
  if (code === "ENOENT" || code === "ENOTDIR") {
    return new ScarError("FileNotFound", `Unable to find the yaml file '${name}'`, options);
  }
  const why = { EISDIR: "it is a folder; name the file in it", EACCES: "you have no permission to read it" }[
    code ?? ""
  ];
  return new ScarError(
    "FileNotReadable",
    `the yaml file '${name}' cannot be read: ${why ?? messageOf(cause)}`,
    options,
  );
}
