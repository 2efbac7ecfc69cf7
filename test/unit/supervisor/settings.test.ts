import { expect, it } from "vitest";
import { readSettings } from "../../../src/supervisor/settings.ts";

it("has the defaults of Lambda and of SCAR", () => {
  expect(readSettings({})).toEqual({
    taskRoot: "/var/task",
    tmp: "/tmp",
    udockerDir: "/tmp/shared/udocker",
    packedImage: { repos: "/var/task/udocker/repos/", layers: "/var/task/udocker/layers/" },
    imageId: undefined,
    engine: "auto",
    path: undefined,
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
  expect(readSettings({ UDOCKER_DEFAULT_EXECUTION_MODE: "r1" }).engine).toBe("R1");
  expect(() => readSettings({ UDOCKER_DEFAULT_EXECUTION_MODE: "Z9" })).toThrow(/'Z9'.*not an execution mode/);
  expect(() => readSettings({ TIMEOUT_THRESHOLD: "soon" })).toThrow(/TIMEOUT_THRESHOLD: 'soon'/);
});
