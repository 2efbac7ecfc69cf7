/** Writes objects for another service, with all that follows from a write: conditions, the bucket's events. */
import { randomUUID } from "node:crypto";
import { Readable } from "node:stream";
import { userIdentity } from "./iam/identity.ts";
import type { LocalService, LocalSettings } from "./service.ts";

export type ObjectWriter = (bucket: string, key: string, body: string) => Promise<void>;

/** The writer rejects with S3's AwsError: `NoSuchBucket`, most of all. */
export function objectWriter(s3: Pick<LocalService, "handle">, settings: LocalSettings): ObjectWriter {
  const { accountId, accessKeyId, host, port, region } = settings;
  return async (bucket, key, body) => {
    const bytes = Buffer.from(body);
    await s3.handle({
      method: "PUT",
      path: `/${bucket}/${key.split("/").map(encodeURIComponent).join("/")}`,
      query: new URLSearchParams(),
      headers: {
        host: `${host}:${port}`,
        "content-length": String(bytes.length),
        "content-type": "application/json",
      },
      body: Readable.from([bytes], { objectMode: false }),
      checksums: new Map(),
      identity: userIdentity(accountId, accessKeyId),
      service: "s3",
      region,
      requestId: randomUUID(),
      aborted: () => new AbortController().signal,
    });
  };
}
