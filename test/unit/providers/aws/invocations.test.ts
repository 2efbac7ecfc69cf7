import type { InvokeCommandOutput } from "@aws-sdk/client-lambda";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { commandPayload, readAnswer, scriptPayload } from "../../../../src/providers/aws/controllers/invocations.ts";

const base64 = (text: string): string => Buffer.from(text).toString("base64");

function answer(payload: unknown, more: Partial<InvokeCommandOutput> = {}): InvokeCommandOutput {
  const text = typeof payload === "string" ? payload : JSON.stringify(payload);
  return {
    $metadata: { requestId: "sdk-id" },
    StatusCode: 200,
    Payload: Uint8Array.from(Buffer.from(text)) as NonNullable<InvokeCommandOutput["Payload"]>,
    ...more,
  };
}

const headers = {
  "amz-lambda-request-id": "r-1",
  "amz-log-group-name": "/aws/lambda/grey",
  "amz-log-stream-name": "2026/11/21/[$LATEST]abc",
};

describe("readAnswer", () => {
  it("reads the supervisor's answer, bytes and all", () => {
    const body = Buffer.from([0, 255, 10]);
    const read = readAnswer(
      "grey",
      answer({ statusCode: 200, headers, body: body.toString("base64"), isBase64Encoded: true }),
    );
    expect(read.output.equals(body)).toBe(true);
    expect(read).toMatchObject({ requestId: "r-1", logStream: "2026/11/21/[$LATEST]abc", failure: undefined });
  });

  it("tells the exception of a failed container", () => {
    const body = base64(JSON.stringify({ exception: "the container ended with exit code 3" }));
    const read = readAnswer("grey", answer({ statusCode: 500, headers, body, isBase64Encoded: true }));
    expect(read.failure).toBe("the container ended with exit code 3");
  });

  it("tells a failed answer without a known body by its status", () => {
    expect(readAnswer("grey", answer({ statusCode: 500, body: base64("oops") })).failure).toBe(
      "the function answered with status 500",
    );
  });

  it("tells Lambda's own errors", () => {
    const payload = { errorMessage: "r-1 Task timed out after 3.00 seconds", errorType: "Sandbox.Timedout" };
    const read = readAnswer("grey", answer(payload, { FunctionError: "Unhandled", LogResult: base64("START\n") }));
    expect(read.failure).toBe("Sandbox.Timedout: r-1 Task timed out after 3.00 seconds");
    expect(read.logTail).toBe("START\n");
    expect(read.output).toHaveLength(0);
  });

  it.each([
    ["null", "null"],
    ["text", '"hello"'],
    ["a list", "[1]"],
    ["no JSON", "<html>"],
    ["nothing", ""],
  ])("shows what another function returned: %s", (_, payload) => {
    const read = readAnswer("grey", answer(payload));
    expect(read.output.toString()).toBe(payload);
    expect(read).toMatchObject({ requestId: "sdk-id", logGroup: "/aws/lambda/grey", failure: undefined });
  });
});

describe("payloads", () => {
  it("carries a command as the text of a JSON list, as the original writes it", () => {
    expect(commandPayload(["echo", "a b", '"q"', "ñ😀"])).toEqual({
      cmd_args: '["echo", "a b", "\\"q\\"", "\\u00f1\\ud83d\\ude00"]',
    });
  });

  it("carries any command whole", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: "binary" })), (args) => {
        const { cmd_args } = commandPayload(args) as { cmd_args: string };
        expect(JSON.parse(cmd_args)).toEqual(args);
      }),
    );
  });

  it("carries a script in base64", () => {
    expect(scriptPayload(Buffer.from("#!/bin/sh\n"))).toEqual({ script: "IyEvYmluL3NoCg==" });
  });
});
