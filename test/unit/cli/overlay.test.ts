import { describe, expect, it } from "vitest";
import { findCommand } from "../../../src/cli/command-table.ts";
import { parse } from "../../../src/cli/dispatch.ts";
import { flagAt, type Overlay, overlayOf } from "../../../src/cli/overlay.ts";

function overlay(line: string): Overlay {
  const { options, args } = parse(line.split(" "));
  return overlayOf(findCommand(line.split(" ")[0]!)!, options, args);
}

const me = { boto_profile: "me" };
const profileEverywhere = { iam: me, lambda: me, s3: me, api_gateway: me, cloudwatch: me, batch: me };

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
    ["-bm 2048 -bc 4 -g", { batch: { memory: 2048, vcpus: 4, enable_gpu: true } }],
    ["-api web", { api_gateway: { name: "web" } }],
    ["-pf me", profileEverywhere],
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
    expect(overlay("run -n f -a -s a.sh -ib photos/in").tree).toEqual({
      lambda: {
        name: "f",
        asynchronous: true,
        run_script: "a.sh",
        input: [{ storage_provider: "s3", path: "photos/in" }],
      },
    });
  });

  it("the command of run", () => {
    expect(overlay("run -n f ls -la -n x").tree).toEqual({ lambda: { name: "f", c_args: ["ls", "-la", "-n", "x"] } });
  });

  it("invoke", () => {
    expect(overlay("invoke -n f -a -db a.png -jd {} -p a=1").tree).toEqual({
      lambda: { name: "f", asynchronous: true },
      api_gateway: { data_binary: "a.png", json_data: "{}", parameters: "a=1" },
    });
  });

  it.each(["ls -b", "put -p x -b", "get -p x -b"])("%s", (line) => {
    expect(overlay(`${line} Old_Bucket//x`)).toMatchObject({
      tree: { lambda: { input: [{ storage_provider: "s3", path: "Old_Bucket//x" }] } },
      problems: [],
    });
  });

  it.each<[string, object]>([
    ["init -f f.yaml -j -v", { conf_file: "f.yaml", json: true, verbose: true }],
    ["run -n f -o out", { output_file: "out" }],
    ["put -b b -p folder", { path: "folder" }],
    ["get -b b -p folder", { path: "folder" }],
    ["rm -a", { all: true }],
    ["ls --endpoint-url http://x", { endpoint_url: "http://x" }],
    ["ls --show-config", {}],
  ])("%s: what is about the command is in its section scar", (line, scar) => {
    expect(overlay(line).scar).toEqual(scar);
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
    ["-n=", "-n/--name", "must be 1 to 64 letters, digits, '-' and '_', not ''"],
    ["-m 0", "-m/--memory", "must be a whole number from 128 to 10240, not 0"],
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

it.each(["ls -b=", "get -p x -b /", "put -p x -b="])("scar %s", (line) => {
  expect(overlay(line).problems).toEqual([
    { path: "-b/--bucket", message: "must be BUCKET or BUCKET/FOLDER, and is empty" },
  ]);
});

it("flagAt names the flag nearest above a path", () => {
  const made = overlay("init -i x -n f -ib photos/in");
  expect(flagAt(made, "lambda.input[0].path")).toBe("-ib/--input-bucket");
  expect(flagAt(made, "lambda.names")).toBeUndefined();
  expect(flagAt(made, "lambda.memory")).toBeUndefined();
});
