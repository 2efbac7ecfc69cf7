import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { loadFunctionConfig } from "../../../src/supervisor/function-config.ts";

let task: string;
beforeEach(() => {
  task = mkdtempSync(join(tmpdir(), "scar-config-"));
});
afterEach(() => rmSync(task, { recursive: true, force: true }));

const load = (yaml: string) => {
  writeFileSync(join(task, "function_config.yaml"), yaml);
  return loadFunctionConfig(task);
};

it("takes what it needs and fills in the rest", async () => {
  writeFileSync(join(task, "run.sh"), "echo hi");
  const config = await load(`
container: {image_file: cow, environment: {Variables: {A: 1, B: null}}}
init_script: run.sh
output: [{storage_provider: s3, path: b/out, suffix: [png]}]
`);
  expect(config).toEqual({
    image: undefined,
    packedImage: "cow",
    variables: { A: "1", B: "" },
    timeoutThreshold: 10,
    logLevel: undefined,
    outputs: [{ storage_provider: "s3", path: "b/out", suffix: ["png"] }],
    stageIn: true,
    initScript: Buffer.from("echo hi"),
    extraPayload: false,
  });
});

it("takes an output without a provider for one in S3", async () => {
  for (const provider of ["", ", storage_provider: null", ', storage_provider: ""']) {
    const { outputs } = await load(`output: [{path: b/out${provider}}]`);
    expect(outputs).toEqual([{ storage_provider: "s3", path: "b/out" }]);
  }
});

it.each([
  ["- a\n- b", /not a mapping/],
  ["a: [", /not YAML/],
  ["container: text", /container is not a mapping: "text"/],
  ["container: {timeout_threshold: -1}", /timeout_threshold/],
  ["container: {image: 5}", /container\.image is not a text: 5/],
  ["output: {path: b}", /output is not a list/],
  ["output: [{storage_provider: s3}]", /output\[0\]\.path/],
  ["output: [{path: b, prefix: a}]", /output\[0\]\.prefix is not a list: "a"/],
  ["output: [{path: b, storage_provider: onedata.x}]", /output\[0\]\.storage_provider: onedata\.x: not supported yet/],
  ["execution_mode: batch", /execution_mode: batch: not supported yet/],
  ["init_script: gone.sh", /init_script 'gone\.sh' cannot be read/],
])("refuses %j by name", async (yaml, message) => {
  await expect(load(yaml)).rejects.toThrow(message);
});

it.each([
  "container: {environment: {Variables: [TOKEN=hunter2]}}",
  "container: {environment: {Variables: TOKEN=hunter2}}",
  "container: {environment: TOKEN=hunter2}",
  "container: [{environment: {Variables: {TOKEN: hunter2}}}]",
])("never names a value that may be secret: %s", async (yaml) => {
  await expect(load(yaml)).rejects.toThrow(/^function_config\.yaml: container\S* is not a mapping: a /);
  await expect(load(yaml)).rejects.not.toThrow(/hunter2/);
});

it("names the file that is missing", async () => {
  await expect(loadFunctionConfig(task)).rejects.toThrow(/function_config\.yaml cannot be read/);
});
