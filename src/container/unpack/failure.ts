import { messageOf, ScarError } from "../../errors.ts";
import { TarError } from "../tar/header.ts";

/** Where something went wrong: `layer` with the image's name, the entry (may be empty), and the root file system. */
export interface Place {
  readonly layer: string;
  readonly entry: string;
  readonly rootfs: string;
}

/** What a failure of unpacking means for the user, whatever was thrown. */
export function describeFailure(error: unknown, { layer, entry, rootfs }: Place): ScarError {
  if (error instanceof ScarError) {
    const { code, hint, message } = error;
    return new ScarError(code, `${layer}: ${message}`, { cause: error, ...(hint === undefined ? {} : { hint }) });
  }
  if (error instanceof TarError) {
    const code = error.kind === "unsupported" ? "NotSupportedYet" : "DamagedLayer";
    const what = error.kind === "unsupported" ? error.message : `${error.kind}: ${error.message}`;
    return new ScarError(code, `${layer}: ${what}`, { cause: error });
  }
  const { code = "" } = (error ?? {}) as NodeJS.ErrnoException;
  if (code.startsWith("Z_")) {
    const what = code === "Z_BUF_ERROR" ? "cut short: its gzip stream has no end" : messageOf(error);
    return new ScarError("DamagedLayer", `${layer}: ${what}`, { cause: error });
  }
  if (code.startsWith("ZSTD_")) {
    return new ScarError("DamagedLayer", `${layer}: its zstd stream is damaged: ${messageOf(error)}`, { cause: error });
  }
  if (isNoSpace(error)) {
    return new ScarError("NoSpaceLeft", `no space left for the image in ${rootfs} (${layer}, '${entry}')`, {
      cause: error,
    });
  }
  return new ScarError("UnpackFailed", `${layer}: '${entry}' cannot be unpacked: ${messageOf(error)}`, {
    cause: error,
  });
}

/** Whether the file system said that it, or the user's share of it, is full. */
export function isNoSpace(error: unknown): boolean {
  const { code } = (error ?? {}) as NodeJS.ErrnoException;
  return code === "ENOSPC" || code === "EDQUOT";
}
