/** S3: a request's address and operation are read, then the operation's handler answers. */
import type { Readable } from "node:stream";
import {
  type EventTarget,
  type LocalService,
  type LocalSettings,
  notServed,
  type QueueTarget,
  type S3Observer,
  type TaggedResources,
} from "../service.ts";
import { addressOf } from "./address.ts";
import { methodNotAllowed } from "./errors.ts";
import { createEventSender } from "./notification/send.ts";
import type { S3Context, S3Operation } from "./operation.ts";
import { getBucketAcl, getObjectAcl, putBucketAcl, putObjectAcl } from "./operations/acl.ts";
import { getObjectAttributes } from "./operations/attributes.ts";
import { BUCKET_CONFIGURATION } from "./operations/bucket-configuration.ts";
import { createBucket, deleteBucket, getBucketLocation, headBucket, listBuckets } from "./operations/buckets.ts";
import { completeMultipartUpload } from "./operations/complete.ts";
import { copyObject } from "./operations/copy.ts";
import { deleteObjects } from "./operations/delete-many.ts";
import { listObjects, listObjectsV2 } from "./operations/list.ts";
import { listMultipartUploads, listParts } from "./operations/list-uploads.ts";
import { listObjectVersions } from "./operations/list-versions.ts";
import { getBucketNotificationConfiguration, putBucketNotificationConfiguration } from "./operations/notification.ts";
import { deleteObject, putObject } from "./operations/objects.ts";
import { uploadPart, uploadPartCopy } from "./operations/parts.ts";
import { getObject, headObject } from "./operations/read.ts";
import {
  deleteBucketTagging,
  deleteObjectTagging,
  getBucketTagging,
  getObjectTagging,
  putBucketTagging,
  putObjectTagging,
} from "./operations/tagging.ts";
import { abortMultipartUpload, createMultipartUpload } from "./operations/uploads.ts";
import { operationName } from "./route.ts";
import { readContent } from "./storage/content.ts";
import type { BucketStore } from "./storage/store.ts";
import { checkTags } from "./tagging/tag-set.ts";

/** What is served. An operation that S3 has and this table has not is answered 501. */
const OPERATIONS: Readonly<Record<string, S3Operation>> = {
  ...BUCKET_CONFIGURATION,
  AbortMultipartUpload: abortMultipartUpload,
  CompleteMultipartUpload: completeMultipartUpload,
  CopyObject: copyObject,
  CreateBucket: createBucket,
  CreateMultipartUpload: createMultipartUpload,
  DeleteBucket: deleteBucket,
  DeleteBucketTagging: deleteBucketTagging,
  DeleteObject: deleteObject,
  DeleteObjectTagging: deleteObjectTagging,
  DeleteObjects: deleteObjects,
  GetBucketAcl: getBucketAcl,
  GetBucketLocation: getBucketLocation,
  GetBucketNotificationConfiguration: getBucketNotificationConfiguration,
  GetBucketTagging: getBucketTagging,
  GetObject: getObject,
  GetObjectAcl: getObjectAcl,
  GetObjectAttributes: getObjectAttributes,
  GetObjectTagging: getObjectTagging,
  HeadBucket: headBucket,
  HeadObject: headObject,
  ListBuckets: listBuckets,
  ListMultipartUploads: listMultipartUploads,
  ListObjectVersions: listObjectVersions,
  ListObjects: listObjects,
  ListObjectsV2: listObjectsV2,
  ListParts: listParts,
  PutBucketAcl: putBucketAcl,
  PutBucketNotificationConfiguration: putBucketNotificationConfiguration,
  PutBucketTagging: putBucketTagging,
  PutObject: putObject,
  PutObjectAcl: putObjectAcl,
  PutObjectTagging: putObjectTagging,
  UploadPart: uploadPart,
  UploadPartCopy: uploadPartCopy,
};

export interface S3Options {
  readonly settings: LocalSettings;
  /** Closed with the service. */
  readonly store: BucketStore;
  /** Where bucket notifications go. */
  readonly target: EventTarget;
  readonly queues: QueueTarget;
  /** Told of every request before it is served. */
  readonly observe: S3Observer;
}

/** An object's bytes for another service; undefined when there is no such object. */
export function readObject(store: BucketStore, bucketName: string, key: string): Readable | undefined {
  const bucket = store.get(bucketName);
  const object = bucket?.objects.get(key);
  return bucket && object && readContent(bucket, object.parts, 0, object.size - 1);
}

export function createS3Service(options: S3Options): LocalService & TaggedResources {
  const { settings, store, target, queues, observe } = options;
  const destinations = { functions: target, queues };
  const events = createEventSender(settings, destinations);
  const context: S3Context = { settings, store, destinations, events, observe };
  return {
    scopes: ["s3"],
    errorStyle: "s3-xml",
    async handle(request) {
      const address = addressOf(request.headers.host, request.path);
      const copies = request.headers["x-amz-copy-source"] !== undefined;
      const name = operationName(request.method, address, request.query, copies);
      if (name === undefined) {
        throw methodNotAllowed(request.method, address);
      }
      const operation = OPERATIONS[name];
      if (!operation) throw notServed(name);
      // A spread of two objects takes V8 ten times as long.
      const addressed = Object.assign({ bucket: address.bucket, key: address.key }, request);
      if (operation !== deleteObjects) observe(addressed, name);
      return await operation(addressed, context);
    },
    listTagged: () =>
      store.list().map(({ info: { name, tags = [] } }) => ({
        arn: `arn:aws:s3:::${name}`,
        resourceType: "s3:bucket",
        tags: Object.fromEntries(tags.map(({ key, value }) => [key, value])),
      })),
    async changeTags(arn, change) {
      const bucket = /^arn:aws:s3:::([^/]+)$/.exec(arn)?.[1];
      const found = bucket === undefined ? undefined : store.get(bucket);
      if (!found) return false;
      const before = Object.fromEntries((found.info.tags ?? []).map(({ key, value }) => [key, value]));
      const tags = Object.entries(change(before)).map(([key, value]) => ({ key, value }));
      found.configure({ tags: checkTags(tags, "bucket") });
      return true;
    },
    async close() {
      store.close();
    },
  };
}
