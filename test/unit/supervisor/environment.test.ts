import { expect, it } from "vitest";
import { containerEnvironment, type EnvironmentParts } from "../../../src/supervisor/request/environment.ts";

const parts: EnvironmentParts = {
  requestId: "id",
  user: { HOME: "/home/alice", USER: "alice", LOGNAME: "alice" },
  image: ["LOGNAME=mine", "PATH=/opt/bin", "LANG=C.UTF-8", "EMPTY=", "=odd"],
  aws: { AWS_ACCESS_KEY_ID: "key", AWS_SECRET_ACCESS_KEY: "secret", AWS_SESSION_TOKEN: "token" },
  variables: { MINE: "1", TMP_OUTPUT_DIR: "/elsewhere", AWS_ACCESS_KEY_ID: "my own" },
  eventVariables: { CONT_VAR_q: "2" },
  folders: { root: "/tmp/id", input: "/tmp/id/input", output: "/tmp/id/output", scratch: "/tmp/s" },
  inputFile: "/tmp/id/input/f",
  objectKey: "in/f",
  eventTime: "now",
  event: { a: 1 },
  extraPayload: "/var/task",
};

it("is behaviour.md's, old names too, and nothing of the supervisor's own", () => {
  const { env, tooLong } = containerEnvironment(parts);
  expect(tooLong).toEqual([]);
  expect(env).toEqual({
    PATH: "/opt/bin",
    HOME: "/home/alice",
    USER: "alice",
    LOGNAME: "mine",
    LANG: "C.UTF-8",
    EMPTY: "",
    REQUEST_ID: "id",
    INSTANCE_IP: expect.stringMatching(/^\d+\.\d+\.\d+\.\d+$/),
    AWS_ACCESS_KEY_ID: "my own",
    AWS_SECRET_ACCESS_KEY: "secret",
    AWS_SESSION_TOKEN: "token",
    AWS_SECURITY_TOKEN: "token",
    MINE: "1",
    CONT_VAR_q: "2",
    INPUT_FILE_PATH: "/tmp/id/input/f",
    SCAR_INPUT_FILE: "/tmp/id/input/f",
    TMP_INPUT_DIR: "/tmp/id/input",
    TMP_OUTPUT_DIR: "/tmp/id/output",
    STORAGE_OBJECT_KEY: "in/f",
    EVENT_TIME: "now",
    EVENT: '{"a":1}',
    EXTRA_PAYLOAD: "/var/task",
  });
});

it("leaves out what there is not", () => {
  const none = { inputFile: undefined, objectKey: undefined, eventTime: undefined, extraPayload: undefined };
  const { env } = containerEnvironment({ ...parts, ...none, aws: {} });
  expect(Object.keys(env)).not.toEqual(
    expect.arrayContaining([expect.stringMatching(/INPUT_FILE|OBJECT_KEY|EVENT_TIME|EXTRA|SECURITY_TOKEN/)]),
  );
});

it("names variables that are too long for the kernel, and runs without them", () => {
  const { env, tooLong } = containerEnvironment({ ...parts, event: "x".repeat(131_072) });
  expect(tooLong).toEqual(["EVENT"]);
  expect(env).not.toHaveProperty("EVENT");
});
