import { readFileSync } from "node:fs";
import fc from "fast-check";
import { dump } from "js-yaml";
import { describe, expect, it } from "vitest";
import { ScarError } from "../../../src/errors.ts";
import { parseFdl } from "../../../src/fdl/parse.ts";

const parse = (text: string) => parseFdl(text, "f.yaml");

function failure(text: string): ScarError {
  try {
    parse(text);
  } catch (error) {
    if (error instanceof ScarError) return error;
    throw error;
  }
  throw new Error("it was accepted");
}

describe("scalars are YAML 1.1's, as the original read them", () => {
  it.each([
    ["yes", true],
    ["Off", false],
    ["true", true],
    ["y", "y"],
    ["~", null],
    ["", null],
    ["null", null],
    ["012", 10],
    ["0x1F", 31],
    ["0b101", 5],
    ["1_000", 1000],
    ["1:30", 90],
    ["-5", -5],
    ["+5", 5],
    ["1.10", 1.1],
    ["1.", 1],
    [".5", 0.5],
    ["-.5", "-.5"],
    ["6.8523015e+5", 685230.15],
    ["1:30.5", 90.5],
    [".inf", Number.POSITIVE_INFINITY],
    ["1e3", "1e3"],
    ["08", "08"],
    ["0o14", "0o14"],
    ["2026-11-21", "2026-11-21"],
    ["'yes'", "yes"],
    ['"012"', "012"],
  ])("a: %s", (written, value) => {
    expect(parse(`a: ${written}`).value).toEqual({ a: value });
  });
});

describe("variables keep the text as written", () => {
  it.each([
    ["1.10", "1.10"],
    ["yes", "yes"],
    ["012", "012"],
    ["1e3", "1e3"],
    ["0x1F", "0x1F"],
    ["", ""],
    ['"~"', "~"],
    ["~", null],
    ["null", null],
    ["a: b", undefined],
  ])("V: %s", (written, text) => {
    if (text === undefined)
      return expect(failure(`environment:\n  Variables:\n    V: ${written}`).code).toBe("InvalidYaml");
    const { value } = parse(`environment:\n  Variables:\n    V: ${written}`);
    expect(value).toEqual({ environment: { Variables: { V: text } } });
  });

  it("keys too", () => {
    expect(parse("environment: {Variables: {YES: 1, 012: 2}}").value).toEqual({
      environment: { Variables: { YES: "1", "012": "2" } },
    });
  });
});

