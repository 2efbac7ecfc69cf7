import yauzl from "yauzl";

/** Contents by name of a zip file. */
export async function zipContents(path: string): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  const zip = await yauzl.openPromise(path);
  for await (const entry of zip.eachEntry()) {
    const stream = await zip.openReadStreamPromise(entry);
    found.set(entry.fileName, Buffer.concat(await stream.toArray()).toString("utf8"));
  }
  return found;
}
