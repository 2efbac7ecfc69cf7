import { readdirSync } from "node:fs";
import { join } from "node:path";
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  DeleteObjectTaggingCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadBucketCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  ListPartsCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  type S3Client,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { expect } from "vitest";
import type { LocalServer } from "../../../src/local/control.ts";
import { s3Client } from "../../helpers/local-clients.ts";
import { ifThere, Ledger, untilGone, type Writer } from "./writer.ts";

const KEYS = 12;

/** Puts, overwrites and deletes; some objects are larger than what is written in one step. */
export class ObjectWriter implements Writer {
  readonly name: string;
  readonly #dir: string;
  readonly #objects = new Ledger();
  #s3!: S3Client;

  /** @param dir the state folder. */
  constructor(name: string, dir: string) {
    this.name = name;
    this.#dir = dir;
  }

  get acknowledged(): number {
    return this.#objects.acknowledged;
  }

  async prepare(server: LocalServer): Promise<void> {
    this.#s3 = s3Client(server);
    await this.#s3.send(new CreateBucketCommand({ Bucket: this.name }));
  }

  write(killed: AbortSignal): Promise<void> {
    return untilGone(killed, async (n) => {
      const object = { Bucket: this.name, Key: `key ${n % KEYS}` };
      if (this.#objects.held(object.Key) !== undefined && n % 5 === 0) {
        await this.#objects.change(object.Key, undefined, () => this.#s3.send(new DeleteObjectCommand(object)));
        return;
      }
      const text = `${Date.now()} ${n} ${"x".repeat(n % 4 === 0 ? 200_000 : n % 1000)}`;
      const put = { ...object, Body: text, Metadata: { length: String(text.length) } };
      await this.#objects.change(object.Key, text, () => this.#s3.send(new PutObjectCommand(put)));
    });
  }

