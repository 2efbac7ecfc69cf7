/** The checksum that an upload brought along. */
import { checksumOfHeader } from "../http/checksums.ts";
import type { AwsRequest } from "../service.ts";
import type { StoredChecksum } from "./storage/records.ts";

/** Call when the body was read. */
export function storedChecksum(request: AwsRequest): StoredChecksum | undefined {
  for (const [header, value] of request.checksums) {
    const name = checksumOfHeader(header);
    if (name) return { name, value };
  }
  return undefined;
}

export function checksumHeaders(checksum: StoredChecksum | undefined, type = true): Record<string, string> {
  if (!checksum) return {};
  return {
    [`x-amz-checksum-${checksum.name}`]: checksum.value,
    ...(type && { "x-amz-checksum-type": "FULL_OBJECT" }),
  };
}
