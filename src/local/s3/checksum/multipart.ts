/** Checksums of multipart uploads: which kinds go with which algorithm, and the whole's from the parts'. */
import { type ChecksumName, createChecksum } from "../../http/checksums.ts";
import { invalidRequest } from "../errors.ts";
import type { ChecksumType, CompletedPart, StoredChecksum } from "../storage/records.ts";
import { combineCrcs, isCrc } from "./crc-combine.ts";

/** CRC-64 is made to be of the whole only; all others are composite unless asked otherwise. */
export const defaultChecksumType = (algorithm: ChecksumName): ChecksumType =>
  algorithm === "crc64nvme" ? "FULL_OBJECT" : "COMPOSITE";

/** Throws `InvalidRequest` for a kind that the algorithm has not. @param asked `x-amz-checksum-type`. */
export function checksumTypeOf(algorithm: ChecksumName, asked: string | undefined): ChecksumType {
  if (asked === undefined) return defaultChecksumType(algorithm);
  const type = asked.toUpperCase();
  if (type !== "COMPOSITE" && type !== "FULL_OBJECT") {
    throw invalidRequest("Value for x-amz-checksum-type header is invalid.");
  }
  if (type === "COMPOSITE" ? algorithm === "crc64nvme" : !isCrc(algorithm)) {
    throw invalidRequest(`The ${type} checksum type cannot be used with the ${algorithm} checksum algorithm.`);
  }
  return type;
}

/** Undefined when a part has no checksum: those of uploads that began before parts always had one. */
export function wholeChecksum(
  name: ChecksumName,
  type: ChecksumType,
  parts: readonly CompletedPart[],
): StoredChecksum | undefined {
  const known: { size: number; checksum: string }[] = [];
  for (const { size, checksum } of parts) if (checksum !== undefined) known.push({ size, checksum });
  if (known.length < parts.length) return undefined;
  if (type === "FULL_OBJECT") return isCrc(name) ? { name, value: combineCrcs(name, known), type } : undefined;
  const digest = createChecksum(name);
  for (const { checksum } of known) digest.update(Buffer.from(checksum, "base64"));
  return { name, value: `${digest.digest()}-${parts.length}`, type };
}
