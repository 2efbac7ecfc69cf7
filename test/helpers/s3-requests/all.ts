/** The requests that two S3 servers are given alike: a user's ordinary ones, odd ones, and the mistakes. */
import { buckets, listings } from "./buckets.ts";
import { multipart } from "./multipart.ts";
import { conditions, keys, metadata, ranges } from "./reads.ts";
import { onBucket, type S3Request } from "./request.ts";
import { copies, deletions, integrity, tags } from "./writes.ts";

/** In order: later ones need what earlier ones made. */
export const S3_REQUESTS: readonly S3Request[] = [
  onBucket("bucket", "PUT", ""),
  ...keys(),
  ...ranges(),
  ...conditions(),
  ...metadata(),
  ...integrity(),
  ...copies(),
  ...multipart(),
  ...listings(),
  ...deletions(),
  ...tags(),
  ...buckets(),
];
