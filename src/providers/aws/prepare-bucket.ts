import { bucketForbidden, FOLDER_TYPE, invalidBucketName, isBucketName } from "./controllers/bucket-errors.ts";
import type { BucketState } from "./controllers/buckets.ts";
import type { BucketAccess } from "./objects-at.ts";

interface Preparation {
  readonly region: string;
  readonly notice: (text: string) => void;
}

export interface PreparedBucket {
  /** The folder's marker is there: files need not wait for it. */
  readonly marked: Promise<void>;
}

/** The bucket and its folder (`name/`, empty: none), which are made where they are missing. Resolves when files can be put there. */
export async function prepareBucket(
  access: BucketAccess,
  folder: string,
  { region, notice }: Preparation,
): Promise<PreparedBucket> {
  const { bucket } = access;
  // Both at once: a folder is asked for in vain where there is no bucket.
  const [state, marker] = await Promise.all([
    bucketState(access),
    (folder === "" ? Promise.resolve(true) : folderExists(access, folder)).catch((error: unknown) => ({ error })),
  ]);
  if (state.kind === "forbidden") throw bucketForbidden(bucket);
  if (state.kind === "missing") {
    if (!isBucketName(bucket)) throw invalidBucketName(bucket);
    const [{ createBucket }, client] = await sdk(access);
    await createBucket(client, bucket, region);
    notice(`Bucket '${bucket}' created.`);
  }
  if (state.kind === "found" && typeof marker === "object") throw marker.error;
  const isMarked = folder === "" || (state.kind === "found" && marker === true);
  const marked = isMarked ? Promise.resolve() : markFolder(access, folder, notice);
  // Whoever waits for it is told; who failed before that has told enough.
  marked.catch(() => {});
  return { marked };
}

async function markFolder(access: BucketAccess, folder: string, notice: Preparation["notice"]): Promise<void> {
  const { bucket, direct } = access;
  if ((await direct?.put(folder, new Uint8Array(), { "content-type": FOLDER_TYPE })) === undefined) {
    const [{ createFolder }, client] = await sdk(access);
    await createFolder(client, bucket, folder);
  }
  notice(`Folder '${folder}' created in bucket '${bucket}'.`);
}

/** Only what is missing is worth the SDK's code. */
const sdk = async ({ s3 }: BucketAccess) => Promise.all([import("./controllers/buckets.ts"), s3.sdk()]);

async function bucketState(access: BucketAccess): Promise<BucketState> {
  const isThere = await access.direct?.exists();
  if (isThere !== undefined) return isThere ? { kind: "found", region: undefined } : { kind: "missing" };
  const [buckets, client] = await sdk(access);
  return await buckets.bucketState(client, access.bucket);
}

async function folderExists(access: BucketAccess, folder: string): Promise<boolean> {
  const isThere = await access.direct?.exists(folder);
  if (isThere !== undefined) return isThere;
  const [buckets, client] = await sdk(access);
  return await buckets.folderExists(client, access.bucket, folder);
}
