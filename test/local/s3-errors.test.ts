import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestLocal, type TestLocal } from "../helpers/local.ts";
import { type Answer, type RawRequest, send, sign } from "../helpers/local-signed.ts";

let local: TestLocal;

const ask = (method: string, path: string, more: Partial<RawRequest> = {}): Promise<Answer> =>
  send(sign({ port: local.server.port, method, path, ...more }, local.server));

/** The elements of an error document. */
const elements = (text: string): Record<string, string> =>
  Object.fromEntries([...text.matchAll(/<(\w+)>([^<]*)<\/\1>/g)].map(([, name, value]) => [name!, value!]));

beforeAll(async () => {
  local = await startTestLocal();
  await ask("PUT", "/errors");
  await ask("PUT", "/errors/k", { body: "0123456789" });
});
afterAll(() => local?.stop());

const md5 = (text: string) => createHash("md5").update(text).digest("base64");

describe("an error says what AWS's says", () => {
  it.each<[string, string, Partial<RawRequest>, number, Record<string, string>]>([
    ["GET", "/missing/k", {}, 404, { Code: "NoSuchBucket", BucketName: "missing", Resource: "/missing/k" }],
    ["GET", "/errors/missing%20key", {}, 404, { Code: "NoSuchKey", Key: "missing key" }],
    ["GET", "/errors/k?uploadId=none", {}, 404, { Code: "NoSuchUpload", UploadId: "none" }],
    [
      "GET",
      "/errors/k",
      { headers: { range: "bytes=10-20" } },
      416,
      { Code: "InvalidRange", RangeRequested: "bytes=10-20", ActualObjectSize: "10" },
    ],
    [
      "GET",
      "/errors/k",
      { headers: { "if-match": '"0"' } },
      412,
      { Code: "PreconditionFailed", Condition: "If-Match" },
    ],
    [
      "PUT",
      `/errors/${"k".repeat(1025)}`,
      { body: "x" },
      400,
      { Code: "KeyTooLongError", Size: "1025", MaxSizeAllowed: "1024" },
    ],
    [
      "PUT",
      "/errors/meta",
      { headers: { "x-amz-meta-a": "v".repeat(2048) } },
      400,
      { Code: "MetadataTooLarge", Size: "2049", MaxSizeAllowed: "2048" },
    ],
    [
      "PUT",
      "/errors/class",
      { headers: { "x-amz-storage-class": "COLD" } },
      400,
      { Code: "InvalidStorageClass", StorageClassRequested: "COLD" },
    ],
    ["PUT", "/errors/md5", { body: "x", headers: { "content-md5": md5("y") } }, 400, { Code: "BadDigest" }],
    [
      "DELETE",
      "/errors/k",
      { headers: { "x-amz-bypass-governance-retention": "true" } },
      400,
      { Code: "InvalidArgument", ArgumentName: "x-amz-bypass-governance-retention" },
    ],
    [
      "PUT",
      "/nowhere",
      {
        body: "<CreateBucketConfiguration><LocationConstraint>no&#10;where</LocationConstraint></CreateBucketConfiguration>",
      },
      400,
      { Code: "InvalidLocationConstraint" },
    ],
    ["DELETE", "/errors", {}, 409, { Code: "BucketNotEmpty", BucketName: "errors" }],
    ["PUT", "/Upper", {}, 400, { Code: "InvalidBucketName", BucketName: "Upper" }],
    ["PATCH", "/errors/k", {}, 405, { Code: "MethodNotAllowed", Method: "PATCH", ResourceType: "OBJECT" }],
    [
      "PUT",
      "/errors/copy",
      { headers: { "x-amz-copy-source": "nowhere" } },
      400,
      { Code: "InvalidArgument", ArgumentName: "x-amz-copy-source" },
    ],
    [
      "GET",
      "/errors?max-keys=many",
      {},
      400,
      { Code: "InvalidArgument", ArgumentName: "max-keys", ArgumentValue: "many" },
    ],
    ["GET", "/errors/k?partNumber=2", {}, 416, { Code: "InvalidPartNumber", ActualPartCount: "1" }],
    [
      "POST",
      "/errors?delete",
      { body: "<Delete/>" },
      400,
      { Code: "InvalidRequest", Message: "Missing required header for this request: Content-Md5 OR x-amz-checksum-*" },
    ],
    [
      "POST",
      "/errors?delete",
      { body: "<Delete>", headers: { "content-md5": md5("<Delete>") } },
      400,
      { Code: "MalformedXML" },
    ],
    ["PUT", "/errors?tagging", { body: "no xml" }, 400, { Code: "MalformedXML" }],
    ["PUT", "/errors?policy", { body: "{}" }, 501, { Code: "NotImplemented" }],
  ])("%s %s", async (method, path, more, status, expected) => {
    const answer = await ask(method, path, more);
    expect(answer.status).toBe(status);
    expect(answer.headers["content-type"]).toBe("application/xml");
    expect(elements(answer.text)).toMatchObject({
      ...expected,
      RequestId: answer.headers["x-amz-request-id"],
    });
  });

  it("about parts", async () => {
    const { text } = await ask("POST", "/errors/upload?uploads");
    const { UploadId } = elements(text);
    const path = `/errors/upload?uploadId=${UploadId}`;
    const part = async (number: number) =>
      (await ask("PUT", `${path}&partNumber=${number}`, { body: "abcd" })).headers.etag!;
    const etags = [await part(1), await part(2)];
    const complete = async (...parts: [number, string | undefined][]) => {
      const body = parts.map(([n, etag]) => `<Part><PartNumber>${n}</PartNumber><ETag>${etag}</ETag></Part>`).join("");
      const answer = await ask("POST", path, { body: `<CompleteMultipartUpload>${body}</CompleteMultipartUpload>` });
      return { status: answer.status, ...elements(answer.text) };
    };
    const ETag = etags[0]!.slice(1, -1);
    expect(await complete()).toMatchObject({ status: 400, Code: "MalformedXML" });
    expect(elements((await ask("POST", path)).text)).toMatchObject({ Message: "You must specify at least one part" });
    expect(await complete([1, etags[0]], [2, etags[1]])).toMatchObject({
      status: 400,
      Code: "EntityTooSmall",
      ProposedSize: "4",
      MinSizeAllowed: "5242880",
      PartNumber: "1",
      ETag,
    });
    expect(await complete([2, etags[1]], [1, etags[0]])).toMatchObject({ Code: "InvalidPartOrder", UploadId });
    expect(await complete([3, etags[0]])).toMatchObject({ Code: "InvalidPart", UploadId, PartNumber: "3", ETag });
    expect((await ask("PUT", `${path}&partNumber=10001`, { body: "x" })).text).toContain("InvalidArgument");
  });
});

it.each([
  ["/missing", 404],
  ["/errors/missing", 404],
  ["/errors/k?partNumber=9", 416],
  ["/errors/k?versionId=x", 400],
])("HEAD %s is answered %i without a body", async (path, status) => {
  const answer = await ask("HEAD", path);
  expect([answer.status, answer.text]).toEqual([status, ""]);
});

it("a part and an object may have 5 GiB; more is refused before it is sent", async () => {
  const headers = { "content-length": String(5 * 1024 ** 3 + 1), expect: "100-continue" };
  const request = { port: local.server.port, method: "PUT", path: "/errors/huge", headers };
  const answer = await send(sign(request, { ...local.server, payloadHash: "UNSIGNED-PAYLOAD" }));
  expect(elements(answer.text)).toMatchObject({
    Code: "EntityTooLarge",
    ProposedSize: "5368709121",
    MaxSizeAllowed: "5368709120",
  });
});
