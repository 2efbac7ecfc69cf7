/** Downloads a bucket or one of its folders; keys never lead out of the target folder. */
import { setMaxListeners } from "node:events";
import { accessSync, constants } from "node:fs";
import { stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { messageOf, ScarError } from "../../errors.ts";
import { makeFolder } from "../../make-folder.ts";
import { Slots } from "../../slots.ts";
import { parallelMap } from "./concurrency.ts";
import { downloadObject } from "./controllers/download.ts";
import type { StoredObject } from "./controllers/stored-object.ts";
import { isSmall } from "./controllers/upload.ts";
import { DirectRequests, DIRECT_PARALLEL as PARALLEL } from "./direct/direct-requests.ts";
import { objectsAt } from "./objects-at.ts";
import type { S3Access } from "./s3-access.ts";
import { type WatchTransfer, watched } from "./transfer.ts";

/** Downloads of what is not small that are under way at once. */
const LARGE = 8;

export interface GetRequest {
  /** `bucket`, `bucket/folder` or `bucket/key`. */
  readonly source: string;
  /** Target folder as the user named it; made when missing. */
  readonly path: string;
  /** Folder that `path` is relative to. */
  readonly cwd: string;
  readonly signal: AbortSignal;
  readonly watch?: WatchTransfer | undefined;
}

/** One object: where it went, or why it was left. */
export interface GotObject {
  readonly key: string;
  /** As the user would name it. */
  readonly path: string;
  readonly error?: string;
}

/** Downloads and yields the objects in the order of their keys. A failure of one does not stop the others. */
export async function* getObjects(s3: S3Access, request: GetRequest): AsyncGenerator<GotObject> {
  const { bucket, path: prefix } = splitSource(request.source);
  const target = resolve(request.cwd, request.path);
  setMaxListeners(0, request.signal); // each request under way listens to it
  await refuseFile(target, request.path);
  const large = new Slots(LARGE);
  let isPrepared = false;
  const direct = await DirectRequests.open(s3, bucket, request.signal);
  try {
    yield* parallelMap(objectsAt({ s3, bucket, direct }, prefix), PARALLEL, fetch);
  } finally {
    direct?.close();
  }

  async function fetch({ key, size }: StoredObject): Promise<GotObject> {
    const path = join(request.path, key);
    const unsafe = unsafeKey(key);
    if (unsafe !== undefined) return { key, path, error: unsafe };
    if (!isPrepared) prepareFolder(target, request.path);
    isPrepared = true;
    try {
      const { signal, watch } = request;
      const download = () =>
        watched(watch, { path, size }, (progress) =>
          downloadObject(s3.sdk, { bucket, key, target: join(target, key), signal, progress }, direct),
        );
      await (isSmall(size) ? download() : large.use(download));
      return { key, path };
    } catch (error) {
      if (request.signal.aborted) throw error;
      return { key, path, error: messageOf(error) };
    }
  }
}

/** Bucket and path; a slash at the end is kept, as it tells a folder from a key. */
export function splitSource(source: string): { bucket: string; path: string } {
  const [, bucket = "", path = ""] = /^\/*([^/]*)\/*(.*)$/s.exec(source) ?? [];
  return { bucket, path };
}

/** Why a key cannot be a path below a folder; undefined when it can. */
export function unsafeKey(key: string): string | undefined {
  if (key.includes("\0")) return "the key has a NUL character";
  const odd = key.split("/").find((part) => part === ".." || part === "." || part === "");
  if (odd === undefined) return undefined;
  if (key.startsWith("/")) return "the key is an absolute path, and would leave the folder";
  return odd === ".."
    ? "the key has '..' in it, and would leave the folder"
    : "the key is no path that a file can have";
}

/** With the first object, so that a bucket which is not there leaves no folder; what fails here would fail for all of them. */
function prepareFolder(target: string, path: string): void {
  try {
    makeFolder(target);
    accessSync(target, constants.W_OK | constants.X_OK);
  } catch (cause) {
    throw new ScarError("FolderNotWritable", `cannot download to '${path}': ${messageOf(cause)}`, {
      cause,
      hint: "name a folder that you can write to with -p",
    });
  }
}

async function refuseFile(target: string, path: string): Promise<void> {
  const found = await stat(target).catch(() => undefined);
  if (found !== undefined && !found.isDirectory()) {
    throw new ScarError("NotAFolder", `'${path}' is a file, not a folder to download to`);
  }
}
