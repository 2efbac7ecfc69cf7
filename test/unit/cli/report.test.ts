import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import { reportFailure } from "../../../src/cli/report/failure.ts";
import { makeReporter } from "../../../src/cli/report/reporter.ts";
import { UsageError } from "../../../src/cli/usage.ts";
import type { World } from "../../../src/cli/world.ts";
import { InvalidInputError, ScarError } from "../../../src/errors.ts";

function streams() {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const read = (stream: PassThrough): string => String(stream.read() ?? "");
  return { stdout, stderr, read: () => ({ stdout: read(stdout), stderr: read(stderr) }) };
}

describe("a result", () => {
  const result = { text: "made", json: { Name: "f" }, verbose: { Name: "f", More: 1 } };
  it.each([
    [{}, "made\n"],
    [{ json: true }, '{"Name":"f"}\n'],
    [{ verbose: true }, '{"Name":"f","More":1}\n'],
    [{ json: true, verbose: true }, '{"Name":"f","More":1}\n'],
  ])("with %j", (options, want) => {
    const { stdout, stderr, read } = streams();
    makeReporter({ stdout, stderr, env: {} }, options).result(result);
    expect(read()).toEqual({ stdout: want, stderr: "" });
  });

  it("without JSON prints nothing with -j, and its JSON with -v when there is no more", () => {
    const { stdout, stderr, read } = streams();
    makeReporter({ stdout, stderr, env: {} }, { json: true }).result({ text: "only words" });
    makeReporter({ stdout, stderr, env: {} }, { verbose: true }).result({ text: "words", json: { A: 1 } });
    makeReporter({ stdout, stderr, env: {} }, {}).result({ json: { A: 1 } });
    expect(read()).toEqual({ stdout: '{"A":1}\n', stderr: "" });
  });

  it("leaves notices and warnings to stderr", () => {
    const { stdout, stderr, read } = streams();
    const report = makeReporter({ stdout, stderr, env: {} }, { json: true });
    report.notice("working");
    report.warn("odd");
    expect(read()).toEqual({ stdout: "", stderr: "working\nwarning: odd\n" });
  });
});

function failed(error: unknown, options: { json?: boolean; env?: World["env"]; aborted?: boolean } = {}) {
  const { stdout, stderr, read } = streams();
  const signal = options.aborted ? AbortSignal.abort() : new AbortController().signal;
  const world = { stdout, stderr, signal, env: options.env ?? {} } as unknown as World;
  const code = reportFailure(error, world, options.json ?? false);
  return { code, ...read() };
}

describe("a failure", () => {
  it("of the user's shows message and hint, no stack", () => {
    expect(failed(new ScarError("NoSuchBucket", "no bucket 'b'", { hint: "make it" }))).toEqual({
      code: 1,
      stdout: "",
      stderr: "scar: no bucket 'b'\n  hint: make it\n",
    });
  });

  it("is one line of JSON with -j", () => {
    const problems = [{ path: "a.b", message: "is missing", location: "f.yaml:1:1" }];
    const { code, stderr } = failed(new InvalidInputError("wrong", problems, "look"), { json: true });
    expect(code).toBe(2);
    expect(stderr.trimEnd()).not.toContain("\n");
    expect(JSON.parse(stderr)).toEqual({
      Error: { Code: "InvalidInput", Message: "wrong:\n  f.yaml:1:1: a.b: is missing", Hint: "look" },
    });
  });

  it("of usage shows the usage line first", () => {
    const { code, stderr } = failed(new UsageError(undefined, "what?"));
    expect(code).toBe(2);
    expect(stderr).toMatch(/^usage: scar .*\nscar: error: what\?\n {2}hint: /);
  });

  it("of AWS shows code and message, no stack", () => {
    const error = Object.assign(new Error("not for you"), { name: "AccessDenied", $metadata: {} });
    expect(failed(error)).toEqual({ code: 1, stdout: "", stderr: "scar: AWS answered AccessDenied: not for you\n" });
  });

  it("of the program asks for a report, and shows the stack with SCAR_DEBUG=1 alone", () => {
    const error = new TypeError("x is not a function", { cause: new Error("underneath") });
    const quiet = failed(error);
    expect(quiet.code).toBe(1);
    expect(quiet.stderr).toMatch(/^scar: internal error: x is not a function\n {2}hint: .*SCAR_DEBUG=1/);
    expect(quiet.stderr).not.toContain("    at ");
    const loud = failed(error, { env: { SCAR_DEBUG: "1" } }).stderr;
    expect(loud).toContain("    at ");
    expect(loud).toContain("underneath");
  });

  it("after Ctrl-C is an interruption, whatever was thrown", () => {
    expect(failed(new Error("socket hang up"), { aborted: true })).toEqual({
      code: 130,
      stdout: "",
      stderr: "scar: interrupted\n",
    });
  });

  it("to write to a reader that went away is none", () => {
    expect(failed(Object.assign(new Error("write EPIPE"), { code: "EPIPE" }))).toEqual({
      code: 0,
      stdout: "",
      stderr: "",
    });
  });

  it("may be anything that was thrown", () => {
    expect(failed("text").stderr).toContain("internal error: text");
    expect(failed(undefined).code).toBe(1);
  });
});
