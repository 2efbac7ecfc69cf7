import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ScarError } from "../../../src/errors.ts";
import { type Input, isServiceEvent, parseEvent } from "../../../src/supervisor/events/parse.ts";

const base64 = (text: string): string => Buffer.from(text).toString("base64");
const s3Event = (key: string) => ({
  Records: [{ eventSource: "aws:s3", eventTime: "t", s3: { bucket: { name: "b" }, object: { key } } }],
});
const inputsOf = (payload: unknown): Input[] => parseEvent(payload).jobs.map((job) => job.input);
const keysOf = (payload: unknown) => inputsOf(payload).map((i) => (i.kind === "object" ? i.record.key : i.kind));
const notesOf = (payload: unknown) => parseEvent(payload).notes.map((note) => `${note.level}: ${note.message}`);
const fileText = (payload: unknown): string | undefined => {
  const [input, ...more] = inputsOf(payload);
  expect(more).toEqual([]);
  return input?.kind === "file" ? input.content.toString() : undefined;
};

describe("storage events", () => {
  it("name the object", () => {
    const { jobs, notes } = parseEvent(s3Event("in/a+b"));
    const event = s3Event("in/a+b");
    expect(jobs).toMatchObject([
      { input: { kind: "object", record: { bucket: "b", key: "in/a b", eventTime: "t" } }, event },
    ]);
    expect(notes).toEqual([]);
    expect(isServiceEvent(s3Event("k"))).toBe(true);
  });

  it("are one run for each record, which sees no other", () => {
    const event = { Records: [...s3Event("1").Records, ...s3Event("2").Records] };
    expect(keysOf(event)).toEqual(["1", "2"]);
    expect(parseEvent(event).jobs.map((job) => job.event)).toEqual([s3Event("1"), s3Event("2")]);
  });

  it("may be delegated, as an object or as text", () => {
    for (const event of [s3Event("k"), JSON.stringify(s3Event("k"))]) {
      const payload = { event, storage_provider: "minio.x" };
      expect(parseEvent(payload).jobs).toMatchObject([{ input: { kind: "object" }, event: s3Event("k") }]);
      expect(isServiceEvent(payload)).toBe(true);
    }
  });

  it("of a folder marker or of S3's own test run nothing, and say why", () => {
    expect(keysOf(s3Event("in/"))).toEqual([]);
    expect(notesOf(s3Event("in/"))).toEqual(["info: s3://b/in/ is a folder marker, nothing to process"]);
    const test = { Service: "Amazon S3", Event: "s3:TestEvent", Time: "t", Bucket: "b" };
    expect(keysOf(test)).toEqual([]);
    expect(notesOf(test)).toEqual(["info: s3:TestEvent: S3 tries its notification, nothing to process"]);
    expect(isServiceEvent(test)).toBe(true);
  });

  it("that are malformed are a file, and the log names what they lack", () => {
    const event = { Records: [{ eventSource: "aws:s3", s3: { bucket: { name: "b" } } }] };
    expect(JSON.parse(fileText(event)!)).toEqual(event);
    expect(notesOf(event)).toEqual([
      "warning: Records[0] says that it is of S3, but s3.object.key is missing: it is handed over in the input file event.json",
    ]);
    expect(isServiceEvent(event)).toBe(true);
  });

  it.each(["minio:s3", "OneTrigger"])("of %s are recognised and refused", (eventSource) => {
    const payload = { Records: [{ eventSource }] };
    expect(isServiceEvent(payload)).toBe(true);
    expect(() => parseEvent(payload)).toThrow(new RegExp(`${eventSource}.*not supported yet`));
  });
});

