import { describe, expect, it } from "vitest";
import { FUNCTION } from "../../../src/fdl/fields.ts";
import { validate } from "../../../src/fdl/validate.ts";

/** Problems of one field of the lambda section, without their paths. */
function problems(lambda: object): readonly string[] {
  return validate({ lambda }, FUNCTION, "", () => ({})).problems.map(({ path, message }) => `${path}: ${message}`);
}

describe("bounds", () => {
  it.each([
    { memory: 128 },
    { memory: 10_240 },
    { timeout: 1 },
    { timeout: 900 },
    { name: "a" },
    { name: `${"a-_9".repeat(16)}` },
    { log_level: "debug" },
    { runtime: "python3.7" },
    { runtime: "nodejs22.x" },
    { layers: ["arn:aws-cn:lambda:cn-north-1:123456789012:layer:x:1"] },
    { description: "" },
    { memory: null },
    { input: [{ storage_provider: "s3", path: "a-bucket.with.dots/folder/b" }] },
    { output: [{ storage_provider: "s3", path: "/photos/", suffix: [".png"] }] },
    { environment: { Variables: { A: 1, B: true, C: "x", D: null } } },
  ])("accepts %j", (lambda) => {
    expect(problems(lambda)).toEqual([]);
  });

  it.each([
    [{ memory: 127 }, "lambda.memory: must be a whole number from 128 to 10240, not 127"],
    [{ memory: 10_241 }, "lambda.memory: must be a whole number from 128 to 10240, not 10241"],
    [{ memory: 512.5 }, "lambda.memory: must be a whole number from 128 to 10240, not 512.5"],
    [{ memory: "512" }, "lambda.memory: must be a whole number from 128 to 10240, not '512' (write it without quotes)"],
    [{ memory: Number.NaN }, "lambda.memory: must be a whole number from 128 to 10240, not NaN"],
    [{ timeout: 901 }, "lambda.timeout: must be a whole number from 1 to 900, not 901"],
    [{ name: "" }, "lambda.name: must be 1 to 64 letters, digits, '-' and '_', not ''"],
    [{ name: "a".repeat(65) }, `lambda.name: must be 1 to 64 letters, digits, '-' and '_', not '${"a".repeat(57)}…'`],
    [{ name: "x\ny" }, "lambda.name: must be 1 to 64 letters, digits, '-' and '_', not 'x\\ny'"],
    [{ name: 123 }, "lambda.name: must be text, not 123 (put it in quotes)"],
    [{ name: ["a"] }, "lambda.name: must be text, not a list"],
    [{ asynchronous: "no" }, "lambda.asynchronous: must be true or false, not 'no'"],
    [{ container: "ubuntu" }, "lambda.container: must be a mapping, not 'ubuntu'"],
    [{ layers: "arn" }, "lambda.layers: must be a list, not 'arn'"],
    [{ input: [null] }, "lambda.input[0]: is empty"],
    [{ input: { path: "b" } }, "lambda.input: must be a list, not a mapping"],
    [{ input: [{ storage_provider: "s3" }] }, "lambda.input[0].path: is missing"],
    [{ environment: { Variables: { A: {} } } }, "lambda.environment.Variables.A: must be text, not a mapping"],
    [{ environment: { Variables: { A: "\0" } } }, "lambda.environment.Variables.A: must not contain a NUL character"],
    [
      { environment: { Variables: [] } },
      "lambda.environment.Variables: must be a mapping of names to values, not a list",
    ],
    [{ architectures: ["x86_64", "arm64"] }, "lambda.architectures: must have at most 1, not 2"],
    [{ deployment: { bucket: "a/b" } }, "lambda.deployment.bucket: must be the name of a bucket, not 'a/b'"],
    [{ ephemeral_storage: 511 }, "lambda.ephemeral_storage: must be a whole number from 512 to 10240, not 511"],
    [{ runtime: "ruby3.4" }, "lambda.runtime: must be nodejs24.x, or image, not 'ruby3.4'"],
  ])("refuses %j", (lambda, problem) => {
    expect(problems(lambda)).toEqual([problem]);
  });

  it.each([
    "ab",
    "Upper",
    "-a-b",
    "a..b",
    "192.168.1.1",
    "under_score",
    "xn--abc",
    "",
    "/",
    "a-b/../c",
    "a-b//c",
    "a-b/./c",
  ])("refuses the path '%s'", (path) => {
    expect(problems({ input: [{ storage_provider: "s3", path }] })).toHaveLength(1);
  });
});

it("collects every problem, in order, with what the caller knows of its place", () => {
  const value = { lambda: { memory: 1, timeout: 0, container: { timeout_threshold: -1 } }, iam: { role: 5 } };
  const found = validate(value, FUNCTION, "functions.aws[0]", (path) => ({ location: `at ${path.length}` }));
  expect(found.problems.map(({ path, location }) => [path, location])).toEqual([
    ["functions.aws[0].lambda.memory", "at 30"],
    ["functions.aws[0].lambda.timeout", "at 31"],
    ["functions.aws[0].lambda.container.timeout_threshold", "at 51"],
    ["functions.aws[0].iam.role", "at 25"],
  ]);
});

it("unknown fields are no problems, and a near name is suggested", () => {
  const { problems: none, unknown } = validate({ lambda: { memroy: 1, zzz: 2 }, lamda: {} }, FUNCTION, "", () => ({}));
  expect(none).toEqual([]);
  expect(unknown).toEqual([
    { path: "lambda.memroy", message: "unknown field, ignored; did you mean 'memory'?" },
    { path: "lambda.zzz", message: "unknown field, ignored" },
    { path: "lamda", message: "unknown field, ignored; did you mean 'lambda'?" },
  ]);
});

it("names of Object's own are unknown fields like others", () => {
  const value = JSON.parse('{"lambda": {"__proto__": {"memory": 1}, "constructor": 1}}');
  const found = validate(value, FUNCTION, "", () => ({}));
  expect(found.problems).toEqual([]);
  expect(found.unknown.map(({ path }) => path)).toEqual(["lambda.__proto__", "lambda.constructor"]);
});

it("Batch's numbers may stand in quotes, as the original took them, and Fargate's fractions of a vCPU count", () => {
  const batch = (value: object) => validate({ batch: value }, FUNCTION, "", () => ({})).problems.map((p) => p.message);
  for (const vcpus of [1, "2", 0.25, "0.5"]) expect(batch({ vcpus, memory: "2048" })).toEqual([]);
  expect(batch({ vcpus: 0.75 })).toEqual(["must be 0.25 or 0.5 or a whole number from 1 to 10000, not 0.75"]);
  expect(batch({ vcpus: "two" })).toEqual(["must be 0.25 or 0.5 or a whole number from 1 to 10000, not 'two'"]);
  expect(batch({ memory: "1.5" })).toEqual(["must be a whole number from 4 to 100000000, not '1.5'"]);
});

it("what `invoke` sends may be a mapping or its JSON", () => {
  const gateway = (value: object) => validate({ api_gateway: value }, FUNCTION, "", () => ({})).problems;
  expect(gateway({ parameters: { a: "b", c: ["d"] }, json_data: '{"a": 1}' })).toEqual([]);
  expect(gateway({ parameters: 5 })).toMatchObject([{ message: "must be a mapping, or JSON as text, not 5" }]);
});
