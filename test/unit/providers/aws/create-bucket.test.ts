import type { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { expect, it } from "vitest";
import { createBucket } from "../../../../src/providers/aws/controllers/buckets.ts";

async function locationOf(region: string): Promise<unknown> {
  const sent: CreateBucketCommand[] = [];
  const s3 = { send: async (command: CreateBucketCommand) => sent.push(command) } as unknown as S3Client;
  await createBucket(s3, "photos", region);
  return sent[0]!.input.CreateBucketConfiguration?.LocationConstraint;
}

it("a bucket is made in the region of its function; us-east-1 is S3's own and must not be named", async () => {
  expect(await locationOf("eu-south-2")).toBe("eu-south-2");
  expect(await locationOf("us-east-1")).toBeUndefined();
});