  async check(): Promise<void> {
    for (const Key of this.#objects.keys()) {
      const found = await ifThere(this.#s3.send(new GetObjectCommand({ Bucket: this.name, Key })));
      const text = await found?.Body?.transformToString();
      this.#objects.settle(Key, text);
      if (found?.Metadata?.["length"]) expect(found.Metadata["length"]).toBe(String(text!.length));
    }
    const { Contents = [] } = await this.#s3.send(new ListObjectsV2Command({ Bucket: this.name }));
    const held = this.#objects.keys().filter((key) => this.#objects.held(key) !== undefined);
    expect(Contents.map(({ Key }) => Key).sort()).toEqual(held.sort());
    // Bytes of writes that were cut short are gone.
    expect(readdirSync(join(this.#dir, "s3/buckets", this.name, "data"))).toHaveLength(held.length);
  }
}

/** Tags of objects, set and taken away. */
export class TagWriter implements Writer {
  readonly name = "tags";
  readonly #tags = new Ledger();
  #s3!: S3Client;

  get acknowledged(): number {
    return this.#tags.acknowledged;
  }

  async prepare(server: LocalServer): Promise<void> {
    this.#s3 = s3Client(server);
    await this.#s3.send(new CreateBucketCommand({ Bucket: this.name }));
    const put = (n: number) => this.#s3.send(new PutObjectCommand({ Bucket: this.name, Key: `key ${n}`, Body: "t" }));
    for (let n = 0; n < KEYS; n++) await put(n);
  }

  write(killed: AbortSignal): Promise<void> {
    return untilGone(killed, async (n) => {
      const object = { Bucket: this.name, Key: `key ${n % KEYS}` };
      if (n % 3 === 0) {
        await this.#tags.change(object.Key, undefined, () => this.#s3.send(new DeleteObjectTaggingCommand(object)));
        return;
      }
      const Tagging = { TagSet: [{ Key: "n", Value: `${Date.now()}` }] };
      await this.#tags.change(object.Key, Tagging.TagSet[0]!.Value, () =>
        this.#s3.send(new PutObjectTaggingCommand({ ...object, Tagging })),
      );
    });
  }

  async check(): Promise<void> {
    for (const Key of this.#tags.keys()) {
      const { TagSet } = await this.#s3.send(new GetObjectTaggingCommand({ Bucket: this.name, Key }));
      this.#tags.settle(Key, TagSet?.[0]?.Value);
    }
  }
}

/** Buckets made and deleted. */
export class BucketWriter implements Writer {
  readonly name = "buckets";
  readonly #buckets = new Ledger();
  #s3!: S3Client;

  get acknowledged(): number {
    return this.#buckets.acknowledged;
  }

  async prepare(server: LocalServer): Promise<void> {
    this.#s3 = s3Client(server);
  }

  write(killed: AbortSignal): Promise<void> {
    return untilGone(killed, async (n) => {
      const Bucket = `bucket-${n % KEYS}`;
      const command =
        this.#buckets.held(Bucket) === undefined
          ? new CreateBucketCommand({ Bucket })
          : new DeleteBucketCommand({ Bucket });
      const next = command instanceof CreateBucketCommand ? "there" : undefined;
      await this.#buckets.change(Bucket, next, () => this.#s3.send(command as CreateBucketCommand));
    });
  }

  async check(): Promise<void> {
    for (const Bucket of this.#buckets.keys()) {
      const found = await ifThere(this.#s3.send(new HeadBucketCommand({ Bucket })));
      this.#buckets.settle(Bucket, found && "there");
    }
  }
}

/** Multipart uploads: begun, filled, completed or aborted. */
export class UploadWriter implements Writer {
  readonly name: string;
  readonly #objects = new Ledger();
  /** Open uploads: what their one part holds. */
  readonly #parts = new Ledger();
  readonly #keys = new Map<string, string>();
  #s3!: S3Client;

  constructor(name: string) {
    this.name = name;
  }

  get acknowledged(): number {
    return this.#objects.acknowledged + this.#parts.acknowledged;
  }

  async prepare(server: LocalServer): Promise<void> {
    this.#s3 = s3Client(server);
    await this.#s3.send(new CreateBucketCommand({ Bucket: this.name }));
  }

  write(killed: AbortSignal): Promise<void> {
    return untilGone(killed, async (n) => {
      const object = { Bucket: this.name, Key: `key ${n % KEYS}` };
      const { UploadId } = await this.#s3.send(new CreateMultipartUploadCommand(object));
      this.#keys.set(UploadId!, object.Key);
      const text = `${Date.now()} ${n} ${"y".repeat(n % 3 === 0 ? 150_000 : 10)}`;
      const upload = { ...object, UploadId: UploadId! };
      let ETag: string | undefined;
      await this.#parts.change(UploadId!, text, async () => {
        ({ ETag } = await this.#s3.send(new UploadPartCommand({ ...upload, PartNumber: 1, Body: text })));
      });
      if (n % 4 === 1) return;
      if (n % 4 === 2) {
        await this.#parts.change(UploadId!, undefined, () => this.#s3.send(new AbortMultipartUploadCommand(upload)));
        return;
      }
      const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] };
      await this.#parts.change(UploadId!, undefined, () =>
        this.#objects.change(object.Key, text, () =>
          this.#s3.send(new CompleteMultipartUploadCommand({ ...upload, MultipartUpload })),
        ),
      );
    });
  }

  async check(): Promise<void> {
    for (const Key of this.#objects.keys()) {
      const found = await ifThere(this.#s3.send(new GetObjectCommand({ Bucket: this.name, Key })));
      this.#objects.settle(Key, await found?.Body?.transformToString());
    }
    const { Uploads = [] } = await this.#s3.send(new ListMultipartUploadsCommand({ Bucket: this.name }));
    const open = new Set(Uploads.map((upload) => upload.UploadId));
    for (const UploadId of this.#parts.keys()) {
      const upload = { Bucket: this.name, Key: this.#keys.get(UploadId)!, UploadId };
      const listed = open.has(UploadId) ? await this.#s3.send(new ListPartsCommand(upload)) : undefined;
      const size = listed?.Parts?.[0]?.Size;
      const held = this.#parts.held(UploadId);
      // Of a part only its size can be asked for.
      this.#parts.settle(UploadId, size !== undefined && size === held?.length ? held : undefined);
    }
  }
}
