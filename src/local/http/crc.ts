/**
 * CRC-32C and CRC-64/NVME, the checksums of S3 that Node has none of, and CRC-32, which it has from 20.15 on: reflected, by tables for
 * eight bytes at a time ("slicing by 8"). The state of a CRC begins with all bits set, and its value is the state with all bits flipped.
 */

const BYTES = 256;
const SLICES = 8;

/** The 64-bit reflected CRC of every byte, followed by 0 to 7 bytes of zeros; in halves, for JavaScript has no fast 64-bit integers. */
function tables(polynomial: bigint): { readonly high: Uint32Array; readonly low: Uint32Array } {
  const high = new Uint32Array(SLICES * BYTES);
  const low = new Uint32Array(SLICES * BYTES);
  for (let byte = 0; byte < BYTES; byte++) {
    let crc = BigInt(byte);
    for (let bit = 0; bit < 8; bit++) crc = crc & 1n ? (crc >> 1n) ^ polynomial : crc >> 1n;
    high[byte] = Number(crc >> 32n);
    low[byte] = Number(crc & 0xffffffffn);
  }
  for (let i = BYTES; i < SLICES * BYTES; i++) {
    const [above, below] = [high[i - BYTES]!, low[i - BYTES]!];
    const index = below & 0xff;
    low[i] = ((below >>> 8) | (above << 24)) ^ low[index]!;
    high[i] = (above >>> 8) ^ high[index]!;
  }
  return { high, low };
}

const CRC32C = tables(0x82f63b78n).low;

let crc32Table: Uint32Array | undefined;

/** The state of a CRC-32 after these bytes. */
export function updateCrc32(state: number, bytes: Uint8Array): number {
  crc32Table ??= tables(0xedb88320n).low;
  return update32(crc32Table, state, bytes);
}

/** The state of a CRC-32C after these bytes. */
export function updateCrc32c(state: number, bytes: Uint8Array): number {
  return update32(CRC32C, state, bytes);
}

function update32(table: Uint32Array, state: number, bytes: Uint8Array): number {
  let crc = state;
  let i = 0;
  for (const end = bytes.length - 7; i < end; i += 8) {
    crc ^= bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24);
    crc =
      table[0x700 | (crc & 0xff)]! ^
      table[0x600 | ((crc >>> 8) & 0xff)]! ^
      table[0x500 | ((crc >>> 16) & 0xff)]! ^
      table[0x400 | (crc >>> 24)]! ^
      table[0x300 | bytes[i + 4]!]! ^
      table[0x200 | bytes[i + 5]!]! ^
      table[0x100 | bytes[i + 6]!]! ^
      table[bytes[i + 7]!]!;
  }
  for (; i < bytes.length; i++) crc = table[(crc ^ bytes[i]!) & 0xff]! ^ (crc >>> 8);
  return crc;
}

const CRC64 = tables(0x9a6c9329ac4bc9b5n);

/** Halves of the state of a CRC-64. */
export interface Crc64State {
  high: number;
  low: number;
}

/** Brings the state forward by these bytes. */
export function updateCrc64nvme(state: Crc64State, bytes: Uint8Array): void {
  const { high: tableHigh, low: tableLow } = CRC64;
  let { high, low } = state;
  let i = 0;
  for (const end = bytes.length - 7; i < end; i += 8) {
    low ^= bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24);
    high ^= bytes[i + 4]! | (bytes[i + 5]! << 8) | (bytes[i + 6]! << 16) | (bytes[i + 7]! << 24);
    const a = 0x700 | (low & 0xff);
    const b = 0x600 | ((low >>> 8) & 0xff);
    const c = 0x500 | ((low >>> 16) & 0xff);
    const d = 0x400 | (low >>> 24);
    const e = 0x300 | (high & 0xff);
    const f = 0x200 | ((high >>> 8) & 0xff);
    const g = 0x100 | ((high >>> 16) & 0xff);
    const h = high >>> 24;
    low =
      tableLow[a]! ^
      tableLow[b]! ^
      tableLow[c]! ^
      tableLow[d]! ^
      tableLow[e]! ^
      tableLow[f]! ^
      tableLow[g]! ^
      tableLow[h]!;
    high =
      tableHigh[a]! ^
      tableHigh[b]! ^
      tableHigh[c]! ^
      tableHigh[d]! ^
      tableHigh[e]! ^
      tableHigh[f]! ^
      tableHigh[g]! ^
      tableHigh[h]!;
  }
  for (; i < bytes.length; i++) {
    const index = (low ^ bytes[i]!) & 0xff;
    low = ((low >>> 8) | (high << 24)) ^ tableLow[index]!;
    high = (high >>> 8) ^ tableHigh[index]!;
  }
  state.high = high;
  state.low = low;
}
