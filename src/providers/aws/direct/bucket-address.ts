import { HeadBucketCommand, type S3Client } from "@aws-sdk/client-s3";
import type { BucketAddress } from "./address.ts";

interface SignedRequest {
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number;
  readonly path: string;
  readonly query?: object;
  readonly headers: Readonly<Record<string, string>>;
}

/** Lets the SDK make a request of the bucket, and takes it before it is sent. Undefined: it is signed in a way that only the SDK knows. */
export async function bucketAddress(s3: S3Client, bucket: string): Promise<BucketAddress | undefined> {
  const command = new HeadBucketCommand({ Bucket: bucket });
  let taken: SignedRequest | undefined;
  command.middlewareStack.add(
    () => async (args) => {
      taken = args.request as SignedRequest;
      return { output: { $metadata: {} }, response: undefined };
    },
    { step: "deserialize", priority: "high", name: "scarTakeRequest" },
  );
  await s3.send(command);
  return taken && addressOf(taken);
}

function addressOf({ protocol, hostname, port, path, query, headers }: SignedRequest): BucketAddress | undefined {
  const scope = /^AWS4-HMAC-SHA256 Credential=[^/]+\/\d{8}\/([^/]+)\/s3\/aws4_request,/.exec(
    headers["authorization"] ?? "",
  );
  const host = headers["host"];
  // Directory buckets have sessions of their own.
  const isPlain = headers["x-amz-s3session-token"] === undefined && Object.keys(query ?? {}).length === 0;
  if (scope === null || host === undefined || !isPlain) return undefined;
  return { protocol, hostname, port, host, path: path.endsWith("/") ? path : `${path}/`, region: scope[1]! };
}
