import type { ObjectPage, StoredObject } from "./controllers/stored-object.ts";
import type { DirectRequests } from "./direct/direct-requests.ts";
import { directPage, type PageRequest } from "./direct/list-page.ts";
import type { S3Access } from "./s3-access.ts";

export interface BucketAccess {
  readonly s3: Pick<S3Access, "sdk">;
  readonly bucket: string;
  /** Undefined: the SDK asks, and tells when objects were last modified. */
  readonly direct: DirectRequests | undefined;
}

/**
 * Objects at `path` in order of their keys: everything of the bucket for an empty path, else the object of that very key and what
 * is in the folder of that name (`in` is no prefix of `inner/x`). Folder markers are left out.
 */
export async function* objectsAt(access: BucketAccess, path: string): AsyncGenerator<StoredObject> {
  const isFolder = path === "" || path.endsWith("/");
  const exact = isFolder ? undefined : pageOf(access, { prefix: path, most: 1 });
  let page = pageOf(access, { prefix: isFolder ? path : `${path}/` });
  // Both are asked for at once; the second failure says what the first one did.
  page.catch(() => undefined);
  for (const object of (await exact)?.objects ?? []) if (object.key === path) yield object;
  for (;;) {
    const { objects, next } = await page;
    for (const object of objects) if (object.key !== "" && !object.key.endsWith("/")) yield object;
    if (next === undefined) return;
    page = pageOf(access, { prefix: isFolder ? path : `${path}/`, token: next });
  }
}

async function pageOf({ s3, bucket, direct }: BucketAccess, request: PageRequest): Promise<ObjectPage> {
  const page = direct && (await directPage(direct, request));
  if (page !== undefined) return page;
  const [{ listPage }, client] = await Promise.all([import("./controllers/list-page.ts"), s3.sdk()]);
  return await listPage(client, bucket, request);
}
