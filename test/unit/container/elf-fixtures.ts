/** Programs of any processor, as far as their headers go. */

export interface ElfParts {
  readonly machine: string;
  readonly wide: boolean;
  readonly little: boolean;
  readonly interpreter: string | undefined;
}

const MACHINES: Readonly<Record<string, number>> = { "386": 3, arm: 40, amd64: 62, arm64: 183 };

export function elfProgram({ machine, wide, little, interpreter }: ElfParts): Buffer {
  const number = MACHINES[machine] ?? Number(machine.replace("machine ", ""));
  const path = Buffer.from(`${interpreter ?? ""}\0`);
  const [head, entry] = wide ? [64, 56] : [52, 32];
  // A header of another type stands before the one that counts.
  const count = interpreter === undefined ? 1 : 2;
  const bytes = Buffer.alloc(head + count * entry + path.length);
  const u16 = (value: number, at: number) => (little ? bytes.writeUInt16LE(value, at) : bytes.writeUInt16BE(value, at));
  const u32 = (value: number, at: number) => (little ? bytes.writeUInt32LE(value, at) : bytes.writeUInt32BE(value, at));
  const word = (value: number, at: number) => {
    if (!wide) u32(value, at);
    else if (little) bytes.writeBigUInt64LE(BigInt(value), at);
    else bytes.writeBigUInt64BE(BigInt(value), at);
  };
  bytes.write("\x7fELF", "latin1");
  bytes[4] = wide ? 2 : 1;
  bytes[5] = little ? 1 : 2;
  bytes[6] = 1;
  u16(2, 16);
  u16(number, 18);
  u32(1, 20);
  word(head, wide ? 32 : 28);
  u16(entry, wide ? 54 : 42);
  u16(count, wide ? 56 : 44);
  const at = head + entry;
  u32(1, head);
  if (interpreter !== undefined) {
    u32(3, at);
    word(head + count * entry, at + (wide ? 8 : 4));
    word(path.length, at + (wide ? 32 : 16));
  }
  path.copy(bytes, head + count * entry);
  return bytes;
}
