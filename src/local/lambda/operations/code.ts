/** The code of CreateFunction, UpdateFunctionCode and PublishLayerVersion: in the request, or in a bucket. */
import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { rm } from "node:fs/promises";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { type AwsRequest, notServed } from "../../service.ts";
import { inspectZip } from "../code/zip.ts";
import { invalid, object, text } from "../control/input.ts";
import { readUpload } from "../control/upload.ts";
import { type CodeFacts, type LayerReference, LIMITS } from "../model.ts";
import type { Context } from "./context.ts";

type Input = Readonly<Record<string, unknown>>;

export interface ReceivedCode {
  readonly body: Input;
  /** Missing: the request has no code, or names an image. */
  readonly code?: CodeFacts;
  /** Where the zip is. */
  readonly zip: string;
}

/**
 * Reads a request with code, fetches the code from a bucket if it is there, calls `use`, and removes the zip where `use` has
 * left it.
 * @param field of the request that holds ZipFile or S3Bucket; undefined: the request itself does
 */
export async function withCode<T>(
  context: Context,
  request: AwsRequest,
  operation: string,
  field: "Code" | "Content" | undefined,
  use: (received: ReceivedCode) => Promise<T>,
): Promise<T> {
  const zip = context.uploadPath();
  try {
    const upload = await readUpload(request.body, zip, field, operation);
    const body = object(upload.body);
    const place = field === undefined ? body : object(body[field]);
    if (text(place, "ImageUri") !== undefined) throw notServed(`${operation} with an image`);
    const code = upload.code ?? (await fetchCode(context, place, zip));
    return await use(code ? { body, code, zip } : { body, zip });
  } finally {
    await rm(zip, { force: true });
  }
}

async function fetchCode(context: Context, place: Input, zip: string): Promise<CodeFacts | undefined> {
  const [bucket, key] = [text(place, "S3Bucket"), text(place, "S3Key")];
  if (bucket === undefined || key === undefined) return undefined;
  const { readObject } = context.ports;
  if (!readObject) throw notServed("Code from an S3 bucket (S3Bucket)");
  const object = await readObject(bucket, key, text(place, "S3ObjectVersion"));
  if (!object) {
    invalid(
      "Error occurred while GetObject. S3 Error Code: NoSuchKey. S3 Error Message: The specified key does not exist.",
    );
  }
  const hash = createHash("sha256");
  let size = 0;
  const count = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      size += chunk.length;
      done(null, chunk);
    },
  });
  await pipeline(object, count, createWriteStream(zip, { mode: 0o600 }));
  return { CodeSha256: hash.digest("base64"), CodeSize: size };
}

/** What is in the zip, too; it and the layers must fit in 250 MB. */
export async function inspectCode(
  context: Context,
  zip: string,
  code: CodeFacts,
  layers: readonly LayerReference[],
): Promise<CodeFacts> {
  const { unzippedSize } = await inspectZip(zip);
  if (unzippedSize > LIMITS.unzipped) invalid(`Unzipped size must be smaller than ${LIMITS.unzipped} bytes`);
  checkUnzippedSize(context, unzippedSize, layers);
  return { ...code, UnzippedSize: unzippedSize };
}

/** @param unzippedSize of the code */
export function checkUnzippedSize(context: Context, unzippedSize: number, layers: readonly LayerReference[]): void {
  const total = layers.reduce((sum, { Arn }) => sum + (context.layers.find(Arn)?.UnzippedSize ?? 0), unzippedSize);
  if (total > LIMITS.unzipped) {
    invalid(
      `Function code combined with layers exceeds the maximum allowed size of ${LIMITS.unzipped} bytes. The actual size is ${total} bytes.`,
    );
  }
}
