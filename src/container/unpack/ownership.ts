import { chmodSync, chownSync, fchmodSync, fchownSync, lchownSync, readFileSync } from "node:fs";
import type { TarEntry } from "../tar/entry.ts";

/** Bits that only mean something when the file belongs to whom the image says. */
const IDENTITY_BITS = 0o6000;

/** CAP_CHOWN, CAP_DAC_OVERRIDE and CAP_FOWNER (linux/capability.h). */
const NEEDED_CAPABILITIES = 0b1011n;

/**
 * Whether this process may make files that belong to others and go on working in folders that shut it out. Root alone is not enough: without
 * its capabilities it could not even delete what it made with the image's modes.
 */
export function mayKeepOwners(): boolean {
  try {
    const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1];
    return effective !== undefined && (BigInt(`0x${effective}`) & NEEDED_CAPABILITIES) === NEEDED_CAPABILITIES;
  } catch {
    return process.geteuid?.() === 0;
  }
}

/**
 * Owners and modes of what is unpacked. With `keep`, as in the image; else everything belongs to who unpacks, who must be able to
 * read, change and delete it later: files get u+rw, folders u+rwx, and setuid and setgid are dropped (they would lend our
 * user's rights to others).
 */
export class Ownership {
  readonly #mask: number;
  /** False once the kernel has refused: inside a user namespace root may own its mapped ids only. */
  #keep: boolean;

  /** `mask`: the permission bits that the kernel leaves to new files (0o777 without the umask). */
  constructor(keep: boolean, mask: number) {
    this.#keep = keep;
    this.#mask = mask;
  }

  modeOf(entry: TarEntry): number {
    if (this.#keep) return entry.mode;
    return (entry.mode & ~IDENTITY_BITS) | (entry.type === "directory" ? 0o700 : 0o600);
  }

  /** Right after the file was made with {@link modeOf}. */
  applyToFile(fd: number, entry: TarEntry): void {
    const kept = this.#keep;
    this.#chown(() => fchownSync(fd, entry.uid, entry.gid));
    const mode = this.modeOf(entry);
    // Changing the owner clears setuid; the umask may have cleared anything.
    if ((mode & ~this.#mask) !== 0 || kept !== this.#keep) fchmodSync(fd, mode);
  }

  /** `path` must be a real folder. */
  applyToFolder(path: string, entry: TarEntry): void {
    this.#chown(() => chownSync(path, entry.uid, entry.gid));
    chmodSync(path, this.modeOf(entry));
  }

  applyToLink(path: string, entry: TarEntry): void {
    this.#chown(() => lchownSync(path, entry.uid, entry.gid));
  }

  #chown(chown: () => void): void {
    if (!this.#keep) return;
    try {
      chown();
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== "EPERM" && code !== "EINVAL") throw error;
      this.#keep = false;
    }
  }
}
