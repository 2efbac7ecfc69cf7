import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compilePattern } from "../../../../src/local/logs/pattern/compile.ts";
import { AwsError } from "../../../../src/local/service.ts";

const matching = (pattern: string, ...messages: string[]): string[] => messages.filter(compilePattern(pattern));

const EVENT = {
  eventType: "UpdateTrail",
  sourceIPAddress: "111.111.111.111",
  arrayKey: ["value", "another value"],
  objectList: [
    { name: "a", id: 1 },
    { name: "b", id: 2 },
  ],
  SomeObject: null,
  ThisFlag: true,
  took: 1500,
  share: 1e-3,
  status: "404",
  user: { id: 1, email: "John.Stiles@example.com" },
  coordinates: [
    [0, 1],
    [4, 5],
  ],
  "with.dot": "x",
};
const LINE = '127.0.0.1 - frank [10/Oct/2000:13:25:15 -0700] "GET /index.html HTTP/1.0" 404 1534';

describe("words", () => {
  const lines = ["ERROR WARN message", "ERROR message", "WARN message", "Exiting with ERRORCODE: -1", "fine"];
  it.each([
    ["", [0, 1, 2, 3, 4]],
    ["ERROR", [0, 1, 3]],
    ["ERROR message", [0, 1]],
    ["error", []],
    ["ERROR -WARN", [1, 3]],
    ["-ERROR", [2, 4]],
    ["?ERROR ?WARN", [0, 1, 2, 3]],
    ["?WARN message -ERROR", [2]],
    ['"ERRORCODE: -1"', [3]],
    ['-"ERROR message" message', [0, 2]],
    ['"\\"" ', []],
  ])("%s", (pattern, found) => {
    expect(matching(pattern, ...lines)).toEqual(found.map((n) => lines[n]));
  });
});

describe("fields of JSON", () => {
  it.each([
    '{ $.eventType = "UpdateTrail" }',
    "{$.eventType=UpdateTrail}",
    '{ $.eventType = "Update*" }',
    "{ $.eventType = *Trail }",
    "{ $.eventType = *dateTr* }",
    "{ $.eventType = * }",
    "{ $.eventType EXISTS }",
    "{ $.sourceIPAddress != 123.123.* }",
    '{ $.arrayKey[0] = "value" }',
    "{ $.arrayKey[*] = another* }",
    "{ $.objectList[1].id = 2 }",
    '{ $.objectList[*].name = "b" }',
    "{ $.SomeObject IS NULL }",
    "{ $.SomeOtherObject NOT EXISTS }",
    "{ $.ThisFlag IS TRUE }",
    "{ $.took > 1e3 && $.took<=+1500 }",
    "{ $.share = 0.001 }",
    "{ $.status = 404 }",
    "{ $.status = %^4[0-9]{2}$% }",
    "{ $.eventType != %trail% }",
    '{ $.user.email = "John.Stiles@example.com" || $.coordinates[0][1] = nonmatch && $.eventType = nomatch }',
    "{ ($.user.id = 1) && ($.objectList[0].name = a) }",
    "{ $.['with.dot'] = x }",
    "{ $.user.* = 1 }",
  ])("match %s", (pattern) => {
    expect(compilePattern(pattern)(JSON.stringify(EVENT))).toBe(true);
  });

  it.each([
    "{ $.eventType = updatetrail }",
    '{ $.eventType = "Upd*Trail" }',
    "{ $.arrayKey = 1 }",
    "{ $.arrayKey != 1 }",
    "{ $.none != 1 }",
    "{ $.SomeOtherObject IS NULL }",
    "{ $.ThisFlag IS FALSE }",
    "{ $.took < 1500 }",
    "{ $.eventType > 1 }",
    "{ $.eventType[0] = U }",
    '{ ($.user.email = "John.Stiles@example.com" || $.coordinates[0][1] = nonmatch) && $.eventType = nomatch }',
  ])("do not match %s", (pattern) => {
    expect(compilePattern(pattern)(JSON.stringify(EVENT))).toBe(false);
  });

  it("are not found in what is no JSON", () => {
    expect(matching("{ $.x NOT EXISTS }", "plain text", "{", "7", '{"y":1}\n')).toEqual(['{"y":1}\n']);
  });
});

describe("columns", () => {
  it.each([
    "[ip, user, username, timestamp, request, status_code, bytes]",
    "[ip, user, username, timestamp, request, status_code, bytes > 1000]",
    "[ip, user, username, timestamp, request = *html*, status_code = 4*, bytes]",
    "[..., status_code = 4* && status_code != 403, bytes]",
    "[..., request=*.html*, status_code=4*,]",
    "[ip, ...]",
    "[ip = %127\\.0\\.0\\.[0-9]%, ..., size]",
    "[ip, , name = frank, ...]",
    '[..., request = "GET /index.html HTTP/1.0", code = 404 || code = 410, bytes]',
    "[a, b, c, ..., d, e, f, g]",
  ])("match %s", (pattern) => {
    expect(compilePattern(pattern)(LINE)).toBe(true);
  });

  it.each([
    "[ip, user]",
    "[ip, user, username, timestamp, request, status_code, bytes, more]",
    "[..., status_code = 5*, bytes]",
    "[..., bytes < 1000]",
    "[ip > 1, ...]",
    "[a, b, c, d, ..., e, f, g, h]",
  ])("do not match %s", (pattern) => {
    expect(compilePattern(pattern)(LINE)).toBe(false);
  });

  it("are compared in number", () => {
    const lines = ["ERROR WARN message", "ERROR message", "WARN message"];
    expect(matching("[w1=ERROR, w2]", ...lines)).toEqual([lines[1]]);
    expect(matching("[w1=ERROR || w1=WARN, w2]", ...lines)).toEqual(lines.slice(1));
    expect(matching("[w1!=ERROR && w1!=WARN, w2]", ...lines)).toEqual([]);
  });
});

