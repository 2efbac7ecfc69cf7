/** Reads ar(5), the format around a Debian package: a list of members, each with a header of text. */

export interface ArMember {
  readonly name: string;
  readonly data: Buffer;
}

const MAGIC = "!<arch>\n";

/** Bytes: name 16, time 12, user 6, group 6, mode 8, size 10, and the two that end it. */
const HEADER = 60;
const NAME = [0, 16] as const;
const SIZE = [48, 58] as const;
const END = "`\n";

/** Members in order; their data is a part of `bytes`. Throws Error where it is no archive, or one cut short. */
export function arMembers(bytes: Buffer): ArMember[] {
  if (bytes.toString("latin1", 0, MAGIC.length) !== MAGIC) throw new Error("it is no ar archive");
  const members: ArMember[] = [];
  for (let at = MAGIC.length; at < bytes.length; ) {
    const header = bytes.toString("latin1", at, at + HEADER);
    const size = header.slice(...SIZE).trimEnd();
    if (header.length < HEADER || !header.endsWith(END) || !/^\d+$/.test(size)) {
      throw new Error(`its ar archive has no header at byte ${at}`);
    }
    // GNU's ar ends names with a slash.
    const name = header.slice(...NAME).replace(/\/? *$/, "");
    const start = at + HEADER;
    const end = start + Number(size);
    if (end > bytes.length) throw new Error(`its member '${name}' is cut short`);
    members.push({ name, data: bytes.subarray(start, end) });
    // Data of an odd length is followed by a byte of padding.
    at = end + (end % 2);
  }
  return members;
}
