import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { queryOf } from "../../../src/cli/commands/invoke-data.ts";

const query = (parameters: unknown) => queryOf({ request: { parameters, authorization: "NONE" } });

describe("-p", () => {
  it.each([
    ['{"key1": "value1", "key2": ["value2", "value3"]}', "key1=value1 key2=value2 key2=value3"],
    [' {"n": 5, "b": true, "none": null, "list": [1, null]}', "n=5 b=true list=1"],
    ["a=1&b=2&a=3", "a=1 b=2 a=3"],
    ["?text=v%20w&plus=v+w&empty=", "text=v w plus=v w empty="],
    [{ a: "b", c: ["d", 1] }, "a=b c=d c=1"],
    [undefined, ""],
  ])("%j", (given, wanted) => {
    expect(
      query(given)
        .map(([key, value]) => `${key}=${value}`)
        .join(" "),
    ).toBe(wanted);
  });

  it.each([
    ["{bad", /-p: not JSON/],
    ["[1, 2]", /-p: the JSON is not an object/],
    ['"text"', /-p: the JSON is not an object/],
    ['{"a": {"b": 1}}', /-p: the value of 'a'/],
    ["mode", /-p: 'mode' is neither/],
  ])("%s is refused", (given, message) => {
    expect(() => query(given)).toThrow(message);
  });

  it("takes any query as a browser would write it", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.string(), fc.string()), { minLength: 1 }), (pairs) => {
        const text = new URLSearchParams(pairs.map(([key, value]): [string, string] => [`k${key}`, value])).toString();
        expect(query(text)).toEqual(pairs.map(([key, value]) => [`k${key}`, value]));
      }),
    );
  });
});