describe("S3's events in envelopes", () => {
  const sqs = (...bodies: unknown[]) => ({
    Records: bodies.map((body) => ({ eventSource: "aws:sqs", body: JSON.stringify(body) })),
  });
  const sns = (message: unknown) => ({
    Records: [{ EventSource: "aws:sns", Sns: { Message: JSON.stringify(message) } }],
  });
  const envelope = (message: unknown) => ({
    Type: "Notification",
    TopicArn: "arn:aws:sns:eu-south-2:1:t",
    Message: JSON.stringify(message),
  });
  const bridge = {
    source: "aws.s3",
    "detail-type": "Object Created",
    time: "t",
    detail: { bucket: { name: "b" }, object: { key: "a+b%20c", size: 3 } },
  };

  it.each([
    ["a queue", sqs(s3Event("k+1"))],
    ["a topic", sns(s3Event("k+1"))],
    ["a topic's queue", sqs(envelope(s3Event("k+1")))],
  ])("come by %s, and the container sees S3's event", (_, event) => {
    expect(keysOf(event)).toEqual(["k 1"]);
    expect(parseEvent(event).jobs[0]!.event).toEqual(s3Event("k+1"));
    expect(isServiceEvent(event)).toBe(true);
  });

  it("come by EventBridge, whose keys are not encoded", () => {
    for (const event of [bridge, sqs(bridge)]) {
      const record = { bucket: "b", key: "a+b%20c", size: 3, eventTime: "t" };
      expect(parseEvent(event).jobs).toMatchObject([{ input: { kind: "object", record }, event: bridge }]);
      expect(isServiceEvent(event)).toBe(true);
    }
    const deleted = { ...bridge, "detail-type": "Object Deleted" };
    expect(JSON.parse(fileText(deleted)!)).toEqual(deleted);
    expect(notesOf(deleted)[0]).toMatch(/^info: the event is an 'Object Deleted' of EventBridge/);
    expect(notesOf({ ...bridge, detail: {} })[0]).toMatch(/^warning: .*detail\.bucket\.name is missing/);
  });

  it("may be mixed with others: each record is looked at", () => {
    const test = { Service: "Amazon S3", Event: "s3:TestEvent", Bucket: "b" };
    const other = { eventSource: "aws:sqs", body: "hello" };
    const event = { Records: [other, ...sqs(s3Event("k"), test).Records, { eventSource: "aws:s3" }] };
    expect(keysOf(event)).toEqual(["file", "k", "file"]);
    expect(parseEvent(event).jobs[0]!.event).toEqual({ Records: [other] });
    expect(notesOf(event)).toEqual([
      expect.stringMatching(/^info: Records\[0\] is a message of a queue that holds no event of S3/),
      expect.stringMatching(/TestEvent/),
      expect.stringMatching(/^warning: Records\[3\] .*s3\.bucket\.name is missing/),
    ]);
  });

  it("of anything else are one file, whole", () => {
    const event = sqs("one", { two: 2 });
    expect(JSON.parse(fileText(event)!)).toEqual(event);
    expect(notesOf(event)).toHaveLength(2);
  });
});

