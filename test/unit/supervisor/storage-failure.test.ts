import { S3ServiceException } from "@aws-sdk/client-s3";
import { expect, it } from "vitest";
import { ScarError } from "../../../src/errors.ts";
import { storageFailure } from "../../../src/supervisor/storage/storage-failure.ts";

const object = { bucket: "b", key: "in/k" };
const s3Error = (name: string, httpStatusCode: number) =>
  new S3ServiceException({ name, message: "in S3's words", $fault: "client", $metadata: { httpStatusCode } });

it.each([
  ["AccessDenied", 403, /role s3:PutObject on arn:aws:s3:::b\/in\/k$/],
  ["NoSuchBucket", 404, /create the bucket 'b', or correct the function's output/],
  ["PermanentRedirect", 301, /in which region the bucket 'b' is/],
  ["ExpiredToken", 400, /credentials have expired/],
  ["InvalidRequest", 400, undefined],
])("%s is told in S3's words, with what to do", (name, status, hint) => {
  const failure = storageFailure("upload", object, s3Error(name, status));
  expect(failure).toMatchObject({
    code: "StorageFailed",
    message: `upload of s3://b/in/k failed: ${name}: in S3's words`,
  });
  if (hint) expect(failure.hint).toMatch(hint);
  else expect(failure.hint).toBeUndefined();
});

it("a failure of ours keeps its code and its hint", () => {
  const late = new ScarError("TransferTimedOut", "its time is over", { hint: "raise it" });
  expect(storageFailure("download", object, late)).toMatchObject({
    code: "TransferTimedOut",
    message: "download of s3://b/in/k failed: its time is over",
    hint: "raise it",
  });
});

it("what no storage answered is told as it is", () => {
  const refused = Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" });
  expect(storageFailure("download", object, refused).message).toBe(
    "download of s3://b/in/k failed: connect ECONNREFUSED",
  );
});
