/** Debian packages (deb(5)) of a few files, written member by member: another implementation than the one under test. */
import { readFileSync } from "node:fs";

/** An ar archive as dpkg-deb writes it. */
export function arOf(members: Readonly<Record<string, Buffer | string>>): Buffer {
  const parts = Object.entries(members).map(([name, content]) => {
    const data = Buffer.from(content);
    const header = `${name.padEnd(16)}${"1600000000".padEnd(12)}${"0".padEnd(6)}${"0".padEnd(6)}${"100644".padEnd(8)}${String(data.length).padEnd(10)}\`\n`;
    return Buffer.concat([Buffer.from(header), data, Buffer.from(data.length % 2 ? "\n" : "")]);
  });
  return Buffer.concat([Buffer.from("!<arch>\n"), ...parts]);
}

/**
 * Of tar and xz: `./usr/lib/x86_64-linux-gnu/fakechroot/libfakechroot.so` with {@link LIBRARY_TEXT}, a link to it of the same name, and a file of documentation.
 */
export const DATA_TAR_XZ = readFileSync(new URL("../fixtures/debian/data.tar.xz", import.meta.url));

export const LIBRARY_TEXT = "a library\n";

/** A package with that data, or another member in its place. */
export function debOf(data: Readonly<Record<string, Buffer | string>> = { "data.tar.xz": DATA_TAR_XZ }): Buffer {
  return arOf({ "debian-binary": "2.0\n", "control.tar.xz": "odd", ...data });
}
