import { PutObjectCommand, type PutObjectCommandInput, type S3Client } from "@aws-sdk/client-s3";

/** Writes an object by the SDK, which sends it again where that helps. */
export async function putObject(s3: S3Client, object: PutObjectCommandInput, signal: AbortSignal): Promise<void> {
  await s3.send(new PutObjectCommand(object), { abortSignal: signal });
}
