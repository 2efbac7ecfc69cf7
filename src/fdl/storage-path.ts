/** S3's rule for the names of general purpose buckets. */
export const BUCKET_NAME = /^(?!xn--)(?!\d+\.\d+\.\d+\.\d+$)[a-z0-9](?:[a-z0-9-]|\.(?!\.)){1,61}[a-z0-9]$/;

/** `/bucket/folder/` and `bucket/folder` mean the same (fault 48: `in/` became `in//`). */
export function normaliseStoragePath(path: string): string {
  return path.replace(/^\/+|\/+$/g, "");
}

/** What is wrong with `bucket[/folder…]`, if anything. */
export function storagePathProblem(path: string): string | undefined {
  const [bucket = "", ...folders] = normaliseStoragePath(path).split("/");
  if (bucket === "") return "must be BUCKET or BUCKET/FOLDER, and is empty";
  if (!BUCKET_NAME.test(bucket)) {
    return `'${bucket}' is no bucket name (3 to 63 lower-case letters, digits, '-' and '.', beginning and ending with a letter or digit)`;
  }
  if (folders.some((folder) => folder === "" || folder === "." || folder === "..")) {
    return `'${path}' has a folder that is empty, '.' or '..'`;
  }
  return undefined;
}
