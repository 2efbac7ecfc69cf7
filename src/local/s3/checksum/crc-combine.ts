/**
 * The CRC of two byte strings one after the other, from the CRC of each: appending n bytes multiplies a CRC by x^8n in the field of its
 * polynomial, so no byte is read again.
 */
import type { ChecksumName } from "../../http/checksums.ts";

export type CrcName = Extract<ChecksumName, "crc32" | "crc32c" | "crc64nvme">;

interface Field {
  readonly bits: bigint;
  /** Reflected: the lowest bit is the highest power. */
  readonly polynomial: bigint;
}

const FIELDS: Readonly<Record<CrcName, Field>> = {
  crc32: { bits: 32n, polynomial: 0xedb88320n },
  crc32c: { bits: 32n, polynomial: 0x82f63b78n },
  crc64nvme: { bits: 64n, polynomial: 0x9a6c9329ac4bc9b5n },
};

export const isCrc = (name: ChecksumName): name is CrcName => name in FIELDS;

function multiply({ bits, polynomial }: Field, a: bigint, b: bigint): bigint {
  let product = 0n;
  let shifted = b;
  for (let bit = 1n << (bits - 1n); bit > 0n; bit >>= 1n) {
    if (a & bit) product ^= shifted;
    shifted = shifted & 1n ? (shifted >> 1n) ^ polynomial : shifted >> 1n;
  }
  return product;
}

/** x^8n */
function powerOfBytes(field: Field, n: number): bigint {
  let power = 1n << (field.bits - 1n);
  let square = power >> 8n;
  for (let left = BigInt(n); left > 0n; left >>= 1n) {
    if (left & 1n) power = multiply(field, power, square);
    square = multiply(field, square, square);
  }
  return power;
}

export interface CrcPart {
  /** In bytes. */
  readonly size: number;
  /** base64 of the big-endian value. */
  readonly checksum: string;
}

/** The CRC (base64) of the parts' bytes in this order; of no bytes when there are no parts. */
export function combineCrcs(name: CrcName, parts: readonly CrcPart[]): string {
  const field = FIELDS[name];
  // Nearly all parts of an upload have one size.
  const powers = new Map<number, bigint>();
  let crc = 0n;
  for (const { size, checksum } of parts) {
    const power = powers.get(size) ?? powerOfBytes(field, size);
    powers.set(size, power);
    crc = multiply(field, crc, power) ^ BigInt(`0x${Buffer.from(checksum, "base64").toString("hex")}`);
  }
  const digits = Number(field.bits / 4n);
  return Buffer.from(crc.toString(16).padStart(digits, "0"), "hex").toString("base64");
}
