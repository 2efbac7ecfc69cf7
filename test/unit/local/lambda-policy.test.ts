import { describe, expect, it } from "vitest";
import { allowsService, readStatement } from "../../../src/local/lambda/policy.ts";

const FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:f";

const permission = (more: object) =>
  readStatement(
    { StatementId: "s", Action: "lambda:InvokeFunction", Principal: "s3.amazonaws.com", ...more },
    FUNCTION,
  );

const allows = (more: object, source = "arn:aws:s3:::bucket", account = "123456789012"): boolean =>
  allowsService([permission(more)], "s3.amazonaws.com", source, account);

describe("a function's policy", () => {
  it.each([
    [{}, true],
    [{ SourceArn: "arn:aws:s3:::bucket" }, true],
    [{ SourceArn: "arn:aws:s3:::buck*" }, true],
    [{ SourceArn: "arn:aws:s3:::*" }, true],
    [{ SourceArn: "arn:*:s3:::bucke?" }, true],
    [{ SourceAccount: "123456789012", SourceArn: "arn:aws:s3:::bucket" }, true],
    [{ Action: "lambda:*" }, true],
    [{ Principal: "*" }, true],
    [{ SourceArn: "arn:aws:s3:::bucket2" }, false],
    [{ SourceArn: "arn:aws:s3:::bu" }, false],
    // A star does not reach over the colons between an ARN's parts.
    [{ SourceArn: "arn:aws:*" }, false],
    [{ SourceArn: "arn:aws:s3:::b.cket" }, false],
    [{ SourceAccount: "210987654321" }, false],
    [{ Principal: "events.amazonaws.com" }, false],
    [{ Principal: "123456789012" }, false],
    [{ Action: "lambda:GetFunction" }, false],
  ])("with %j lets S3 in: %s", (more, allowed) => {
    expect(allows(more)).toBe(allowed);
  });

  it.each([
    [{ StatementId: "with space" }, "ValidationException"],
    [{ Action: "s3:GetObject" }, "ValidationException"],
    [{ Principal: undefined }, "InvalidParameterValueException"],
  ])("refuses a statement with %j", (more, code) => {
    expect(() => permission(more)).toThrow(expect.objectContaining({ code }));
  });
});
