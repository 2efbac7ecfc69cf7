import { describe, expect, it } from "vitest";
import { findCommand } from "../../../src/cli/command-table.ts";
import { parse } from "../../../src/cli/dispatch.ts";
import { flagAt, type Overlay, overlayOf } from "../../../src/cli/overlay.ts";

function overlay(line: string): Overlay {
  const { options } = parse(line.split(" "));
  return overlayOf(findCommand(line.split(" ")[0]!)!, options);
}

describe("where flags land (behaviour.md, section 1)", () => {
  const init = "init -i x/y";
  it.each<[string, Record<string, object> & { lambda?: object }]>([
    ["-n f", { lambda: { name: "f" } }],
    ["-d text", { lambda: { description: "text" } }],
    ["-m 1024", { lambda: { memory: 1024 } }],
    ["-t 60", { lambda: { timeout: 60 } }],
    ["-tt 5", { lambda: { container: { timeout_threshold: 5 } } }],
    ["-ll debug", { lambda: { log_level: "DEBUG" } }],
    ["-rt image", { lambda: { runtime: "image" } }],
    ["-s a.sh", { lambda: { init_script: "a.sh" } }],
    ["-ep folder", { lambda: { extra_payload: "folder" } }],
    ["-ph", { lambda: { preheat: true } }],
    ["-em batch", { lambda: { execution_mode: "batch" } }],
    ["-sv 1.5.8", { lambda: { supervisor: { version: "1.5.8" } } }],
    ["-r arn:aws:iam::123456789012:role/x", { iam: { role: "arn:aws:iam::123456789012:role/x" } }],
    ["-ib photos/in", { lambda: { input: [{ storage_provider: "s3", path: "photos/in" }] } }],
    ["-ob photos/out", { lambda: { output: [{ storage_provider: "s3", path: "photos/out" }] } }],
    ["-db zips", { lambda: { deployment: { bucket: "zips" } } }],
    ["-bm 2048 -bc 4 -g", { batch: { memory: "2048", vcpus: "4", enable_gpu: true } }],
    ["-api web", { api_gateway: { name: "web" } }],
    ["-pf me", { lambda: { boto_profile: "me" }, iam: { boto_profile: "me" } }],
    ["--region eu-west-1", { lambda: { region: "eu-west-1" } }],
    ["-e A=1 -e B=x=y= -e C=", { lambda: { container: { environment: { Variables: { A: "1", B: "x=y=", C: "" } } } } }],
    ["-le A=1", { lambda: { environment: { Variables: { A: "1" } } } }],
    [
      "-l arn:aws:lambda:us-east-1:123456789012:layer:x:1",
      { lambda: { layers: ["arn:aws:lambda:us-east-1:123456789012:layer:x:1"] } },
    ],
  ])("init %s", (line, want) => {
    const { tree, problems } = overlay(`${init} ${line}`);
    expect(problems).toEqual([]);
    expect(tree).toEqual({ ...want, lambda: { ...want.lambda, container: { ...containerOf(want), image: "x/y" } } });
  });

  const containerOf = (want: { lambda?: object }): object =>
    (want.lambda as { container?: object } | undefined)?.container ?? {};

  it("run", () => {
    expect(overlay("run -n f -a -s a.sh").tree).toEqual({
      lambda: { name: "f", asynchronous: true, run_script: "a.sh" },
    });
  });

  it("log", () => {
    expect(overlay("log -n f -ls s -ri r").tree).toEqual({
      lambda: { name: "f" },
      cloudwatch: { log_stream_name: "s", request_id: "r" },
    });
  });
});

describe("wrong values are named by their flag", () => {
  it.each([
    ["-m 64", "-m/--memory", "must be a whole number from 128 to 10240, not 64"],
    ["-t 0", "-t/--timeout", "must be a whole number from 1 to 900, not 0"],
    ["-n a/b", "-n/--name", "must be 1 to 64 letters, digits, '-' and '_', not 'a/b'"],
    ["-e FOO", "-e/--environment", "'FOO' is not KEY=VALUE"],
    ["-e =x", "-e/--environment", "'=x' is not KEY=VALUE"],
    [
      "-le 1A=x",
      "-le/--lambda-environment",
      "the name of a variable has letters, digits and '_', and begins with no digit",
    ],
    ["-ll LOUD", "-ll/--log-level", "must be one of CRITICAL, ERROR, WARNING, INFO, DEBUG, not 'LOUD'"],
    [
      "-ib Photos",
      "-ib/--input-bucket",
      "'Photos' is no bucket name (3 to 63 lower-case letters, digits, '-' and '.', beginning and ending with a letter or digit)",
    ],
    ["-ob=", "-ob/--output-bucket", "must be BUCKET or BUCKET/FOLDER, and is empty"],
    ["-r admin", "-r/--iam-role", "must be an ARN like arn:aws:iam::123456789012:role/NAME, not 'admin'"],
    ["--region here", "--region", "must be an AWS region like eu-west-1, not 'here'"],
  ])("%s", (line, path, message) => {
    expect(overlay(`init -i x ${line}`).problems).toEqual([{ path, message }]);
  });
});

it("flagAt names the flag nearest above a path", () => {
  const made = overlay("init -i x -n f -ib photos/in");
  expect(flagAt(made, "lambda.input[0].path")).toBe("-ib/--input-bucket");
  expect(flagAt(made, "lambda.names")).toBeUndefined();
  expect(flagAt(made, "lambda.memory")).toBeUndefined();
});
