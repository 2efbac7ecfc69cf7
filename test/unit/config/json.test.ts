import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readJson } from "../../../src/config/json.ts";
import { ScarError } from "../../../src/errors.ts";

const messageOf = (text: string): string => {
  try {
    readJson(text, "f");
  } catch (error) {
    expect(error).toMatchObject({ code: "InvalidConfig", exitCode: 2 });
    return (error as Error).message;
  }
  return "no error";
};

describe("readJson", () => {
  it("reads what JSON.parse reads, with the same values", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.integer({ min: 0, max: 3 }), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        expect(readJson(text, "f").value).toEqual(JSON.parse(text));
      }),
    );
  });

  it("refuses what JSON.parse refuses, and nothing else", () => {
    const pieces = [
      "{",
      "}",
      "[",
      "]",
      ",",
      ":",
      '"a"',
      '"b"',
      "1",
      "-0.5e+3",
      "01",
      "tru",
      "true",
      "null",
      " ",
      "\n",
      "'",
      "//",
    ];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...pieces), { maxLength: 12 }), (parts) => {
        const text = `{"x":${parts.join("")}}`;
        let expected: unknown;
        try {
          expected = JSON.parse(text);
        } catch {
          expect(messageOf(text)).toMatch(/^f:\d+:\d+: not JSON: /);
          return;
        }
        expect(readJson(text, "f").value).toEqual(expected);
      }),
      { numRuns: 2000 },
    );
  });

  it("never fails otherwise", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 40 }), (text) => {
        try {
          readJson(text, "f");
        } catch (error) {
          expect(error).toBeInstanceOf(ScarError);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it.each([
    ["", "f:1:1: not JSON: the file is empty"],
    ['{"a": 1,}', "f:1:9: not JSON: no '}' may follow a ','"],
    ['{"a": [1, 2,]}', "f:1:13: not JSON: no ']' may follow a ','"],
    ['{"a": 1\n "b": 2}', "f:2:2: not JSON: a ',' or '}' is expected, not '\"'"],
    ["{'a': 1}", "f:1:2: not JSON: a key in double quotes is expected, not '''"],
    ["{a: 1}", "f:1:2: not JSON: a key in double quotes is expected, not 'a'"],
    ['{"a" = 1}', "f:1:6: not JSON: a ':' is expected after the key, not '='"],
    ['{"a": True}', "f:1:7: not JSON: a value is expected, not 'T'"],
    ["{\"a\": 'x'}", "f:1:7: not JSON: a value is expected, not '''"],
    ['{"a": "x}\n', "f:1:7: not JSON: the text is not closed on its line"],
    ['{"a": "C:\\x"}', "f:1:7: not JSON: the text has a wrong escape: a backslash is written \\\\"],
    ['{"a": 1} // mine', "f:1:10: not JSON: nothing may follow the last '}', not '/'"],
    ['{"a": 1', "f:1:8: not JSON: a ',' or '}' is expected, not the end of the file"],
    [`{"a": ${"[".repeat(200_000)}`, "f:1:107: not JSON: values stand at most 100 levels deep"],
    ['"x"', "f: must be a JSON object"],
  ])("%j", (text, message) => {
    expect(messageOf(text)).toBe(message);
  });

  it("knows where values stand, and what stands twice", () => {
    const { value, locate, duplicates } = readJson(
      '\uFEFF{"a": {\r\n\t"b": [1,\n 2]}, "a":\n{"c":1}, "__proto__": 1}',
      "f",
    );
    expect(Object.entries(value)).toEqual([
      ["a", { c: 1 }],
      ["__proto__", 1],
    ]);
    expect([locate("a.b[1]"), locate("a.b[1].none"), locate("a.c"), locate("none")]).toEqual([
      "f:3:2",
      "f:3:2",
      "f:4:6",
      "f",
    ]);
    expect(duplicates).toEqual([{ path: "a", message: "stands twice in the same object", location: "f:3:7" }]);
  });
});
