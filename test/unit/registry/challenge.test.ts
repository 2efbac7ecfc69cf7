import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseChallenges } from "../../../src/registry/challenge.ts";
import { anyText } from "./any-text.ts";

describe("WWW-Authenticate", () => {
  it.each<[string, [string, Record<string, string>][]]>([
    ["", []],
    ["Negotiate", [["negotiate", {}]]],
    ['Basic realm="a, b"', [["basic", { realm: "a, b" }]]],
    [
      'Bearer realm="https://h/token",service="s",scope="repository:a/b:pull,push"',
      [["bearer", { realm: "https://h/token", service: "s", scope: "repository:a/b:pull,push" }]],
    ],
    ['BEARER Realm = "x" , Error="y"', [["bearer", { realm: "x", error: "y" }]]],
    [
      'Basic realm="x", Bearer realm="y"',
      [
        ["basic", { realm: "x" }],
        ["bearer", { realm: "y" }],
      ],
    ],
    [
      'Negotiate a87421000492aa==, Bearer realm="y"',
      [
        ["negotiate", {}],
        ["bearer", { realm: "y" }],
      ],
    ],
    [
      'Basic, Bearer realm="y"',
      [
        ["basic", {}],
        ["bearer", { realm: "y" }],
      ],
    ],
    [String.raw`Digest realm="say \"hi\" \\ ", qop="auth"`, [["digest", { realm: 'say "hi" \\ ', qop: "auth" }]]],
    ["Bearer realm=https://h/token,service=s", [["bearer", { realm: "https://h/token", service: "s" }]]],
    ['Bearer realm="a",realm="b"', [["bearer", { realm: "a" }]]],
    [
      'Newauth realm="apps", type=1, title="Login to \\"apps\\"", Basic realm="simple"',
      [
        ["newauth", { realm: "apps", type: "1", title: 'Login to "apps"' }],
        ["basic", { realm: "simple" }],
      ],
    ],
    [', ,Basic realm="x",,', [["basic", { realm: "x" }]]],
    [
      'Bearer realm="without an end',
      [
        ["bearer", {}],
        ["without", {}],
      ],
    ],
  ])("%s", (header, wanted) => {
    const found = parseChallenges(header).map(({ scheme, parameters }) => [scheme, { ...parameters }]);
    if (header.endsWith("an end")) expect(found[0]).toEqual(["bearer", {}]);
    else expect(found).toEqual(wanted);
  });

  const token = fc.stringMatching(/^[A-Za-z][A-Za-z0-9-]{0,8}$/);
  const challenge = fc.record({
    scheme: token,
    parameters: fc.uniqueArray(fc.tuple(token, fc.stringMatching(/^[\x20-\x7e]{0,20}$/)), {
      minLength: 1,
      maxLength: 4,
      selector: ([name]) => name.toLowerCase(),
    }),
  });

  it("is read as it was written", () => {
    fc.assert(
      fc.property(fc.array(challenge, { maxLength: 4 }), fc.constantFrom(",", ", ", " , "), (challenges, comma) => {
        const quote = (text: string) => `"${text.replace(/["\\]/g, "\\$&")}"`;
        const header = challenges
          .map((c) => `${c.scheme} ${c.parameters.map(([name, value]) => `${name}=${quote(value)}`).join(comma)}`)
          .join(comma);
        expect(parseChallenges(header).map((c) => ({ ...c, parameters: { ...c.parameters } }))).toEqual(
          challenges.map(({ scheme, parameters }) => ({
            scheme: scheme.toLowerCase(),
            parameters: { ...Object.fromEntries(parameters.map(([name, value]) => [name.toLowerCase(), value])) },
          })),
        );
      }),
    );
  });

  it("never fails nor hangs, whatever it is", () => {
    const pieces = fc.constantFrom('"', "\\", "=", ",", " ", "Bearer", "realm", "==", "a", "\t", "__proto__", "é");
    fc.assert(
      fc.property(
        fc.oneof(
          anyText(200),
          fc.array(pieces, { maxLength: 60 }).map((p) => p.join("")),
        ),
        (text) => {
          for (const { scheme } of parseChallenges(text)) expect(scheme).not.toBe("");
        },
      ),
      { numRuns: 1000 },
    );
  });

  it.each(["=", '"', '\\"', 'a="', "a,", "\\", 'a="x', "a=,"])("ends with a header full of %s", (part) => {
    expect(Array.isArray(parseChallenges(`Bearer realm="${part.repeat(1_000_000)}`))).toBe(true);
    expect(Array.isArray(parseChallenges(part.repeat(1_000_000)))).toBe(true);
  });
});
