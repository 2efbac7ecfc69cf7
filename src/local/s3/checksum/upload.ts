/** The checksum that an upload brings along. */
import {
  announcedChecksums,
  CHECKSUM_NAMES,
  type ChecksumName,
  checksumOfHeader,
  createChecksum,
} from "../../http/checksums.ts";
import type { AwsRequest } from "../../service.ts";
import { invalidRequest } from "../errors.ts";
import { headerOf } from "../operation.ts";
import type { StoredChecksum } from "../storage/records.ts";

/** Bytes of each checksum. */
const LENGTHS: Readonly<Record<ChecksumName, number>> = { crc32: 4, crc32c: 4, crc64nvme: 8, sha1: 20, sha256: 32 };

/** The checksum algorithm that a header names. Throws `InvalidRequest` for one that S3 has not. */
export function algorithmOf(request: AwsRequest, header: string): ChecksumName | undefined {
  const asked = headerOf(request, header);
  if (asked === undefined) return undefined;
  const known = CHECKSUM_NAMES.find((name) => name === asked.toLowerCase());
  if (known) return known;
  throw invalidRequest(
    "Checksum algorithm provided is unsupported. Please try again with any of the valid types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]",
  );
}

/** The algorithm of the checksum that comes with the body or after it; to be asked before the body is read. Throws `InvalidRequest`. */
export function announcedChecksum(request: AwsRequest): ChecksumName | undefined {
  const [name, other] = announcedChecksums(request.headers);
  if (other !== undefined) {
    throw invalidRequest("Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.");
  }
  if (name === undefined) {
    if (headerOf(request, "x-amz-sdk-checksum-algorithm") === undefined) return undefined;
    throw invalidRequest(
      "x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers were found.",
    );
  }
  const value = headerOf(request, `x-amz-checksum-${name}`);
  if (value !== undefined) {
    const bytes = Buffer.from(value, "base64");
    if (bytes.length !== LENGTHS[name] || bytes.toString("base64") !== value) {
      throw invalidRequest(`Value for x-amz-checksum-${name} header is invalid.`);
    }
  }
  return name;
}

/** The verified checksum; to be asked when the body was read. */
export function storedChecksum(request: AwsRequest): StoredChecksum | undefined {
  for (const [header, value] of request.checksums) {
    const name = checksumOfHeader(header);
    if (name) return { name, value };
  }
  return undefined;
}

/** The body as it is, its checksum given once it was read to its end. */
export function checksummed(
  body: AsyncIterable<Buffer>,
  name: ChecksumName,
): { readonly body: AsyncIterable<Buffer>; readonly checksum: () => StoredChecksum } {
  const checksum = createChecksum(name);
  async function* fed(): AsyncGenerator<Buffer> {
    for await (const chunk of body) {
      checksum.update(chunk);
      yield chunk;
    }
  }
  return { body: fed(), checksum: () => ({ name, value: checksum.digest() }) };
}

/** @param type whether to say of what it is; the checksum of a part says nothing of the kind. */
export function checksumHeaders(checksum: StoredChecksum | undefined, type = true): Record<string, string> {
  if (!checksum) return {};
  return {
    [`x-amz-checksum-${checksum.name}`]: checksum.value,
    ...(type && { "x-amz-checksum-type": checksum.type ?? "FULL_OBJECT" }),
  };
}

/** As elements of an answer's document. */
export const checksumElements = (checksum: StoredChecksum | undefined): Record<string, string> =>
  checksum
    ? { [`Checksum${checksum.name.toUpperCase()}`]: checksum.value, ChecksumType: checksum.type ?? "FULL_OBJECT" }
    : {};
