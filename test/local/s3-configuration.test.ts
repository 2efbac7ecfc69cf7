import { S3 } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestLocal, type TestLocal } from "../helpers/local.ts";
import { clientConfig } from "../helpers/local-clients.ts";

const Bucket = "configured";
let local: TestLocal;
let s3: S3;

beforeAll(async () => {
  local = await startTestLocal();
  s3 = new S3(clientConfig(local.server));
  await s3.createBucket({ Bucket });
  await s3.putObject({ Bucket, Key: "k", Body: "x" });
});
afterAll(() => local?.stop());

/** Calls an operation by its name. */
async function call(name: string, input: object = {}): Promise<object> {
  const method = `${name[0]!.toLowerCase()}${name.slice(1)}` as "getBucketAcl";
  const { $metadata: _, ...output } = await s3[method]({ Bucket, ...input });
  return output;
}

const ALL_BLOCKED = {
  BlockPublicAcls: true,
  IgnorePublicAcls: true,
  BlockPublicPolicy: true,
  RestrictPublicBuckets: true,
};
const ownersGrant = () => {
  const ID = local.server.accountId;
  return { Owner: { ID }, Grants: [{ Grantee: { ID, Type: "CanonicalUser" }, Permission: "FULL_CONTROL" }] };
};

describe("a new bucket", () => {
  it.each<[string, object]>([
    ["GetBucketVersioning", {}],
    ["GetBucketLogging", {}],
    ["GetBucketAccelerateConfiguration", {}],
    ["GetBucketRequestPayment", { Payer: "BucketOwner" }],
    ["GetPublicAccessBlock", { PublicAccessBlockConfiguration: ALL_BLOCKED }],
    ["GetBucketOwnershipControls", { OwnershipControls: { Rules: [{ ObjectOwnership: "BucketOwnerEnforced" }] } }],
    [
      "GetBucketEncryption",
      {
        ServerSideEncryptionConfiguration: {
          Rules: [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: "AES256" }, BucketKeyEnabled: false }],
        },
      },
    ],
  ])("%s", async (name, expected) => expect(await call(name)).toEqual(expected));

  it("and its objects are their owner's alone", async () => {
    expect(await call("GetBucketAcl")).toEqual(ownersGrant());
    expect(await call("GetObjectAcl", { Key: "k" })).toEqual(ownersGrant());
    await expect(call("GetObjectAcl", { Key: "missing" })).rejects.toMatchObject({ name: "NoSuchKey" });
  });

  it.each([
    ["GetBucketPolicy", "NoSuchBucketPolicy"],
    ["GetBucketPolicyStatus", "NoSuchBucketPolicy"],
    ["GetBucketCors", "NoSuchCORSConfiguration"],
    ["GetBucketLifecycleConfiguration", "NoSuchLifecycleConfiguration"],
    ["GetBucketWebsite", "NoSuchWebsiteConfiguration"],
    ["GetBucketReplication", "ReplicationConfigurationNotFoundError"],
    ["GetObjectLockConfiguration", "ObjectLockConfigurationNotFoundError"],
  ])("%s: %s", (name, code) =>
    expect(call(name)).rejects.toMatchObject({ name: code, BucketName: Bucket, $metadata: { httpStatusCode: 404 } }),
  );

  it.each(["Analytics", "IntelligentTiering", "Inventory", "Metrics"])("has no configuration of %s", (kind) =>
    expect(call(`GetBucket${kind}Configuration`, { Id: "x" })).rejects.toMatchObject({ name: "NoSuchConfiguration" }),
  );

  it("that is missing: NoSuchBucket", async () => {
    for (const name of ["GetBucketAcl", "GetBucketPolicy", "GetBucketEncryption", "GetPublicAccessBlock"]) {
      await expect(call(name, { Bucket: "missing" })).rejects.toMatchObject({ name: "NoSuchBucket" });
    }
  });

  it("of another owner: refused", async () => {
    await expect(call("HeadBucket", { ExpectedBucketOwner: "123456789012" })).rejects.toMatchObject({
      $metadata: { httpStatusCode: 403 },
    });
    await expect(call("GetBucketAcl", { ExpectedBucketOwner: "me" })).rejects.toMatchObject({
      name: "InvalidBucketOwnerAWSAccountID",
    });
  });
});

