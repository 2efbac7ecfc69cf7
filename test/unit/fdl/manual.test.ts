/** The FDL documents of SCAR's manual parse and mean what the manual says. */
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { checkDocument, checkFunctions } from "../../../src/config/check.ts";
import { resolveFunction } from "../../../src/config/resolve.ts";
import type { StorageProviders } from "../../../src/fdl/contract.ts";
import { NO_ORIGINS } from "../../../src/fdl/environment.ts";
import { FDL } from "../../../src/fdl/fields.ts";
import { parseFdl } from "../../../src/fdl/parse.ts";
import type { FunctionSpec } from "../../../src/fdl/spec.ts";
import type { Tree } from "../../../src/fdl/tree.ts";
import { type Locate, validate } from "../../../src/fdl/validate.ts";

const folder = new URL("../../fixtures/fdl/", import.meta.url);

function read(name: string): { readonly top: Tree; readonly findings: readonly string[] } {
  const document = parseFdl(readFileSync(new URL(`${name}.yaml`, folder), "utf8"), `${name}.yaml`);
  const locate: Locate = (path, part) => ({ location: document.locate(path, part) });
  const { problems, unknown } = validate(document.value, FDL, "", locate);
  const findings = [...problems, ...checkDocument(document.value, locate, NO_ORIGINS), ...unknown].map(
    ({ location, path, message }) => `${location}: ${path}: ${message}`,
  );
  return { top: document.value, findings };
}

function sectionsOf(top: Tree): readonly Tree[] {
  return (top["functions"] as { aws: Tree[] }).aws;
}

function specsOf(top: Tree): FunctionSpec[] {
  const providers = (top["storage_providers"] ?? {}) as StorageProviders;
  const specs = sectionsOf(top).map((section) => resolveFunction([section], providers, "us-east-1").spec);
  expect(checkFunctions(specs, (_i, path) => ({ path }))).toEqual([]);
  return specs;
}

const s3 = (path: string) => [{ storage_provider: "s3", path }];
const image = (reference: string) => ({ container: { image: reference } });
const ofImageRuntime = { name: "scar-function", memory: 2048, runtime: "image", init_script: "script.sh" };

/** By document: what each of its functions is. */
const MEANING: Readonly<Record<string, readonly object[]>> = {
  "basic-cow": [
    {
      name: "scar-cowsay",
      container: { image: "grycap/cowsay", timeout_threshold: 10, environment: { Variables: {} } },
      memory: 512,
      timeout: 300,
      execution_mode: "lambda",
      log_level: "INFO",
      runtime: "nodejs24.x",
      asynchronous: false,
      supervisor: { version: "latest" },
      layers: [],
      input: [],
      output: [],
    },
  ],
  "init-script": [{ name: "scar-cowsay", init_script: "cow.sh", ...image("grycap/cowsay") }],
  "run-script": [{ name: "scar-cowsay", run_script: "runcow.sh", ...image("grycap/cowsay") }],
  environment: [
    {
      run_script: "runcow.sh",
      container: { image: "grycap/cowsay", environment: { Variables: { TESTKEY1: "val1", TESTKEY2: "val2" } } },
    },
  ],
  "image-file": [{ name: "scar-cowsay", container: { image_file: "minicow.tar.gz" } }],
  "image-file-bucket": [{ container: { image_file: "cowsay.tar.gz" }, deployment: { bucket: "scar-test" } }],
  vpc: [{ vpc: { SubnetIds: ["subnet-00000000000000000"], SecurityGroupIds: ["sg-00000000000000000"] } }],
  "runtime-image": [{ ...ofImageRuntime, ...image("image/name") }],
  alpine: [{ ...ofImageRuntime, container: { image: "image/name", alpine: true } }],
  "ecr-image": [
    {
      runtime: "image",
      container: { image: "000000000000.dkr.ecr.us-east-1.amazonaws.com/scar-function", create_image: false },
    },
  ],
  "keep-image": [{ ...ofImageRuntime, ...image("image/name") }],
  arm64: [{ ...ofImageRuntime, architectures: ["arm64"] }],
  "file-system": [
    {
      ...ofImageRuntime,
      file_system: [
        {
          Arn: "arn:aws:elasticfilesystem:us-east-1:000000000000:access-point/fsap-00000000000000000",
          LocalMountPath: "/mnt/efs",
        },
      ],
    },
  ],
  api: [{ name: "scar-api-cow", ...image("grycap/cowsay") }],
  "api-output": [
    { name: "scar-imagemagick", init_script: "grayify-image.sh", output: s3("scar-imagemagick/output"), input: [] },
  ],
  "api-script": [{ name: "scar-imagemagick", init_script: "grayify-image.sh", output: [] }],
  batch: [
    {
      name: "scar-plants",
      execution_mode: "batch",
      memory: 1024,
      init_script: "bootstrap-plants.sh",
      input: s3("scar-plants/input"),
      output: s3("scar-plants/output"),
    },
  ],
  storage: [
    {
      name: "scar-darknet-s3",
      memory: 2048,
      init_script: "yolo.sh",
      ...image("grycap/darknet"),
      input: s3("scar-darknet/input"),
      output: s3("scar-darknet/output"),
    },
  ],
  workflow: [
    {
      name: "scar-batch-ffmpeg-split",
      execution_mode: "batch",
      memory: 512,
      input: s3("scar-video/input"),
      output: s3("scar-video/split-images"),
    },
    {
      name: "scar-lambda-darknet",
      execution_mode: "lambda",
      memory: 3008,
      input: s3("scar-video/split-images"),
      output: s3("scar-video/output"),
    },
  ],
  complete: [
    {
      name: "function1",
      boto_profile: "default",
      region: "us-east-1",
      memory: 1024,
      timeout: 300,
      environment: { Variables: { KEY1: "val1", KEY2: "val2" } },
      container: { image: "jrottenberg/ffmpeg:4.1-ubuntu", timeout_threshold: 10 },
      input: [{ storage_provider: "minio.my_minio", path: "my-bucket/test" }],
      output: [
        {
          storage_provider: "s3.my_s3",
          path: "my-bucket/test-output",
          suffix: ["wav", "srt"],
          prefix: ["result-"],
        },
      ],
    },
  ],
};

