/** S3's rule for the names of general purpose buckets. */
export const BUCKET_NAME = /^(?!xn--)(?!\d+\.\d+\.\d+\.\d+$)[a-z0-9](?:[a-z0-9-]|\.(?!\.)){1,61}[a-z0-9]$/;

/** `/bucket/folder/` and `bucket/folder` mean the same (fault 48: `in/` became `in//`). */
export function normaliseStoragePath(path: string): string {
  return path.replace(/^\/+|\/+$/g, "");
}

/** What is wrong with `bucket[/folder…]` at this provider, if anything; a path in Onedata has no bucket. */
export function storagePathProblem(
  path: string,
  provider: unknown = "s3",
  shown: (part: string) => string = (part) => `'${part}'`,
): string | undefined {
  const [bucket = "", ...folders] = normaliseStoragePath(path).split("/");
  if (bucket === "") return "must be BUCKET or BUCKET/FOLDER, and is empty";
  const isBucket = !(typeof provider === "string" && provider.startsWith("onedata"));
  if (isBucket && !BUCKET_NAME.test(bucket)) {
    return `${shown(bucket)} is no bucket name (3 to 63 lower-case letters, digits, '-' and '.', beginning and ending with a letter or digit)`;
  }
  if (folders.some((folder) => folder === "" || folder === "." || folder === "..")) {
    return `${shown(path)} has a folder that is empty, '.' or '..'`;
  }
  return undefined;
}