it.each([
  ["%AUTHORIZED%", ["[ERROR 401] UNAUTHORIZED REQUEST", "AUTHORIZED"], ["authorized"]],
  ["%colou?r$%", ["a color\n", "colour"], ["colors"]],
  ["%^[hc]at|dog%", ["hat", "cat", "a dog"], ["a cat"]],
  ["%\\d{1,3}\\.\\d{1,3}%", ["10.2"], ["10-2"]],
])("the expression %s", (pattern, yes, no) => {
  expect(matching(pattern, ...yes, ...no)).toEqual(yes);
});

it.each([
  "foo-bar",
  "ERROR:",
  '"open',
  "-",
  "% %",
  "%(a)%",
  "%a!%",
  "%[%",
  "%a% b",
  "{",
  "{}",
  "{ $.x }",
  "{ $.x = }",
  "{ $.x == 1 }",
  "{ x = 1 }",
  "{ $ = 1 }",
  "{ $.x = 1 } more",
  "{ ($.x = 1 }",
  '{ $.x > "text" }',
  "{ $.x = %a% && $.y = %b% && $.z = %c% }",
  "[",
  "[a, ..., ...]",
  "[a = ]",
  "[a b]",
  "x".repeat(1025),
  `{ ${"(".repeat(500)}$.x = 1${")".repeat(500)} }`,
])("refuses %s", (pattern) => {
  expect(() => compilePattern(pattern)).toThrow(expect.objectContaining({ code: "InvalidParameterException" }));
});

describe("whatever is given", () => {
  const alphabet = fc.constantFrom(
    ...'{}[]()$.,=!<>&|*?-%"\\ \nab1IS'.split(""),
    "NOT EXISTS",
    "IS NULL",
    "...",
    "&&",
    "||",
  );
  it("either compiles, and then answers, or is refused as AWS does", () => {
    const patterns = fc.oneof(
      fc.string(),
      fc.array(alphabet, { maxLength: 30 }).map((parts) => parts.join("")),
    );
    fc.assert(
      fc.property(patterns, fc.oneof(fc.string(), fc.json()), (pattern, message) => {
        try {
          expect(typeof compilePattern(pattern)(message)).toBe("boolean");
        } catch (error) {
          if (!(error instanceof AwsError)) throw error;
          expect(error.code).toBe("InvalidParameterException");
        }
      }),
      { numRuns: 2000 },
    );
  });

  /** A condition on `$.a` or `$.b` as text, and what it means. */
  type Meaning = { readonly text: string; readonly holds: (event: Record<string, number>) => boolean };
  const condition: fc.Arbitrary<Meaning> = fc
    .tuple(fc.constantFrom("a", "b"), fc.constantFrom("=", "!=", "<", ">", "<=", ">="), fc.nat(3))
    .map(([field, operator, number]) => ({
      text: `$.${field} ${operator} ${number}`,
      holds: (event) => {
        const value = event[field];
        if (value === undefined) return false;
        if (operator === "=") return value === number;
        if (operator === "!=") return value !== number;
        if (operator.startsWith("<")) return value < number || (operator === "<=" && value === number);
        return value > number || (operator === ">=" && value === number);
      },
    }));
  const { expression } = fc.letrec<{ expression: Meaning }>((tie) => ({
    expression: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      condition,
      fc.tuple(tie("expression"), fc.constantFrom("&&", "||"), tie("expression")).map(([a, word, b]) => ({
        text: `(${a.text}) ${word} (${b.text})`,
        holds: (event: Record<string, number>) =>
          word === "&&" ? a.holds(event) && b.holds(event) : a.holds(event) || b.holds(event),
      })),
    ),
  }));

  it("conditions mean what they say", () => {
    const events = fc.record({ a: fc.nat(3), b: fc.nat(3) }, { requiredKeys: [] });
    fc.assert(
      fc.property(expression, events, ({ text, holds }, event) => {
        fc.pre(text.length < 900);
        expect(compilePattern(`{ ${text} }`)(JSON.stringify(event))).toBe(holds(event as Record<string, number>));
      }),
      { numRuns: 500 },
    );
  });

  it("hold nobody up, whatever the event is", () => {
    const brackets = "[ ".repeat(200_000);
    expect(matching("[first, ..., last]", brackets)).toEqual([brackets]);
    expect(matching("%a*a*a*b%", "a".repeat(20_000))).toEqual([]);
  });

  it("a quoted phrase is found where it is", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, maxLength: 20 }), fc.string(), fc.string(), (phrase, before, after) => {
        const quoted = `"${phrase.replace(/["\\]/g, "\\$&")}"`;
        expect(compilePattern(quoted)(before + phrase + after)).toBe(true);
        expect(compilePattern(`-${quoted}`)(before + phrase + after)).toBe(false);
      }),
    );
  });
});
