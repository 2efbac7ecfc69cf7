import { describe, expect, it } from "vitest";
import { functionName, parseLayerVersionArn } from "../../../src/local/lambda/names.ts";
import { route } from "../../../src/local/lambda/operations/routes.ts";

const PLACE = { region: "us-east-1", accountId: "123456789012" };

describe("function names", () => {
  it.each([
    "f-1_x",
    "f-1_x:$LATEST",
    "function:f-1_x",
    "123456789012:function:f-1_x",
    "arn:aws:lambda:us-east-1:123456789012:function:f-1_x",
    "arn:aws:lambda:us-east-1:123456789012:function:f-1_x:$LATEST",
  ])("are read from %s", (text) => {
    expect(functionName(text, PLACE)).toBe("f-1_x");
  });

  it.each([
    ["f:7", "NotImplemented"],
    ["f:alias", "NotImplemented"],
    ["arn:aws:lambda:eu-west-1:123456789012:function:f", "ResourceNotFoundException"],
    ["210987654321:function:f", "ResourceNotFoundException"],
    ["", "ValidationException"],
    ["../f", "ValidationException"],
    ["x".repeat(65), "ValidationException"],
    ["arn:aws:s3:::f", "ValidationException"],
  ])("%s is refused", (text, code) => {
    expect(() => functionName(text, PLACE)).toThrow(expect.objectContaining({ code }));
  });

  it("of layer versions have a number", () => {
    expect(parseLayerVersionArn("arn:aws:lambda:us-east-1:123456789012:layer:l:12")).toEqual({
      name: "l",
      version: 12,
    });
    expect(parseLayerVersionArn("arn:aws:lambda:us-east-1:123456789012:layer:l")).toBeUndefined();
  });
});

describe("routes", () => {
  const args = (method: string, path: string) => route({ method, path, query: new URLSearchParams() }).args;

  it("decode what stands in the path", () => {
    expect(args("POST", "/2015-03-31/functions/a%3Afunction%3Af/invocations")).toEqual(["a:function:f"]);
    expect(args("GET", "/2018-10-31/layers/l/versions/3")).toEqual(["l", "3"]);
    const arn = "arn:aws:lambda:us-east-1:123456789012:function:f";
    expect(args("GET", `/2017-03-31/tags/${encodeURIComponent(arn)}`)).toEqual([arn]);
    expect(args("GET", `/2017-03-31/tags/${arn}`)).toEqual([arn]);
    expect(args("GET", "/2015-03-31/functions/")).toEqual([]);
  });

  it.each([
    ["PUT", "/2019-09-30/functions/f/provisioned-concurrency", 501, "PutProvisionedConcurrencyConfig"],
    ["POST", "/2021-10-31/functions/f/url", 501, "CreateFunctionUrlConfig"],
    ["GET", "/nowhere", 404, "/nowhere"],
    ["GET", "/2015-03-31/functions/%E0%A4%A", 400, "%E0%A4%A"],
  ])("%s %s is answered %i", (method, path, status, part) => {
    expect(() => args(method, path)).toThrow(
      expect.objectContaining({ status, message: expect.stringContaining(part) }),
    );
  });
});
