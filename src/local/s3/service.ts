/** S3: a request's address and operation are read, then the operation's handler answers. */
import { join } from "node:path";
import { AwsError, type EventTarget, type LocalService, type LocalSettings, notServed } from "../service.ts";
import { addressOf } from "./address.ts";
import { createEventSender } from "./notification/send.ts";
import type { S3Context, S3Operation } from "./operation.ts";
import {
  createBucket,
  deleteBucket,
  getBucketLocation,
  getBucketVersioning,
  headBucket,
  listBuckets,
} from "./operations/buckets.ts";
import { listObjects, listObjectsV2 } from "./operations/list.ts";
import { deleteObject, getObject, headObject, putObject } from "./operations/objects.ts";
import { operationName } from "./route.ts";
import { BucketStore } from "./storage/store.ts";

/** What is served. An operation that S3 has and this table has not is answered 501. */
const OPERATIONS: Readonly<Record<string, S3Operation>> = {
  CreateBucket: createBucket,
  DeleteBucket: deleteBucket,
  DeleteObject: deleteObject,
  GetBucketLocation: getBucketLocation,
  GetBucketVersioning: getBucketVersioning,
  GetObject: getObject,
  HeadBucket: headBucket,
  HeadObject: headObject,
  ListBuckets: listBuckets,
  ListObjects: listObjects,
  ListObjectsV2: listObjectsV2,
  PutObject: putObject,
};

export interface S3Options {
  readonly settings: LocalSettings;
  /** Where bucket notifications go. */
  readonly target?: EventTarget;
}

/** S3 with its state loaded. */
export function createS3Service({ settings, target }: S3Options): LocalService {
  const store = new BucketStore(join(settings.dir, "s3"));
  const context: S3Context = { settings, store, events: createEventSender(settings, target) };
  return {
    scopes: ["s3"],
    errorStyle: "s3-xml",
    async handle(request) {
      const address = addressOf(request.headers.host, request.path);
      const copies = request.headers["x-amz-copy-source"] !== undefined;
      const name = operationName(request.method, address, request.query, copies);
      if (name === undefined) {
        throw new AwsError(405, "MethodNotAllowed", "The specified method is not allowed against this resource.");
      }
      const operation = OPERATIONS[name];
      if (!operation) throw notServed(name);
      return await operation({ ...request, ...address }, context);
    },
    async close() {
      store.close();
    },
  };
}
