import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ScarError } from "../../../src/errors.ts";
import { isEndpointRequest, isServiceEvent, parseEvent } from "../../../src/supervisor/events/parse.ts";

const base64 = (content: string | Uint8Array): string => Buffer.from(content).toString("base64");

/** Payload format 1.0, as REST APIs send it. */
const version1 = (body: string | null, more: object = {}): object => ({
  resource: "/{proxy+}",
  path: "/launch",
  httpMethod: "POST",
  headers: {},
  multiValueHeaders: {},
  queryStringParameters: null,
  multiValueQueryStringParameters: null,
  requestContext: { stage: "scar", httpMethod: "POST" },
  body,
  isBase64Encoded: false,
  ...more,
});

/** Payload format 2.0, as HTTP APIs and function URLs send it. */
const version2 = (body: string | undefined, more: object = {}): object => ({
  version: "2.0",
  routeKey: "$default",
  rawPath: "/launch",
  rawQueryString: "",
  cookies: ["a=1"],
  headers: {},
  requestContext: { http: { method: "POST", path: "/launch", protocol: "HTTP/1.1", sourceIp: "192.0.2.1" } },
  ...(body === undefined ? {} : { body }),
  isBase64Encoded: false,
  ...more,
});

const FORMATS = [
  { name: "1.0", request: version1 as (body: string, more?: object) => object, type: "Content-Type" },
  { name: "2.0", request: version2 as (body: string, more?: object) => object, type: "content-type" },
];

const fileOf = (event: object): Buffer | undefined => {
  const [job] = parseEvent(event).jobs;
  return job?.input.kind === "file" ? job.input.content : undefined;
};

const codeOf = (event: object): string | undefined => {
  try {
    parseEvent(event);
    return undefined;
  } catch (error) {
    return (error as ScarError).code;
  }
};

describe.each(FORMATS)("a request of payload format $name", ({ request, type }) => {
  const typed = (body: string, contentType: string, more: object = {}): object =>
    request(body, { headers: { [type]: contentType }, ...more });

  it("is one of an endpoint, and none of a service", () => {
    expect(isEndpointRequest(request(""))).toBe(true);
    expect(isServiceEvent(request(""))).toBe(false);
  });

  it("without a body has no input", () => {
    expect(parseEvent(request("")).jobs).toMatchObject([{ input: { kind: "none" }, event: request("") }]);
  });

  it("carries any bytes as base64, said so or not, in lines or not", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 200 }), (bytes) => {
        const lines = base64(bytes).replace(/.{76}/g, "$&\n");
        expect(fileOf(typed(base64(bytes), "image/png", { isBase64Encoded: true }))).toEqual(Buffer.from(bytes));
        expect(fileOf(typed(lines, "application/octet-stream"))).toEqual(Buffer.from(bytes));
        // What curl says of --data when nobody tells it.
        expect(fileOf(typed(lines, "application/x-www-form-urlencoded"))).toEqual(Buffer.from(bytes));
        expect(fileOf(request(lines))).toEqual(Buffer.from(bytes));
      }),
    );
  });

  it("keeps text, and forms, as they are", () => {
    expect(String(fileOf(typed("abcd", "Text/Plain; charset=utf-8")))).toBe("abcd");
    expect(String(fileOf(typed("a=1&b=2", "application/x-www-form-urlencoded")))).toBe("a=1&b=2");
    expect(String(fileOf(typed("not base64!", "application/octet-stream")))).toBe("not base64!");
  });

  it("with wrong base64, or bytes that an API took for text, is refused", () => {
    expect(codeOf(typed("not base64!", "image/png", { isBase64Encoded: true }))).toBe("InvalidBody");
    const damaged = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0xff]).toString("utf8");
    expect(codeOf(typed(damaged, "image/png"))).toBe("InvalidBody");
    expect(codeOf(typed(damaged, "text/plain"))).toBeUndefined();
  });

  it("is read as the event in its JSON body, encoded or not", () => {
    const event = { Records: [{ eventSource: "aws:s3", s3: { bucket: { name: "b" }, object: { key: "k" } } }] };
    const text = JSON.stringify(event);
    for (const one of [
      typed(text, "application/json"),
      typed(base64(text), "Application/JSON; charset=utf-8", { isBase64Encoded: true }),
      typed(JSON.stringify({ event, storage_provider: "s3" }), "application/json"),
    ]) {
      expect(parseEvent(one).jobs).toMatchObject([{ input: { kind: "object", record: { bucket: "b", key: "k" } } }]);
    }
  });

  it("never chooses what runs, wherever it says so", () => {
    const wish = { script: base64("id"), cmd_args: '["id"]', cmd_env: { A: "1" } };
    const text = JSON.stringify(wish);
    const plain = parseEvent(request(""));
    for (const one of [
      typed(text, "application/json"),
      typed(base64(text), "application/json", { isBase64Encoded: true }),
      typed(text, "text/plain"),
      typed(JSON.stringify({ event: wish, storage_provider: "s3" }), "application/json"),
      typed(JSON.stringify({ httpMethod: "POST", body: text, ...wish }), "application/json"),
      request("", { headers: wish, queryStringParameters: null }),
    ]) {
      expect(parseEvent(one)).toMatchObject({ override: undefined, variables: plain.variables });
    }
  });
});

it("a query gives the container's variables, the last value of each", () => {
  const wanted = { CONT_VAR_size: "a b", CONT_VAR_n: "2", CONT_VAR_PATH: "/x" };
  const queryStringParameters = { size: "a b", n: "2", PATH: "/x", "a=b": "x" };
  expect(parseEvent(version1(null, { queryStringParameters })).variables).toEqual(wanted);
  const rawQueryString = "size=a+b&n=1&n=2&PATH=%2Fx&a%3Db=x";
  const joined = { ...queryStringParameters, n: "1,2" };
  expect(parseEvent(version2(undefined, { rawQueryString, queryStringParameters: joined })).variables).toEqual(wanted);
});

it("a query can set no variable but CONT_VAR_*", () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.string()), (queryStringParameters) => {
      for (const name of Object.keys(parseEvent(version1(null, { queryStringParameters })).variables)) {
        expect(name).toMatch(/^CONT_VAR_[^=\0]+$/);
      }
    }),
  );
});

it("any request is an invocation or a ScarError, never a crash", () => {
  const anything = fc.jsonValue({ maxDepth: 3 });
  const fields = fc.record(
    {
      headers: anything,
      multiValueHeaders: anything,
      body: anything,
      isBase64Encoded: anything,
      rawQueryString: anything,
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(fields, fc.boolean(), (more, newer) => {
      try {
        parseEvent(newer ? version2("", more) : version1("", more));
      } catch (error) {
        expect(error).toBeInstanceOf(ScarError);
      }
    }),
  );
});