describe("what is no FDL is refused with its place", () => {
  it.each([
    ["a:\n  b: 1\n c: 2\n", /^f\.yaml:3:2: wrong indentation: .*\n {5}c: 2\n {5}\^$/],
    ["a:\n\tb: 1\n", /^f\.yaml:2:1: tab characters: YAML is indented with spaces\n {4}\tb: 1\n {4}\^$/],
    ["a:\n  - b\n - c\n", /^f\.yaml:3:2: wrong indentation: /],
    ["a: [1, 2\n", /^f\.yaml:2:1: a '\[' or '\{' is not closed$/],
    ["a: 1\na: 2\n", /^f\.yaml:2:1: duplicated mapping key: remove one of the two/],
    ["a: 'x\n", /^f\.yaml:2:1: a ' is not closed$/],
    ['a: "\\q"\n', /^f\.yaml:1:6: no escape that YAML knows/],
    ["a: 1\nb\nc: 2\n", /^f\.yaml:3:\d: a ':' is missing after a key/],
    ["a: !!python/object/apply:os.system [ls]\n", /^f\.yaml:1:\d+: '!' begins a tag/],
    ["a: *nowhere\n", /^f\.yaml:1:\d+: '\*' begins a reference to an anchor/],
    ["a: 1\n---\nb: 2\n", /^f\.yaml:2:1: a second document begins: an FDL is one, remove the '---'$/],
    ["# c\n---\na: 1\n---\nb: 2\n", /^f\.yaml:4:1: a second document begins/],
    ["%YAML 1.1\n---\na: 1\n...\n---\nb: 2\n", /^f\.yaml:4:1: a second document begins/],
    ["? [a, b]\n: 1\n", /^f\.yaml:1:3: a key must be text, not a list or a mapping$/],
    ["a:\n  ? {b: 1}\n  : 1\n", /^f\.yaml:2:5: a key must be text/],
    ["a: b\u0007\n", /^f\.yaml:1:5: has a control character \(\\u0007\): remove it$/],
    ["", /^f\.yaml: the file is empty: an FDL begins with 'functions:'$/],
    ["# only a comment\n", /^f\.yaml: the file is empty/],
    ["~", /^f\.yaml: the file is empty/],
    ["- a\n", /^f\.yaml:1:1: a mapping with the key 'functions' is expected, not a list$/],
    ["text", /^f\.yaml:1:1: .* not 'text'$/],
    ["\u0000", /^f\.yaml:1:1: has a control character/],
  ])("%j", (text, message) => {
    const { code, exitCode, message: got } = failure(text);
    expect(got).toMatch(message);
    expect({ code, exitCode }).toEqual({ code: "InvalidYaml", exitCode: 2 });
  });

  it("without showing a secret", () => {
    const { message } = failure('storage_providers:\n  s3: {mine: {access_key: AKIA1, secret_key: "hidden" x}}\n');
    expect(message).toMatch(/^f\.yaml:2:\d+: /);
    expect(message).not.toMatch(/hidden|AKIA1/);
  });

  it.each([
    "registry_auth:\n  username: u\n  password: *hidden\n",
    "registry_auth: {username: u, password: !hidden x}\n",
    "registry_auth:\n  password: |\n    x\n   hidden\n",
    "storage_providers:\n  minio:\n    mine:\n      other: [hidden\n      - x\n",
    "environment:\n  Variables:\n    A: 'hidden' b\n",
    "secret_key: &hidden &hidden x\n",
  ])("nor one that YAML takes for something else: %j", (text) => {
    expect(failure(text).message).not.toMatch(/hidden/);
  });

  it("files that are made to explode", () => {
    const levels = Array.from(
      { length: 9 },
      (_, i) => `a${i + 1}: &a${i + 1} [${Array(10).fill(`*a${i}`).join(", ")}]`,
    );
    expect(failure(`a0: &a0 x\n${levels.join("\n")}\n`).message).toMatch(
      /^f\.yaml:\d+:\d+: its anchors expand to too many values/,
    );
    expect(failure("a: &a\n  b: *a\n").message).toMatch(/expand to too many values|unidentified alias/);
    expect(failure(`a: ${"x".repeat(1024 * 1024)}`).message).toMatch(/larger than 1 MiB/);
    for (const open of ["[", "{a: ", "- ", "? "]) {
      expect(failure(open.repeat(5000)).code).toBe("InvalidYaml");
      expect(failure(open.repeat(250_000)).code).toBe("InvalidYaml");
    }
  });
});

it("a file that is as large as may be, with a problem in every line, takes no time that grows with its square", () => {
  const names = Array.from({ length: 70_000 }, (_, i) => `key${i}`);
  const document = parse(names.map((name) => `${name}: x`).join("\n"));
  expect(names.map((name) => document.locate(name, "key")).at(-1)).toBe("f.yaml:70000:1");
});

it("a byte order mark and Windows line ends shift no place", () => {
  const document = parse("\uFEFFa: 1\r\nb:\r\n  c: 2\r\n");
  expect(document.value).toEqual({ a: 1, b: { c: 2 } });
  expect(["a", "b.c"].map((path) => document.locate(path))).toEqual(["f.yaml:1:4", "f.yaml:3:6"]);
});

describe("places", () => {
  const text = `# comment
functions:
  aws:
  - lambda:
      name: one   # its name
      empty:
      memory: 64
      list: [a, {b: c}]
      "quoted key": >
        folded
  -
    lambda: {name: two}
shared: &anchor
  deep: 1
copy:
  <<: *anchor
  own: *anchor
nothing:
last: null
`;
  it.each([
    ["functions", "3:3"],
    ["functions.aws", "4:3"],
    ["functions.aws[0].lambda.name", "5:13"],
    ["functions.aws[0].lambda.empty", "6:7"],
    ["functions.aws[0].lambda.memory", "7:15"],
    ["functions.aws[0].lambda.list[0]", "8:14"],
    ["functions.aws[0].lambda.list[1].b", "8:21"],
    ["functions.aws[0].lambda.quoted key", "9:21"],
    ["functions.aws[1].lambda.name", "12:20"],
    ["shared.deep", "14:9"],
    ["copy.own", "17:8"],
    ["nothing", "18:1"],
    ["last", "19:7"],
    ["functions.aws[0].lambda.missing", "5:7"],
    ["functions.aws[7].lambda", "4:3"],
    ["unheard.of", "1:1"],
  ])("%s", (path, place) => {
    expect(parse(text).locate(path)).toBe(`f.yaml:${place}`);
  });

  it("are those of the value, for any document", () => {
    const key = fc.stringMatching(/^[a-z]{1,5}$/);
    const leaf = fc.oneof(fc.stringMatching(/^[a-z][a-z ]{0,8}[a-z]$/), fc.integer({ min: 1, max: 9999 }));
    const { tree } = fc.letrec((tie) => ({
      tree: fc.dictionary(key, fc.oneof({ depthSize: "small" }, leaf, tie("tree"), fc.array(leaf, { maxLength: 3 })), {
        minKeys: 1,
        maxKeys: 4,
      }),
    }));
    fc.assert(
      fc.property(tree, fc.constantFrom(1, 2), fc.boolean(), (value, flow, noArrayIndent) => {
        const text = dump(value, { flowLevel: flow === 1 ? -1 : 2, noArrayIndent });
        const document = parseFdl(text, "f");
        expect(document.value).toEqual(value);
        for (const [path, scalar] of leaves(value, "")) {
          const [line, column] = document.locate(path).split(":").slice(1).map(Number) as [number, number];
          const there = text.split("\n")[line - 1]!.slice(column - 1);
          expect(there.replace(/^['"]/, "").startsWith(String(scalar)), `${path} in\n${text}`).toBe(true);
        }
      }),
    );
  });
});

function leaves(value: unknown, path: string): [string, unknown][] {
  if (Array.isArray(value)) return value.flatMap((item, i) => leaves(item, `${path}[${i}]`));
  if (typeof value !== "object" || value === null) return [[path, value]];
  return Object.entries(value).flatMap(([key, item]) => leaves(item, path === "" ? key : `${path}.${key}`));
}

it("any text is read or refused, never more", () => {
  const example = readFileSync(new URL("../../../fdl-example.yaml", import.meta.url), "utf8");
  const cut = fc
    .tuple(fc.nat(example.length), fc.string({ maxLength: 5 }))
    .map(([at, text]) => example.slice(0, at) + text + example.slice(at + 3));
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: fc.constantFrom(..."ab:-[]{}&*!|>'\"#? \n\t,0.") }), cut), (text) => {
      try {
        parse(text).locate("a.b[0]");
      } catch (error) {
        expect(error).toBeInstanceOf(ScarError);
        expect((error as ScarError).exitCode).toBe(2);
      }
    }),
    { numRuns: 1000 },
  );
});