describe("direct payloads", () => {
  it("carry a script", () => {
    expect(parseEvent({ script: base64("echo hi") })).toMatchObject({
      jobs: [{ input: { kind: "none" } }],
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

  it("may give the container variables, which are no part of the event", () => {
    const cmd_env = { A: "1", B_2: "x=y" };
    const plain = parseEvent({});
    expect(parseEvent({ cmd_env })).toEqual({ ...plain, variables: cmd_env });
    expect(parseEvent({ cmd_args: ["ls"], cmd_env })).toEqual({
      ...parseEvent({ cmd_args: ["ls"] }),
      variables: cmd_env,
    });
    expect(parseEvent({ ...s3Event("k"), cmd_env })).toEqual({ ...parseEvent(s3Event("k")), variables: cmd_env });
    const request = { httpMethod: "POST", body: JSON.stringify({ cmd_env }), cmd_env };
    expect(parseEvent(request).variables).toEqual({});
  });

  it("may give an object and a script", () => {
    const payload = { ...s3Event("k"), script: base64("x") };
    expect([keysOf(payload), parseEvent(payload).override?.kind]).toEqual([["k"], "script"]);
  });

  it.each([
    [{ script: 5 }, /script/],
    [{ script: "not base64!" }, /script/],
    [{ cmd_args: "ls" }, /cmd_args/],
    [{ cmd_args: "[]" }, /cmd_args/],
    [{ cmd_args: '["a", 1]' }, /cmd_args/],
    [{ cmd_args: ["a\0b"] }, /cmd_args/],
    [{ cmd_env: "A=1" }, /cmd_env/],
    [{ cmd_env: { A: 1 } }, /cmd_env/],
    [{ cmd_env: { "A=B": "1" } }, /cmd_env/],
    [{ cmd_env: null }, /cmd_env/],
  ])("that are wrong are refused by name: %j", (payload, message) => {
    expect(() => parseEvent(payload)).toThrow(message);
  });

  it.each([
    [{}],
    [{ event: 1 }],
    [{ Records: [] }],
    [{ Records: [{ id: 1 }] }],
    [{ Records: [{ eventSource: "mine" }] }],
    [{ event_type: "UNKNOWN", event: { Records: s3Event("k").Records } }],
    [[1, 2]],
    [5],
    [null],
  ])("of any other kind are a file: %j", (payload) => {
    expect(JSON.parse(fileText(payload)!)).toEqual(payload);
    expect(isServiceEvent(payload)).toBe(false);
  });

  it("are explained by their form and keys, never by their values", () => {
    const said = (payload: unknown) => /the event is (.*), and none that SCAR knows/.exec(notesOf(payload)[0]!)?.[1];
    expect(said({ password: "hunter2", b: 1 })).toBe("an object with 'password', 'b'");
    expect([[1, 2], null, 5, "t", {}].map(said)).toEqual([
      "a list of 2",
      "null",
      "a number",
      "a text",
      "an empty object",
    ]);
    const many = Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`${i}`.padStart(100, "k"), 1]));
    expect(said(many)!.length).toBeLessThan(600);
    expect(said(many)).toMatch(/ and 4990 more$/);
  });

  it("that are text are that text, though it speaks of a script", () => {
    expect(fileText("this is a script")).toBe("this is a script");
  });
});

describe("API Gateway requests", () => {
  const request = (body: unknown, more: object = {}) => ({ httpMethod: "POST", headers: {}, body, ...more });

  it("without a body have no input", () => {
    expect(inputsOf(request(null))).toEqual([{ kind: "none" }]);
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
    expect(keysOf(json(s3Event("k")))).toEqual(["k"]);
    expect(isServiceEvent(json(s3Event("k")))).toBe(false);
    expect(parseEvent(json({ script: base64("rm") })).override).toBeUndefined();
    expect(fileText(json({ script: "x" }))).toBe('{"script":"x"}');
    expect(fileText(request("{oops", { headers: { "Content-Type": "application/json" } }))).toBe("{oops");
  });
});

it("what an object calls its toString is never called", () => {
  const odd = { toString: 1 };
  expect(parseEvent({ source: "aws.s3", "detail-type": odd }).notes).toHaveLength(1);
  const request = {
    httpMethod: "POST",
    body: "x",
    headers: { "content-type": odd },
    queryStringParameters: { q: odd },
  };
  expect(parseEvent(request).variables).toEqual({ CONT_VAR_q: '{"toString":1}' });
});

it("any JSON is an event or a ScarError, never a crash", () => {
  const key = fc.constantFrom(
    ...["Records", "eventSource", "EventSource", "Sns", "Message", "TopicArn", "s3", "bucket", "name", "object", "key"],
    ...[
      "script",
      "cmd_args",
      "event",
      "storage_provider",
      "httpMethod",
      "body",
      "headers",
      "source",
      "detail-type",
      "detail",
      "queryStringParameters",
      "content-type",
      "toString",
    ],
  );
  const value = fc.constantFrom("aws:s3", "aws:sqs", "aws:sns", "aws.s3", "Object Created", '{"Records":[null]}', "");
  const json = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof({ maxDepth: 6 }, value, fc.jsonValue(), fc.dictionary(key, tie("value")), fc.array(tie("value"))),
  })).value;
  fc.assert(
    fc.property(json, (payload) => {
      expect(typeof isServiceEvent(payload)).toBe("boolean");
      try {
        for (const { input } of parseEvent(payload).jobs) expect(input.kind).toMatch(/object|file|none/);
      } catch (error) {
        expect(error).toBeInstanceOf(ScarError);
      }
    }),
    { numRuns: 2000 },
  );
});

it("an object's key arrives as it is, however its event came", () => {
  const key = fc.string({ unit: "binary", minLength: 1, maxLength: 60 });
  const form = (text: string): string => new URLSearchParams({ k: text }).toString().slice(2);
  fc.assert(
    fc.property(key, fc.integer({ min: 0, max: 3 }), (text, depth) => {
      let event: unknown = {
        Records: [{ eventSource: "aws:s3", s3: { bucket: { name: "b" }, object: { key: form(text), size: 1 } } }],
      };
      for (let i = 0; i < depth; i++) event = { Records: [{ eventSource: "aws:sqs", body: JSON.stringify(event) }] };
      expect(keysOf(event)).toEqual([text]);
    }),
  );
});
