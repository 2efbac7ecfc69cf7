import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parse } from "../../../src/cli/dispatch.ts";

interface ManualLine {
  readonly manual: string;
  readonly line: string;
  /** How it is written today, where that differs. */
  readonly today?: string;
  /** Why no SCAR ever took it. */
  readonly refused?: string;
}

/** Every command line of SCAR's manuals, oldest 003, newest 001; quotes taken off. */
const lines = JSON.parse(
  readFileSync(new URL("../../fixtures/manuals/lines.json", import.meta.url), "utf8"),
) as readonly ManualLine[];

const parsed = (line: string) => parse(line.split(" ").slice(1));

describe("the manuals' own command lines", () => {
  it.each(lines.filter(({ refused }) => refused === undefined))("$manual: $line", ({ line, today }) => {
    const { deprecated, ...got } = parsed(line);
    const { deprecated: none, ...want } = parsed(today ?? line);
    expect(got).toEqual(want);
    expect(none).toEqual([]);
    expect(deprecated.length > 0).toBe(today !== undefined);
  });

  it.each(lines.filter(({ refused }) => refused !== undefined))("$manual: $line: $refused", ({ line }) => {
    expect(() => parsed(line)).toThrow(
      expect.objectContaining({ name: "UsageError", hint: expect.stringContaining("scar init") }),
    );
  });
});

describe("old forms", () => {
  it.each([
    ["init -n f img", { name: "f", image: "img" }, "scar init IMAGE: write scar init -i IMAGE"],
    ["init img -nf", { name: "f", image: "img" }, "scar init IMAGE: write scar init -i IMAGE"],
    ["log f -ri x", { name: "f", request_id: "x" }, "scar log NAME: write scar log -n NAME"],
    ["run f", { name: "f" }, "scar run NAME: write scar run -n NAME"],
    [
      "init -i img -es photos/",
      { image: "img", input_bucket: "photos/input", output_bucket: "photos/output" },
      "-es photos: write -ib photos/input -ob photos/output",
    ],
    [
      "init -i img -ob other -es a --event-source=b",
      { image: "img", input_bucket: "b/input", output_bucket: "other" },
      "-es b: write -ib b/input -ob b/output",
    ],
    ["run -n f -es b", { name: "f", input_bucket: "b/input" }, "-es b: write -ib b/input"],
    [
      "invoke -n f -j {}",
      { name: "f", json_data: "{}" },
      "-j with a value is read as -jd: write -jd (-j alone asks for results as JSON)",
    ],
    [
      "invoke --json={} -n f",
      { name: "f", json_data: "{}" },
      "--json with a value is read as --json-data: write --json-data (--json alone asks for results as JSON)",
    ],
  ])("scar %s", (line, options, deprecated) => {
    expect(parse(line.split(" "))).toMatchObject({ options, deprecated: [deprecated] });
  });

  it.each([
    ["run f ls -la", ["ls", "-la"]],
    ["run f -- -x", ["-x"]],
    ["run f -e A=1 --json", ["-e", "A=1", "--json"]],
    ["run f df -h", ["df", "-h"]],
  ])("scar %s: what follows the name is the container's", (line, args) => {
    expect(parse(line.split(" "))).toMatchObject({ options: { name: "f" }, args });
  });

  it.each([
    ["invoke -n f -j", { name: "f", json: true }],
    ["invoke -j -n f", { name: "f", json: true }],
    ["invoke -j -jd {} --name f", { name: "f", json: true, json_data: "{}" }],
    ["invoke -aj -n f", { name: "f", asynchronous: true, json: true }],
    ["invoke -n f --js {}", { name: "f", json_data: "{}" }],
    ["-j invoke -n f", { name: "f", json: true }],
    ["init -f x -es=1", { conf_file: "x", environment: ["s=1"] }],
    ["init -f x -esX=1", { conf_file: "x", environment: ["sX=1"] }],
    ["put -b b -p p -j", { bucket: "b", path: "p", json: true }],
    ["get -jpp -bb", { bucket: "b", path: "p", json: true }],
    ["log -n f -j", { name: "f", json: true }],
  ])("scar %s is none", (line, options) => {
    expect(parse(line.split(" "))).toMatchObject({ options, deprecated: [] });
    expect(Object.keys(parse(line.split(" ")).options).sort()).toEqual(Object.keys(options).sort());
  });

  it.each([
    ["run echo -n f", "is required", "scar run -n NAME echo …"],
    ["run cat --na=f", "is required", "scar run -n NAME cat …"],
    ["run cut -f1 x", "is required", "'-f1' too"],
    ["run -- echo", "is required", "explains the options"],
    ["log a b", "unrecognized arguments: a b", "'scar log -n a'"],
    ["log -n f x", "unrecognized arguments: x", "explains the options"],
    ["init a b", "unrecognized arguments: a b", "explains the options"],
    ["init -i a b", "unrecognized arguments: b", "explains the options"],
    ["rm f", "unrecognized arguments: f", "did you mean 'scar rm -n f'?"],
    ["invoke -n f -j=x", "ignored explicit argument 'x'", "explains the options"],
    ["log -n f -es b", "unrecognized arguments: -es b", "-es is an option of scar init, scar run"],
    ["init -i x -es", "argument -es/--event-source: expected one argument", "explains the options"],
  ])("scar %s is wrong", (line, message, hint) => {
    expect(() => parse(line.split(" "))).toThrow(
      expect.objectContaining({ message: expect.stringContaining(message), hint: expect.stringContaining(hint) }),
    );
  });
});
