import { describe, expect, it } from "vitest";
import { readSandboxSettings } from "../../../src/local/sandbox/settings.ts";

describe("the choice of a sandbox", () => {
  it("is left to the machine, and to Node's own image, unless the user says otherwise", () => {
    expect(readSandboxSettings({})).toMatchObject({ choice: "auto", dockerImage: "node:24-bookworm-slim" });
    expect(readSandboxSettings({ SCAR_LOCAL_SANDBOX: "", SCAR_LOCAL_DOCKER_IMAGE: "" }).choice).toBe("auto");
    expect(readSandboxSettings({ SCAR_LOCAL_SANDBOX: "docker", SCAR_LOCAL_DOCKER_IMAGE: "mine" })).toMatchObject({
      choice: "docker",
      dockerImage: "mine",
    });
  });

  it("hands Docker what it finds its engine by, and no secret of the user's", () => {
    const env = { PATH: "/bin", HOME: "/home/u", DOCKER_HOST: "unix:///d", AWS_SECRET_ACCESS_KEY: "s", EDITOR: "vi" };
    expect(readSandboxSettings(env)).toMatchObject({
      path: "/bin",
      dockerEnv: { HOME: "/home/u", DOCKER_HOST: "unix:///d" },
    });
    expect(Object.keys(readSandboxSettings(env).dockerEnv).sort()).toEqual(["DOCKER_HOST", "HOME"]);
  });

  it("is refused when there is none of that name", () => {
    expect(() => readSandboxSettings({ SCAR_LOCAL_SANDBOX: "chroot" })).toThrow(
      expect.objectContaining({ code: "InvalidSandbox", message: expect.stringContaining("'chroot'") }),
    );
  });
});