describe("the documents of the manual", () => {
  it("are all here", () => {
    const files = readdirSync(folder).filter((name) => name.endsWith(".yaml"));
    expect(files.map((name) => name.replace(".yaml", "")).sort()).toEqual(
      [...Object.keys(MEANING), "complete-as-printed"].sort(),
    );
  });

  it.each(Object.entries(MEANING))("%s", (name, functions) => {
    const { top, findings } = read(name);
    expect(findings).toEqual([]);
    const specs = specsOf(top);
    expect(specs).toHaveLength(functions.length);
    for (const [i, lambda] of functions.entries()) expect(specs[i]!.lambda).toMatchObject(lambda);
  });

  it.each([
    ["api", { api_gateway: { name: "api-cow" } }],
    ["api-output", { api_gateway: { name: "image-api" } }],
    ["api-script", { api_gateway: { name: "image-api" } }],
    ["keep-image", { ecr: { delete_image: false } }],
    [
      "complete",
      {
        iam: { boto_profile: "default", role: "" },
        cloudwatch: { log_retention_policy_in_days: 30 },
        batch: {
          vcpus: 1,
          memory: 1024,
          enable_gpu: false,
          compute_resources: {
            security_group_ids: ["sg-12345678"],
            subnets: ["subnet-12345", "subnet-67891"],
            max_v_cpus: 2,
            instance_types: ["m3.medium"],
          },
        },
      },
    ],
  ])("%s: the sections beside lambda", (name, section) => {
    expect(sectionsOf(read(name).top)[0]).toMatchObject(section);
  });

  it("complete: the OSCAR service and the storage providers", () => {
    const { top } = read("complete");
    expect(top["functions"]).toMatchObject({
      oscar: [{ my_oscar: { name: "service1", memory: "1Gi", cpu: "1.0", script: "my-script.sh" } }],
    });
    expect(top["storage_providers"]).toEqual({
      s3: { my_s3: { access_key: "awsuser", secret_key: "awskey", region: "us-east-1" } },
      minio: {
        my_minio: {
          endpoint: "minio-endpoint",
          verify: true,
          region: "us-east-1",
          access_key: "muser",
          secret_key: "mpass",
        },
      },
      onedata: { my_onedata: { oneprovider_host: "op-host", token: "mytoken", space: "onedata_space" } },
    });
  });

  it("its slips are found where they stand: a quote behind a key, a '-' that is missing", () => {
    const { findings } = read("complete-as-printed");
    const at = "functions.aws[0]";
    expect(findings.filter((line) => !line.includes("arn:..."))).toEqual([
      `complete-as-printed.yaml:67:11: ${at}.batch.compute_resources.subnets[0]: must be the id of a subnet like subnet-0a1b2c3d, not 'subnet-12345 subnet-67891'`,
      `complete-as-printed.yaml:21:9: ${at}.lambda.container.timeout_threshold": unknown field, ignored; did you mean 'timeout_threshold'?`,
    ]);
  });

  it("its placeholders are no ARNs", () => {
    const { findings } = read("complete-as-printed");
    expect(findings.filter((line) => line.includes("arn:...")).map((line) => line.split(": ")[1])).toEqual([
      "functions.aws[0].lambda.layers[0]",
      "functions.aws[0].batch.service_role",
      "functions.aws[0].batch.compute_resources.instance_role",
    ]);
  });
});
