import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ScarError } from "../../../src/errors.ts";
import { isStorageEvent, parseEvent } from "../../../src/supervisor/events/parse.ts";

const base64 = (text: string): string => Buffer.from(text).toString("base64");
const s3Event = (key: string) => ({
  Records: [{ eventSource: "aws:s3", eventTime: "t", s3: { bucket: { name: "b" }, object: { key } } }],
});
const fileText = (payload: unknown): string | undefined => {
  const { input } = parseEvent(payload);
  return input.kind === "file" ? input.content.toString() : undefined;
};

describe("storage events", () => {
  it("name the object", () => {
    const { input } = parseEvent(s3Event("in/a+b"));
    expect(input).toMatchObject({ kind: "objects", records: [{ bucket: "b", key: "in/a b", eventTime: "t" }] });
    expect(isStorageEvent(s3Event("k"))).toBe(true);
  });

  it("keep every record", () => {
    const event = { Records: [...s3Event("1").Records, ...s3Event("2").Records] };
    const { input } = parseEvent(event);
    expect(input.kind === "objects" && input.records.map((r) => r.key)).toEqual(["1", "2"]);
  });

  it("may be delegated, as an object or as text", () => {
    for (const event of [s3Event("k"), JSON.stringify(s3Event("k"))]) {
      const payload = { event, storage_provider: "minio.x" };
      expect(parseEvent(payload)).toMatchObject({ input: { kind: "objects" }, event: s3Event("k") });
      expect(isStorageEvent(payload)).toBe(true);
    }
  });

  it.each(["minio:s3", "OneTrigger"])("of %s are recognised and refused", (eventSource) => {
    const payload = { Records: [{ eventSource }] };
    expect(isStorageEvent(payload)).toBe(true);
    expect(() => parseEvent(payload)).toThrow(new RegExp(`${eventSource}.*not supported yet`));
  });
});

describe("direct payloads", () => {
  it("carry a script", () => {
    expect(parseEvent({ script: base64("echo hi") })).toMatchObject({
      input: { kind: "none" },
      override: { kind: "script", content: Buffer.from("echo hi") },
    });
  });

  it("carry arguments as JSON text or as an array", () => {
    for (const cmd_args of ['["ls","-la"]', ["ls", "-la"]]) {
      expect(parseEvent({ cmd_args }).override).toEqual({ kind: "arguments", argv: ["ls", "-la"] });
    }
  });

  it("prefer the script", () => {
    expect(parseEvent({ script: "", cmd_args: "[1" }).override?.kind).toBe("script");
  });

  it("may give an object and a script", () => {
    const invocation = parseEvent({ ...s3Event("k"), script: base64("x") });
    expect([invocation.input.kind, invocation.override?.kind]).toEqual(["objects", "script"]);
  });

  it.each([
    [{ script: 5 }, /script/],
    [{ script: "not base64!" }, /script/],
    [{ cmd_args: "ls" }, /cmd_args/],
    [{ cmd_args: "[]" }, /cmd_args/],
    [{ cmd_args: '["a", 1]' }, /cmd_args/],
    [{ cmd_args: ["a\0b"] }, /cmd_args/],
  ])("that are wrong are refused by name: %j", (payload, message) => {
    expect(() => parseEvent(payload)).toThrow(message);
  });

  it.each([
    [{}],
    [{ event: 1 }],
    [{ Records: [] }],
    [{ Records: [{ eventSource: "aws:sqs" }] }],
    [[1, 2]],
    [5],
    [null],
  ])("of any other kind are a file: %j", (payload) => expect(JSON.parse(fileText(payload)!)).toEqual(payload));

  it("that are text are that text, though it speaks of a script", () => {
    expect(fileText("this is a script")).toBe("this is a script");
  });
});

describe("API Gateway requests", () => {
  const request = (body: unknown, more: object = {}) => ({ httpMethod: "POST", headers: {}, body, ...more });

  it("without a body have no input", () => {
    expect(parseEvent(request(null)).input).toEqual({ kind: "none" });
  });

  it("hand their query parameters over", () => {
    const event = request(null, { queryStringParameters: { size: "3", "a=b": "x" } });
    expect(parseEvent(event).variables).toEqual({ CONT_VAR_size: "3" });
  });

  it("with base64 are a file of bytes", () => {
    expect(fileText(request(base64("png"), { isBase64Encoded: true }))).toBe("png");
    expect(fileText(request(base64("png"), { headers: { "CONTENT-TYPE": "application/octet-stream" } }))).toBe("png");
  });

  it("with text are that text, though it looks like base64", () => {
    expect(fileText(request("abcd", { headers: { "content-type": "text/plain; charset=utf-8" } }))).toBe("abcd");
  });

  it("with JSON are read as an event, but never choose what runs", () => {
    const json = (body: unknown) => request(JSON.stringify(body), { headers: { "Content-Type": "application/json" } });
    expect(parseEvent(json(s3Event("k"))).input.kind).toBe("objects");
    expect(isStorageEvent(json(s3Event("k")))).toBe(false);
    expect(parseEvent(json({ script: base64("rm") })).override).toBeUndefined();
    expect(fileText(json({ script: "x" }))).toBe('{"script":"x"}');
    expect(fileText(request("{oops", { headers: { "Content-Type": "application/json" } }))).toBe("{oops");
  });
});

it("any JSON is an event or a ScarError, never a crash", () => {
  const key = fc.constantFrom(
    "Records",
    "script",
    "cmd_args",
    "event",
    "storage_provider",
    "httpMethod",
    "body",
    "headers",
    "s3",
  );
  const json = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof({ maxDepth: 4 }, fc.jsonValue(), fc.dictionary(key, tie("value")), fc.array(tie("value"))),
  })).value;
  fc.assert(
    fc.property(json, (payload) => {
      expect(typeof isStorageEvent(payload)).toBe("boolean");
      try {
        expect(parseEvent(payload).input.kind).toMatch(/objects|file|none/);
      } catch (error) {
        expect(error).toBeInstanceOf(ScarError);
      }
    }),
  );
});
