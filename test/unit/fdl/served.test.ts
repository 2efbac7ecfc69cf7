import { describe, expect, it } from "vitest";
import { unservedFunctionFields, unservedTopFields } from "../../../src/fdl/served.ts";

const named = (section: object, what: "deployment" | "resources" = "deployment"): readonly string[] =>
  unservedFunctionFields(section as Record<string, unknown>, what).map(({ path, detail }) => path + detail);

describe("fields that are not served yet", () => {
  it.each([
    [{ lambda: { execution_mode: "batch" } }, "lambda.execution_mode: batch"],
    [{ lambda: { runtime: "image" } }, "lambda.runtime: image"],
    [
      { lambda: { output: [{ storage_provider: "minio.m", path: "b" }] } },
      "lambda.output[0].storage_provider: minio.m",
    ],
    [{ lambda: { input: [{ storage_provider: "s3.mine", path: "b" }] } }, "lambda.input[0].storage_provider: s3.mine"],
    [{ api_gateway: { name: "web", stage_name: "prod" } }, "api_gateway.stage_name: prod"],
    [{ api_gateway: { method: { authorizationType: "CUSTOM" } } }, "api_gateway.method.authorizationType: CUSTOM"],
    [{ batch: { vcpus: 4 } }, "batch"],
    [{ ecr: { delete_image: false } }, "ecr"],
  ])("%j", (section, name) => {
    expect(named(section)).toEqual([name]);
  });

  it("functions.oscar", () => {
    expect(unservedTopFields({ functions: { oscar: [{}] } })).toEqual(["functions.oscar"]);
    expect(unservedTopFields({ functions: { aws: [], oscar: null } })).toEqual([]);
  });
});

it("what asks for nothing is served", () => {
  const lambda = {
    execution_mode: "lambda",
    preheat: false,
    supervisor: { version: "0.1.0" },
    container: { image: "ubuntu", alpine: false },
    input: [{ storage_provider: "s3", path: "b" }],
    vpc: null,
  };
  const api_gateway = {
    region: "eu-west-1",
    name: "web",
    method: { authorizationType: "AWS_IAM" },
    http_method: "ANY",
  };
  expect(named({ lambda, api_gateway, batch: null })).toEqual([]);
});

it("rm minds only what makes resources of its own", () => {
  const lambda = { container: { image: "ubuntu", alpine: true } };
  expect(named({ lambda }, "resources")).toEqual([]);
  expect(named({ lambda, batch: { vcpus: 1 } }, "resources")).toEqual(["batch"]);
});
