import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { messageOf } from "../../../../../src/providers/aws/endpoint/message.ts";
import { queryString } from "../../../../../src/providers/aws/endpoint/query.ts";

const MB = 1024 * 1024;
const api = (...binaryMediaTypes: string[]) => ({ binaryMediaTypes, hasAsync: true, authorization: "NONE" });
const file = (content: Buffer) => ({ kind: "file", content }) as const;
const json = (text: string) => ({ kind: "json", text }) as const;

describe("what is sent", () => {
  it("is a GET without data", () => {
    expect(messageOf({ kind: "none" }, api(), false)).toEqual({ method: "GET", headers: {} });
  });

  it("is a file as base64 text, as the original sent it", () => {
    const content = Buffer.from([0, 255, 128]);
    expect(messageOf(file(content), api(), false)).toEqual({
      method: "POST",
      headers: { "content-type": "application/octet-stream" },
      body: Buffer.from("AP+A"),
    });
    // To this API a file is text too.
    expect(messageOf(file(content), api("image/png"), false).body).toEqual(Buffer.from("AP+A"));
  });

  it.each(["application/octet-stream", "application/*", "*/*"])(
    "is the file itself to an API that takes %s for bytes",
    (type) => {
      const content = Buffer.from([0, 255, 128]);
      expect(messageOf(file(content), api("image/png", type), false)).toEqual({
        method: "POST",
        headers: { accept: "application/octet-stream", "content-type": "application/octet-stream" },
        body: content,
      });
    },
  );

  it("asks an API with binary media types for one of them, so that it decodes the answer", () => {
    expect(messageOf({ kind: "none" }, api("image/png", "image/jpeg"), false).headers).toEqual({ accept: "image/png" });
  });

  it("is JSON to the letter", () => {
    const text = '{ "a":1.0,\n"é": "\\u00e9" }';
    const { headers, body } = messageOf(json(text), api("*/*"), false);
    expect([headers["content-type"], body!.toString()]).toEqual(["application/json", text]);
  });
});

describe("what is too large is said before it is sent", () => {
  it.each([
    ["a file whose base64 Lambda takes", file(Buffer.alloc(4.4 * MB)), false, undefined],
    [
      "a file whose base64 it does not",
      file(Buffer.alloc(4.6 * MB)),
      false,
      /\d{7} bytes .* a synchronous call .* 6291456/,
    ],
    ["a file above API Gateway's 10 MB", file(Buffer.alloc(8 * MB)), false, /API Gateway may carry 10485760/],
    ["an event that Lambda keeps", file(Buffer.alloc(0.7 * MB)), true, undefined],
    ["one that it does not", file(Buffer.alloc(0.8 * MB)), true, /an asynchronous call .* 1048576/],
    ["JSON whose quotes are doubled in the event", json(`[${'"",'.repeat(1.4 * MB)}1]`), false, /a synchronous call/],
  ])("%s", (_name, data, asynchronous, message) => {
    const send = () => messageOf(data, api(), asynchronous);
    if (message === undefined) expect(send).not.toThrow();
    else expect(send).toThrow(message);
  });

  it("for bytes too, which Lambda gets in base64", () => {
    expect(() => messageOf(file(Buffer.alloc(4.6 * MB)), api("*/*"), false)).toThrow(/synchronous call/);
    expect(messageOf(file(Buffer.alloc(4 * MB)), api("*/*"), false).body).toHaveLength(4 * MB);
  });
});

it("a query is read as it was meant, with nothing that SigV4 would read otherwise", () => {
  const pair = fc.tuple(fc.string({ unit: "grapheme" }), fc.string({ unit: "grapheme" }));
  fc.assert(
    fc.property(fc.array(pair), (query) => {
      const text = queryString(query);
      expect([...new URLSearchParams(text)]).toEqual(query);
      expect(text).toMatch(/^[A-Za-z0-9\-._~%=&]*$/);
    }),
  );
});
