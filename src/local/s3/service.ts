/** S3: a request's address and operation are read, then the operation's handler answers. */
import type { Readable } from "node:stream";
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
import { completeMultipartUpload } from "./operations/complete.ts";
import { copyObject } from "./operations/copy.ts";
import { deleteObjects } from "./operations/delete-many.ts";
import { listObjects, listObjectsV2 } from "./operations/list.ts";
import { getBucketNotificationConfiguration, putBucketNotificationConfiguration } from "./operations/notification.ts";
import { deleteObject, getObject, headObject, putObject } from "./operations/objects.ts";
import { uploadPart, uploadPartCopy } from "./operations/parts.ts";
import { abortMultipartUpload, createMultipartUpload, listMultipartUploads, listParts } from "./operations/uploads.ts";
import { operationName } from "./route.ts";
import { readContent } from "./storage/content.ts";
import type { BucketStore } from "./storage/store.ts";

/** What is served. An operation that S3 has and this table has not is answered 501. */
const OPERATIONS: Readonly<Record<string, S3Operation>> = {
  AbortMultipartUpload: abortMultipartUpload,
  CompleteMultipartUpload: completeMultipartUpload,
  CopyObject: copyObject,
  CreateBucket: createBucket,
  CreateMultipartUpload: createMultipartUpload,
  DeleteBucket: deleteBucket,
  DeleteObject: deleteObject,
  DeleteObjects: deleteObjects,
  GetBucketLocation: getBucketLocation,
  GetBucketNotificationConfiguration: getBucketNotificationConfiguration,
  GetBucketVersioning: getBucketVersioning,
  GetObject: getObject,
  HeadBucket: headBucket,
  HeadObject: headObject,
  ListBuckets: listBuckets,
  ListMultipartUploads: listMultipartUploads,
  ListObjects: listObjects,
  ListObjectsV2: listObjectsV2,
  ListParts: listParts,
  PutBucketNotificationConfiguration: putBucketNotificationConfiguration,
  PutObject: putObject,
  UploadPart: uploadPart,
  UploadPartCopy: uploadPartCopy,
};

export interface S3Options {
  readonly settings: LocalSettings;
  /** Closed with the service. */
  readonly store: BucketStore;
  /** Where bucket notifications go. */
  readonly target: EventTarget;
}

/** An object's bytes for another service; undefined when there is no such object. */
export function readObject(store: BucketStore, bucketName: string, key: string): Readable | undefined {
  const bucket = store.get(bucketName);
  const object = bucket?.objects.get(key);
  return bucket && object && readContent(bucket, object.parts, 0, object.size - 1);
}

export function createS3Service({ settings, store, target }: S3Options): LocalService {
  const context: S3Context = { settings, store, target, events: createEventSender(settings, target) };
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
