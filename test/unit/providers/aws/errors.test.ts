import { describe, expect, it } from "vitest";
import { EXIT, ScarError } from "../../../../src/errors.ts";
import { toAwsError } from "../../../../src/providers/aws/errors.ts";

const aws = { service: "lambda", operation: "CreateFunction", session: { region: "eu-south-2" } };
const local = { ...aws, session: { region: "us-east-1", endpoint: "http://127.0.0.1:1" } };

function sdkError(name: string, message: string, more: object = {}): Error {
  return Object.assign(new Error(message), { name, ...more });
}

describe("toAwsError", () => {
  it("keeps AWS's code and message", () => {
    const error = toAwsError(
      sdkError("InvalidParameterValueException", "The role cannot be assumed", { $metadata: { httpStatusCode: 400 } }),
      aws,
    );
    expect(error).toMatchObject({ code: "InvalidParameterValueException", message: "The role cannot be assumed" });
    expect(error.exitCode).toBe(EXIT.failed);
  });

  it.each([
    ["AccessDeniedException", "the permission lambda:CreateFunction"],
    ["ExpiredTokenException", "have expired"],
    ["SignatureDoesNotMatch", "credentials are wrong"],
    ["TooManyRequestsException", "wait a moment"],
  ])("says what to do about %s", (name, hint) => {
    expect(toAwsError(sdkError(name, "no", { $metadata: { httpStatusCode: 403 } }), aws).hint).toContain(hint);
  });

  it.each([
    ["CreateFunction", "ServiceException", 500, "run the command again later"],
    ["Invoke", "ServiceException", 500, "does not say whether the function ran"],
    ["Invoke", "TooManyRequestsException", 429, "wait a moment"],
    ["ListFunctions", "SlowDown", 503, "wait a moment"],
  ])("says whether %s may be repeated after %s", (operation, name, httpStatusCode, hint) => {
    expect(toAwsError(sdkError(name, "no", { $metadata: { httpStatusCode } }), { ...aws, operation }).hint).toContain(
      hint,
    );
  });

  it("advises nothing about what the local AWS does not serve", () => {
    expect(
      toAwsError(sdkError("NotImplemented", "no", { $metadata: { httpStatusCode: 501 } }), aws).hint,
    ).toBeUndefined();
  });

  it("asks whether the local AWS runs when an endpoint does not answer", () => {
    const refused = sdkError("Error", "", { errors: [{ code: "ECONNREFUSED" }], code: "ECONNREFUSED" });
    const error = toAwsError(refused, local);
    expect(error.message).toBe("cannot reach http://127.0.0.1:1 for lambda:CreateFunction (ECONNREFUSED)");
    expect(error.hint).toContain("scar local start");
  });

  it("speaks of network and region when AWS does not answer", () => {
    expect(toAwsError(sdkError("Error", "", { code: "ENOTFOUND" }), aws).message).toContain("'eu-south-2'");
  });

  it("names the profile whose credentials are missing", () => {
    const site = { ...aws, session: { region: "eu-south-2", profile: "work" } };
    const error = toAwsError(sdkError("CredentialsProviderError", "nothing there"), site);
    expect(error).toMatchObject({ code: "MissingCredentials" });
    expect(error.message).toContain("for profile 'work'");
    expect(error.hint).toContain("--local needs none");
  });

  it("gives errors without a body a code and a message", () => {
    const error = toAwsError(sdkError("UnknownError", "UnknownError", { $metadata: { httpStatusCode: 502 } }), aws);
    expect(error).toMatchObject({ code: "Http502", message: "lambda:CreateFunction failed (HTTP status 502)" });
  });

  it("knows an interrupted call", () => {
    expect(toAwsError(sdkError("AbortError", "Request aborted"), aws).exitCode).toBe(EXIT.interrupted);
  });

  it("translates once", () => {
    const error = new ScarError("X", "x");
    expect(toAwsError(error, aws)).toBe(error);
  });
});
