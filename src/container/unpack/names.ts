import { ScarError } from "../../errors.ts";

const WHITEOUT = ".wh.";

/** A name of a layer, taken apart. */
export interface LayerName {
  /** Folder inside the root, `""` for the root itself. */
  readonly folder: string;
  /** Last part; `""` for the root itself. */
  readonly base: string;
}

/** An empty part, `.`, `..` or a NUL somewhere: names that need to be looked at part by part. */
const UNUSUAL = /(?:^|\/)\.{0,2}(?:\/|$)|\0/;

/** Bytes of a path that Linux takes; longer names only cost time. */
const PATH_LIMIT = 4096;

/**
 * Takes the name of an entry apart. Leading slashes are dropped, as tar does.
 * Throws ScarError `UnsafeImage` for a name that leads out of the root.
 */
export function parseName(name: string): LayerName {
  if (name.length > PATH_LIMIT) throw unsafe(`the name '${name.slice(0, 40)}…' has ${name.length} characters`);
  const trimmed = name.replace(/^(?:\.?\/)+|\/+$/g, "");
  if (trimmed !== "" && !UNUSUAL.test(trimmed)) {
    const slash = trimmed.lastIndexOf("/");
    return { folder: slash < 0 ? "" : trimmed.slice(0, slash), base: trimmed.slice(slash + 1) };
  }
  const parts: string[] = [];
  for (const part of name.split("/")) {
    if (part === "" || part === ".") continue;
    if (part === ".." && parts.length === 0) throw unsafe(`the name '${name}' leads out of the image's root`);
    if (part.includes("\0")) throw unsafe(`the name ${JSON.stringify(name)} holds a NUL`);
    if (part === "..") parts.pop();
    else parts.push(part);
  }
  const base = parts.pop() ?? "";
  return { folder: parts.join("/"), base };
}

/**
 * What an entry's last part says about lower layers (OCI image-spec, `layer.md`): a name to remove, the whole content of the folder,
 * or nothing. `ignored`: aufs's own bookkeeping, which old archives hold.
 */
export function whiteoutOf(base: string): { readonly remove: string } | "opaque" | "ignored" | undefined {
  if (!base.startsWith(WHITEOUT)) return undefined;
  if (base === ".wh..wh..opq") return "opaque";
  if (base.startsWith(".wh..wh.")) return "ignored";
  const remove = base.slice(WHITEOUT.length);
  if (remove === "" || remove === "." || remove === "..") throw unsafe(`the whiteout '${base}' names no file`);
  return { remove };
}

export function unsafe(why: string): ScarError {
  return new ScarError("UnsafeImage", `hostile or damaged image: ${why}`);
}
