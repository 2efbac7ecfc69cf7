import { S3ServiceException } from "@aws-sdk/client-s3";
import { expect, it } from "vitest";
import { BrokenTransfer, isTransient, type RetryPolicy, retry } from "../../../src/supervisor/storage/retry.ts";

const seen: unknown[] = [];
const policy: RetryPolicy = { patienceMs: 300, longestPauseMs: 20, onRetry: (error) => seen.push(error) };
const { signal } = new AbortController();
const s3Error = (name: string, httpStatusCode: number) =>
  new S3ServiceException({ name, $fault: "server", $metadata: { httpStatusCode } });
const withCode = (code: string) => Object.assign(new Error(code), { code });

it.each([
  [s3Error("InternalError", 500), true],
  [s3Error("SlowDown", 503), true],
  [s3Error("TooManyRequests", 429), true],
  [s3Error("RequestTimeout", 400), true],
  [s3Error("NotImplemented", 501), false],
  [s3Error("AccessDenied", 403), false],
  [s3Error("NoSuchKey", 404), false],
  [s3Error("PreconditionFailed", 412), false],
  [withCode("ECONNRESET"), true],
  [withCode("EAI_AGAIN"), true],
  [withCode("ENOTFOUND"), false],
  [withCode("ENOSPC"), false],
  [Object.assign(new Error("no answer"), { name: "TimeoutError" }), true],
  [new BrokenTransfer("ended early"), true],
  [new Error("anything"), false],
  ["a text", false],
])("%s is worth another attempt: %s", (error, expected) => expect(isTransient(error)).toBe(expected));

it("repeats what fails for a passing reason, and tells of it", async () => {
  let attempts = 0;
  const answer = await retry(policy, signal, async () => {
    if (++attempts < 4) throw withCode("ECONNRESET");
    return "done";
  });
  expect([answer, attempts, seen.length]).toEqual(["done", 4, 3]);
});

it("does not repeat what was refused", async () => {
  let attempts = 0;
  const refused = retry(policy, signal, async () => {
    attempts++;
    throw s3Error("AccessDenied", 403);
  });
  await expect(refused).rejects.toMatchObject({ name: "AccessDenied" });
  expect(attempts).toBe(1);
});

it("gives up when its patience is over, but not while there is progress", async () => {
  const started = Date.now();
  await expect(retry(policy, signal, () => Promise.reject(withCode("EPIPE")))).rejects.toThrow("EPIPE");
  expect(Date.now() - started).toBeGreaterThan(100);
  let reached = 0;
  const advancing = retry(
    { ...policy, patienceMs: 40 },
    signal,
    async () => {
      if (++reached < 40) throw new BrokenTransfer("again");
      return "arrived";
    },
    () => reached,
  );
  expect(await advancing).toBe("arrived");
});

it("ends at once, with the signal's reason, when the time is over", async () => {
  const controller = new AbortController();
  setTimeout(() => controller.abort(new Error("no more time")), 50);
  const patient = { ...policy, patienceMs: 600_000, longestPauseMs: 60_000 };
  await expect(retry(patient, controller.signal, () => Promise.reject(withCode("EPIPE")))).rejects.toThrow(
    "no more time",
  );
});
