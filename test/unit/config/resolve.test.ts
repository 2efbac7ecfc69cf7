import { describe, expect, it } from "vitest";
import { checkDeployable, checkFunctions, type Place } from "../../../src/config/check.ts";
import { resolveFunction } from "../../../src/config/resolve.ts";
import { withAbsoluteFiles, withLayersBelow } from "../../../src/config/sources.ts";
import type { Tree } from "../../../src/fdl/tree.ts";

const resolve = (...layers: Tree[]) => resolveFunction(layers, {}, "eu-south-2");

describe("resolveFunction", () => {
  it("fills in the defaults", () => {
    const { spec, notices } = resolve({ lambda: { name: "f" } });
    expect(notices).toEqual([]);
    expect(spec).toEqual({
      lambda: {
        name: "f",
        description: "Automatically generated lambda function",
        memory: 512,
        timeout: 300,
        runtime: "nodejs24.x",
        region: "eu-south-2",
        execution_mode: "lambda",
        asynchronous: false,
        log_level: "INFO",
        layers: [],
        environment: { Variables: { UDOCKER_DIR: "/tmp/shared/udocker" } },
        container: { environment: { Variables: {} }, timeout_threshold: 10 },
        input: [],
        output: [],
        supervisor: { version: "latest", layer_name: "scar-supervisor", license_info: "Apache 2.0" },
        deployment: { max_payload_size: 52_428_800, max_s3_payload_size: 262_144_000 },
      },
      iam: { role: "" },
      cloudwatch: { log_retention_policy_in_days: 30 },
      request: { authorization: "NONE" },
      storage_providers: {},
      files: {},
    });
  });

  it("lets the later layer win, variable by variable", () => {
    const variables = (Variables: object) => ({ lambda: { container: { environment: { Variables } } } });
    const { spec } = resolve(
      { lambda: { memory: 128, timeout: 10 }, ...{ iam: { role: "cfg" } } },
      variables({ A: "1", B: "1", C: "1" }),
      { lambda: { memory: 256, container: { environment: { Variables: { B: "2", C: null } } } }, iam: { role: "cli" } },
    );
    expect(spec.lambda).toMatchObject({ memory: 256, timeout: 10 });
    expect(spec.lambda.container.environment.Variables).toEqual({ A: "1", B: "2" });
    expect(spec.iam.role).toBe("cli");
  });

  it("null goes back to the default, or to nothing", () => {
    const cfg = { lambda: { memory: 1024, boto_profile: "work", region: "us-west-2", layers: ["x"] } };
    const { lambda } = resolve(cfg, { lambda: { memory: null, boto_profile: null, region: null, layers: null } }).spec;
    expect(lambda).toMatchObject({ memory: 512, region: "eu-south-2", layers: [] });
    expect(lambda.boto_profile).toBeUndefined();
  });

  it("takes an empty description at its word", () => {
    expect(resolve({ lambda: { description: "cfg" } }, { lambda: { description: "" } }).spec.lambda.description).toBe(
      "",
    );
  });

  it("makes variables text, paths plain, levels upper case", () => {
    const { lambda } = resolve({
      lambda: {
        environment: { Variables: { N: 1, T: true } },
        log_level: "debug",
        input: [{ storage_provider: "s3", path: "/photos/in/" }],
      },
    }).spec;
    expect(lambda.environment.Variables).toMatchObject({ N: "1", T: "true" });
    expect(lambda.log_level).toBe("DEBUG");
    expect(lambda.input).toEqual([{ storage_provider: "s3", path: "photos/in" }]);
  });

  it("tells of Python runtimes, which it replaces; the original's layer stands for ours", () => {
    const supervisor = { version: "1.5.8", layer_name: "faas-supervisor" };
    const { spec, notices } = resolve({ lambda: { name: "f", runtime: "python3.7", supervisor } });
    expect(spec.lambda).toMatchObject({
      runtime: "nodejs24.x",
      supervisor: { version: "1.5.8", layer_name: "scar-supervisor" },
    });
    expect(notices).toEqual(["function 'f': runtime python3.7 is replaced by nodejs24.x, which the supervisor needs"]);
  });

  it("keeps files absolute, and bare names for the package", () => {
    const section = { lambda: { init_script: "run/a.sh", container: { image_file: "../i.tar" } } };
    const { spec } = resolve(withAbsoluteFiles(section, "/fdl/folder"));
    expect(spec.files).toEqual({ init_script: "/fdl/folder/run/a.sh", image_file: "/fdl/i.tar" });
    expect(spec.lambda.init_script).toBe("a.sh");
  });

  it("keeps a layer's own name, and fields that it does not know", () => {
    const { lambda } = resolve({ lambda: { supervisor: { layer_name: "mine" }, file_stage_in: false } }).spec;
    expect(lambda.supervisor.layer_name).toBe("mine");
    expect(lambda.file_stage_in).toBe(false);
  });
});

it("-l adds to the layers below", () => {
  const overlay = { lambda: { layers: ["cli"], memory: 128 } };
  expect(withLayersBelow(overlay, { lambda: { layers: ["yaml"] } })).toEqual({
    lambda: { layers: ["yaml", "cli"], memory: 128 },
  });
  expect(withLayersBelow(overlay, {})).toEqual(overlay);
  expect(withLayersBelow({}, { lambda: { layers: ["yaml"] } })).toEqual({});
});

describe("rules between fields and functions", () => {
  const place: Place = (i, path) => ({ path: `[${i}].${path}` });
  const named = (name: string, lambda: object = {}, providers = {}) =>
    resolveFunction([{ lambda: { name, ...lambda } }], providers, "r").spec;

  it("every function has a name of its own", () => {
    expect(checkFunctions([named("a"), named(""), named("b"), named("a")], place)).toEqual([
      { path: "[1].lambda.name", message: "is missing" },
      { path: "[3].lambda.name", message: "'a' is the name of functions.aws[0] too" },
    ]);
  });

  it("storage providers are defined", () => {
    const output = ["s3", "s3.mine", "s3.other", "minio.a.b"].map((p) => ({ storage_provider: p, path: "bucket" }));
    const providers = { s3: { mine: {} }, minio: { "a.b": {} } };
    expect(checkFunctions([named("a", { output }, providers)], place)).toEqual([
      { path: "[0].lambda.output[2].storage_provider", message: "'s3.other': storage_providers.s3 has no 'other'" },
    ]);
  });

  it("a function to deploy has an image, and time left for it", () => {
    expect(checkDeployable([named("a"), named("b", { container: { image: "x" } })], place)).toEqual([
      { path: "[0].lambda.container", message: "image or image_file is missing" },
    ]);
    const short = named("c", { timeout: 10, container: { image: "x" } });
    expect(checkDeployable([short], place)).toEqual([
      {
        path: "[0].lambda.container.timeout_threshold",
        message: "10 s kept back leave nothing of the function's 10 s",
      },
    ]);
  });
});
