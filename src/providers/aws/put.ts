/** Uploads a file or a folder, its structure kept. */
import { setMaxListeners } from "node:events";
import { type Stats, statSync } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { basename, join, relative, resolve, sep } from "node:path";
import { EXIT, ScarError } from "../../errors.ts";
import { Slots } from "../../slots.ts";
import { parallelMap } from "./concurrency.ts";
import { isBucketName } from "./controllers/bucket-errors.ts";
import { isLargeUpload, isSmall, uploadFile } from "./controllers/upload.ts";
import { DirectRequests, DIRECT_PARALLEL as PARALLEL } from "./direct/direct-requests.ts";
import { parseS3Path } from "./plan/storage.ts";
import { prepareBucket } from "./prepare-bucket.ts";
import type { S3Access } from "./s3-access.ts";
import { type WatchTransfer, watched } from "./transfer.ts";

/** Files under way at once that are not small; of large ones, one. */
const MEDIUM = 8;

export interface PutRequest {
  /** `bucket` or `bucket/folder`. */
  readonly target: string;
  /** File or folder as the user named it. */
  readonly path: string;
  /** Folder that `path` is relative to. */
  readonly cwd: string;
  readonly region: string;
  readonly signal: AbortSignal;
  readonly notice: (text: string) => void;
  readonly watch?: WatchTransfer | undefined;
}

export interface PutFile {
  /** As the user would name it. */
  readonly path: string;
  readonly key: string;
  /** Bytes. */
  readonly size: number;
}

/** Uploads and yields the files in the order in which they are found. The local path is looked at before anything is created. */
export async function* putFiles(s3: S3Access, request: PutRequest): AsyncGenerator<PutFile> {
  const { bucket, folder } = parseS3Path(request.target);
  const root = resolve(request.cwd, request.path);
  setMaxListeners(0, request.signal); // each request under way listens to it
  const found = await statOrThrow(root, request.path);
  const { signal, cwd, watch } = request;
  const direct = isBucketName(bucket) ? await DirectRequests.open(s3, bucket, signal) : undefined;
  const [medium, large] = [new Slots(MEDIUM), new Slots(1)];
  try {
    const { marked } = await prepareBucket({ s3, bucket, direct }, folder, request);
    yield* parallelMap(filesAt(root, request.path, found, folder), PARALLEL, async (file) => {
      const upload = { ...file, path: resolve(cwd, file.path), bucket, signal };
      const send = () =>
        watched(watch, file, (progress) => readable(file.path, uploadFile(s3.sdk, { ...upload, progress }, direct)));
      if (isSmall(file.size)) await send();
      else await (isLargeUpload(file.size) ? large : medium).use(send);
      return file;
    });
    await marked;
  } finally {
    direct?.close();
  }
}

/** A file that cannot be read is the user's matter, and named. */
async function readable(path: string, upload: Promise<void>): Promise<void> {
  try {
    await upload;
  } catch (error) {
    const { code, syscall } = error as NodeJS.ErrnoException;
    if (error instanceof ScarError || code === undefined || syscall === undefined) throw error;
    throw new ScarError("UnreadableFile", `cannot read '${path}' (${code})`, { cause: error });
  }
}

async function statOrThrow(root: string, path: string): Promise<Stats> {
  try {
    return await stat(root);
  } catch (cause) {
    throw new ScarError("FileNotFound", `Unable to find the file to upload with path '${path}'`, {
      cause,
      exitCode: EXIT.usage,
    });
  }
}

/** The file itself, or every regular file below the folder, in the order of their names. */
async function* filesAt(root: string, path: string, found: Stats, folder: string): AsyncGenerator<PutFile> {
  if (!found.isDirectory()) {
    yield { path, key: folder + basename(root), size: found.size };
    return;
  }
  for await (const file of filesBelow(root)) {
    const name = relative(root, file);
    const { size } = statSync(file);
    yield { path: join(path, name), key: folder + name.split(sep).join("/"), size };
  }
}

async function* filesBelow(folder: string): AsyncGenerator<string> {
  const children = await readdir(folder, { withFileTypes: true });
  children.sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const child of children) {
    const path = join(folder, child.name);
    const isFolder = child.isSymbolicLink() ? false : child.isDirectory();
    if (isFolder) yield* filesBelow(path);
    else if (child.isFile() || (child.isSymbolicLink() && (await isFile(path)))) yield path;
  }
}

/** Links to files are followed; links to folders are not, as they may lead in circles. */
async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}