describe("what is put on it", () => {
  it("public access block: kept over the server's death, and deleted", async () => {
    const PublicAccessBlockConfiguration = { ...ALL_BLOCKED, BlockPublicPolicy: false };
    await call("PutPublicAccessBlock", { PublicAccessBlockConfiguration });
    await local.restart("killed");
    expect(await call("GetPublicAccessBlock")).toEqual({ PublicAccessBlockConfiguration });
    await call("DeletePublicAccessBlock");
    await expect(call("GetPublicAccessBlock")).rejects.toMatchObject({ name: "NoSuchPublicAccessBlockConfiguration" });
  });

  it("lists that let others in: refused as AWS does while they are off, by name once they are on", async () => {
    for (const ACL of ["private", "bucket-owner-full-control"]) {
      await call("PutObject", { Key: "k", Body: "x", ACL });
      await call("PutObjectAcl", { Key: "k", ACL });
    }
    await call("PutBucketAcl", { ACL: "private" });
    await call("PutBucketAcl", { AccessControlPolicy: ownersGrant() });
    const off = { name: "AccessControlListNotSupported", $metadata: { httpStatusCode: 400 } };
    await expect(call("PutBucketAcl", { ACL: "public-read" })).rejects.toMatchObject(off);
    await expect(call("PutObject", { Key: "k", Body: "x", ACL: "public-read" })).rejects.toMatchObject(off);
    await expect(call("PutObjectAcl", { Key: "k", GrantRead: 'uri="all"' })).rejects.toMatchObject(off);
    await expect(call("PutBucketAcl", {})).rejects.toMatchObject({ name: "MissingSecurityHeader" });

    const controls = (ObjectOwnership: string) => ({ OwnershipControls: { Rules: [{ ObjectOwnership }] } });
    await expect(call("PutBucketOwnershipControls", controls("Nobody"))).rejects.toMatchObject({
      name: "MalformedXML",
    });
    await call("PutBucketOwnershipControls", controls("ObjectWriter"));
    expect(await call("GetBucketOwnershipControls")).toEqual(controls("ObjectWriter"));
    await expect(call("PutBucketAcl", { ACL: "public-read" })).rejects.toMatchObject({ name: "NotImplemented" });
    await call("DeleteBucketOwnershipControls");
    await expect(call("GetBucketOwnershipControls")).rejects.toMatchObject({ name: "OwnershipControlsNotFoundError" });
  });

  it("at its making", async () => {
    const made = { Bucket: "owned-by-writers" };
    await call("CreateBucket", { ...made, ObjectOwnership: "BucketOwnerPreferred" });
    expect(await call("GetBucketOwnershipControls", made)).toEqual({
      OwnershipControls: { Rules: [{ ObjectOwnership: "BucketOwnerPreferred" }] },
    });
    await expect(call("CreateBucket", { Bucket: "public-bucket", ACL: "public-read" })).rejects.toMatchObject({
      name: "InvalidBucketAclWithObjectOwnership",
    });
    await expect(call("CreateBucket", { Bucket: "locked", ObjectLockEnabledForBucket: true })).rejects.toMatchObject({
      name: "NotImplemented",
    });
  });

  it.each([
    ["PutBucketPolicy", { Policy: "{}" }],
    ["PutBucketCors", { CORSConfiguration: { CORSRules: [{ AllowedMethods: ["GET"], AllowedOrigins: ["*"] }] } }],
    ["PutBucketVersioning", { VersioningConfiguration: { Status: "Enabled" } }],
  ])("%s: not served, by name", (name, input) =>
    expect(call(name, input)).rejects.toMatchObject({
      name: "NotImplemented",
      message: expect.stringContaining(name),
      $metadata: { httpStatusCode: 501 },
    }),
  );
});
