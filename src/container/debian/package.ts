/** Takes files out of a Debian package (deb(5)): an ar archive that holds a tar of the files, compressed. */
import { gunzipSync } from "node:zlib";
import type { TarEntry } from "../tar/entry.ts";
import { FilePicker } from "../tar/pick-files.ts";
import { type ArMember, arMembers } from "./ar.ts";
import { unxz } from "./xz.ts";

/**
 * The regular files that `nameOf` gives a name. Throws Error for what is no such package, is damaged, or is larger unpacked than
 * `limit` bytes.
 */
export async function filesOfPackage(
  bytes: Buffer,
  limit: number,
  nameOf: (entry: TarEntry) => string | undefined,
): Promise<ReadonlyMap<string, Buffer>> {
  const members = arMembers(bytes);
  const [first] = members;
  if (first?.name !== "debian-binary" || !/^2\.\d+\n/.test(first.data.toString("latin1", 0, 16))) {
    throw new Error("it is no Debian package of format 2");
  }
  const data = members.find(({ name }) => name.startsWith("data.tar"));
  if (data === undefined) throw new Error("the package holds no files");
  const picker = new FilePicker(nameOf);
  let size = 0;
  for await (const chunk of decompressed(data, limit)) {
    size += chunk.length;
    if (size > limit) throw new Error(`it is larger than ${limit} bytes unpacked`);
    picker.write(chunk);
  }
  return picker.end();
}

function decompressed({ name, data }: ArMember, limit: number): AsyncIterable<Buffer> | Iterable<Buffer> {
  switch (name) {
    case "data.tar.xz":
      return unxz(data);
    case "data.tar.gz":
      return [gunzipSync(data, { maxOutputLength: limit })];
    case "data.tar":
      return [data];
    default:
      throw new Error(`the package's files are compressed as '${name}', which is not known here`);
  }
}
