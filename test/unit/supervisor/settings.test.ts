import { expect, it } from "vitest";
import { readSettings } from "../../../src/supervisor/settings.ts";

it("has the defaults of Lambda and of SCAR", () => {
  expect(readSettings({})).toEqual({
    taskRoot: "/var/task",
    tmp: "/tmp",
    udockerDir: "/tmp/shared/udocker",
    packedImage: { repos: "/var/task/udocker/repos/", layers: "/var/task/udocker/layers/" },
    imageId: undefined,
    engine: { mode: "auto" },
    engineEnv: {},
    udockerExec: undefined,
    udockerEnv: {},
    isFunction: false,
    registryEnv: {},
    timeoutThreshold: undefined,
    logLevel: undefined,
    aws: {},
    customEndpoint: false,
  });
});

it("hands AWS's variables on, and no others", () => {
  const env = { AWS_ACCESS_KEY_ID: "a", AWS_REGION: "r", AWS_ENDPOINT_URL: "http://x", FDL: "f", HOME: "/h" };
  const settings = readSettings(env);
  expect(settings.aws).toEqual({ AWS_ACCESS_KEY_ID: "a", AWS_REGION: "r", AWS_ENDPOINT_URL: "http://x" });
  expect(settings.customEndpoint).toBe(true);
});

it("tells registries' clients of proxies and of a Docker configuration that is named, not of a home", () => {
  const env = { HTTPS_PROXY: "http://proxy:3128", no_proxy: "internal", DOCKER_CONFIG: "/var/task/docker", HOME: "/h" };
  const { HOME: _home, ...wanted } = env;
  expect(readSettings(env).registryEnv).toEqual(wanted);
});

it("takes execution modes in any case and refuses others by name", () => {
  expect(readSettings({ UDOCKER_DEFAULT_EXECUTION_MODE: "r1" }).engine).toEqual({ mode: "R1" });
  expect(readSettings({ UDOCKER_DEFAULT_EXECUTION_MODE: "f3" })).toMatchObject({
    engine: { mode: "F1", standsFor: "F3" },
  });
  expect(() => readSettings({ UDOCKER_DEFAULT_EXECUTION_MODE: "Z9" })).toThrow(/'Z9'.*not an execution mode/);
  expect(() => readSettings({ TIMEOUT_THRESHOLD: "soon" })).toThrow(/TIMEOUT_THRESHOLD: 'soon'/);
});

it("tells a function from a job of Batch, which has the function's name too", () => {
  expect(readSettings({ AWS_LAMBDA_FUNCTION_NAME: "f" }).isFunction).toBe(false);
  expect(readSettings({ AWS_LAMBDA_FUNCTION_NAME: "f", AWS_LAMBDA_RUNTIME_API: "127.0.0.1:9001" }).isFunction).toBe(
    true,
  );
});
