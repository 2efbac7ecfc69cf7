/** Digests of bytes that are stored already. */
import { createHash } from "node:crypto";
import { type ChecksumName, createChecksum } from "../../http/checksums.ts";
import type { Bucket } from "./bucket.ts";
import { readContent } from "./content.ts";
import type { StoredChecksum, StoredObject } from "./records.ts";

/** @param name the checksum to compute beside the MD5. */
export async function digestContent(
  bucket: Bucket,
  { parts, size }: Pick<StoredObject, "parts" | "size">,
  name: ChecksumName | undefined,
): Promise<{ /** hex */ readonly md5: string; readonly checksum?: StoredChecksum }> {
  const md5 = createHash("md5");
  const checksum = name && createChecksum(name);
  for await (const chunk of readContent(bucket, parts, 0, size - 1)) {
    md5.update(chunk as Buffer);
    checksum?.update(chunk as Buffer);
  }
  return {
    md5: md5.digest("hex"),
    ...(name && checksum && { checksum: { name, value: checksum.digest() } }),
  };
}
