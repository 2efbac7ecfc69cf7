import { describe, expect, it } from "vitest";
import { readAnswer } from "../../../../../src/providers/aws/endpoint/answer.ts";
import { failureOf } from "../../../../../src/providers/aws/endpoint/failure.ts";

const HEADERS = {
  "amz-lambda-request-id": "id-1",
  "amz-log-group-name": "/aws/lambda/f",
  "amz-log-stream-name": "stream",
};
const base64 = (text: string | Buffer): Buffer => Buffer.from(Buffer.from(text).toString("base64"));
const answer = (status: number, body: string | Buffer, headers: Record<string, string> = HEADERS, isDecoded = false) =>
  readAnswer("f", { status, headers, body: Buffer.from(body) }, isDecoded);

describe("the output", () => {
  const bytes = Buffer.from([0, 255, 10]);

  it("is decoded where the supervisor's base64 came through", () => {
    expect(answer(200, base64(bytes)).output).toEqual(bytes);
    expect(answer(200, base64("")).output).toEqual(Buffer.alloc(0));
  });

  it("is left where the API decoded it, though it looks like base64", () => {
    expect(answer(200, bytes, HEADERS, true).output).toEqual(bytes);
    expect(answer(200, "abcd", HEADERS, true).output.toString()).toBe("abcd");
  });

  it("of a function that is not scar's is what it answers, with the request id that API Gateway gives", () => {
    const foreign = answer(200, "abcd", { "x-amzn-requestid": "id-2" });
    expect(foreign).toMatchObject({
      requestId: "id-2",
      logGroup: "/aws/lambda/f",
      logStream: "-",
      isSupervisors: false,
    });
    expect(foreign.output.toString()).toBe("abcd");
  });
});

describe("a failure", () => {
  const called = { functionName: "f", apiId: "abc", signed: false, authorization: "NONE" };
  const failure = (status: number, message?: string, headers: Record<string, string> = {}) =>
    failureOf(called, answer(status, message === undefined ? "" : JSON.stringify({ message }), headers));

  it("of the function's is in the supervisor's words, in base64 or decoded", () => {
    const text = JSON.stringify({ exception: "the command ended with exit code 3" });
    for (const one of [
      answer(500, base64(text)),
      answer(500, text, HEADERS, true),
      answer(500, base64(text), HEADERS, true),
    ]) {
      expect(failureOf(called, one)).toMatchObject({
        code: "FunctionFailed",
        message: "Function 'f' failed: the command ended with exit code 3",
        hint: "'scar log -n f -ri id-1' shows what it wrote",
        exitCode: 1,
      });
    }
  });

  it.each([
    [403, "Forbidden", "Forbidden", /stage|policy/],
    [403, "Missing Authentication Token", "Forbidden", /route|signature/],
    [413, "Request Too Long", "PayloadTooLarge", undefined],
    [429, "Too Many Requests", "TooManyRequests", /wait/],
    [500, "Internal server error", "EndpointFailed", /permission/],
    [502, "Internal server error", "FunctionFailed", /crashed|time|memory/],
    [504, "Endpoint request timed out", "EndpointTimedOut", /-a/],
    [301, undefined, "FunctionFailed", /scar log/],
    [418, undefined, "FunctionFailed", /scar log/],
  ])("%i (%s) is named %s", (status, message, code, hint) => {
    const found = failure(status, message)!;
    expect(found.code).toBe(code);
    expect(found.message).toContain(String(status));
    if (message !== undefined) expect(found.message).toContain(`'${message}'`);
    if (hint === undefined) expect(found.hint).toBeUndefined();
    else expect(found.hint).toMatch(hint);
  });

  it("of a signed request says which permission it takes", () => {
    const refused = answer(
      403,
      JSON.stringify({ Message: "User: x is not authorized to perform: execute-api:Invoke" }),
      {},
    );
    const found = failureOf({ ...called, signed: true, authorization: "AWS_IAM" }, refused)!;
    expect([found.message, found.hint]).toEqual([
      expect.stringContaining("User: x is not authorized"),
      expect.stringContaining("execute-api:Invoke"),
    ]);
  });

  it("of another kind of authorization says that scar cannot give it", () => {
    const found = failureOf(
      { ...called, authorization: "COGNITO_USER_POOLS" },
      answer(401, '{"message":"Unauthorized"}', {}),
    )!;
    expect(found.hint).toContain("COGNITO_USER_POOLS");
  });

  it("is none for what succeeded", () => {
    expect(failure(200)).toBeUndefined();
    expect(failure(202, "accepted")).toBeUndefined();
  });
});
