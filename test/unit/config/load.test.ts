import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { configPath, createConfig } from "../../../src/config/file.ts";
import { loadConfig } from "../../../src/config/load.ts";

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "scar-config-"));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

function given(text: string): { file: string; env: { HOME: string } } {
  mkdirSync(join(home, ".scar"));
  const file = join(home, ".scar", "scar.cfg");
  writeFileSync(file, text);
  return { file, env: { HOME: home } };
}

describe("where scar.cfg is", () => {
  it.each([
    [{ HOME: "/h" }, "/h/.scar/scar.cfg"],
    [{ HOME: "/h", SCAR_CONFIG_FOLDER: "/etc/scar" }, "/etc/scar/scar.cfg"],
    [{ HOME: "/h", SCAR_CONFIG_FOLDER: "" }, "/h/.scar/scar.cfg"],
  ])("%j", (env, want) => {
    expect(configPath(env)).toBe(want);
  });

  it("needs a home", () => {
    expect(() => configPath({})).toThrow(expect.objectContaining({ code: "NoConfigFolder", exitCode: 2 }));
  });
});

describe("loadConfig", () => {
  it("makes no file", async () => {
    expect(await loadConfig({ HOME: home })).toMatchObject({ exists: false, aws: {}, problems: [], unknown: [] });
    expect(() => statSync(join(home, ".scar"))).toThrow("ENOENT");
  });

  it("takes the aws section, with files below the file's folder", async () => {
    const { env } = given(
      '{"scar": {"config_version": "1.1.0"}, "aws": {"lambda": {"memory": 1024, "init_script": "a.sh"}, "iam": {"role": ""}}}',
    );
    expect(await loadConfig(env)).toMatchObject({
      exists: true,
      aws: { lambda: { memory: 1024, init_script: join(home, ".scar", "a.sh") }, iam: { role: "" } },
      problems: [],
      unknown: [],
    });
  });

  it("does not force the profile that the original's default names", async () => {
    const { env } = given(
      '{"scar": {"config_version": "1.1.0"}, "aws": {"lambda": {"boto_profile": "default"}, "iam": {"boto_profile": "work"}}}',
    );
    expect((await loadConfig(env)).aws).toEqual({ lambda: {}, iam: { boto_profile: "work" } });
  });

  it("does not take the version of the original's supervisor that its default names, and says so", async () => {
    const { env } = given(
      '{"scar": {"config_version": "1.1.0"}, "aws": {"lambda": {"supervisor": {"version": "1.5.8", "layer_name": "mine"}}}}',
    );
    const { aws, notices } = await loadConfig(env);
    expect(aws).toEqual({ lambda: { supervisor: { layer_name: "mine" } } });
    expect(notices).toEqual([
      expect.stringContaining("supervisor version 1.5.8 of scar.cfg is replaced by this release's own"),
    ]);
  });

  it("has nothing to say of a supervisor that is the latest", async () => {
    const { env } = given('{"aws": {"lambda": {"supervisor": {"version": "latest"}}}}');
    expect((await loadConfig(env)).notices).toEqual([]);
  });

  it("names wrong values by key path and line", async () => {
    const { file, env } = given('{\n  "aws": {\n\t"lambda": {"memory": "much", "memmory": 1}\n  }\n}\n');
    const { problems, unknown } = await loadConfig(env);
    expect(problems).toEqual([
      {
        path: "aws.lambda.memory",
        message: "must be a whole number from 128 to 10240, not 'much'",
        location: `${file}:3:23`,
      },
    ]);
    expect(unknown).toEqual([
      {
        path: "aws.lambda.memmory",
        message: "unknown field, ignored; did you mean 'memory'?",
        location: `${file}:3:42`,
      },
    ]);
  });

  it.each([
    ['{"aws": {', /scar\.cfg:1:10: not JSON: /],
    ['{\n  "aws": {},\n}\n', /scar\.cfg:3:1: not JSON: /],
    ["", /scar\.cfg:1:1: not JSON: /],
    ["[]", /scar\.cfg: must be a JSON object$/],
  ])("refuses %j", async (text, message) => {
    const { env } = given(text);
    await expect(loadConfig(env)).rejects.toMatchObject({
      code: "InvalidConfig",
      exitCode: 2,
      message: expect.stringMatching(message),
    });
  });

  it("says why the file cannot be read", async () => {
    mkdirSync(join(home, ".scar", "scar.cfg"), { recursive: true });
    await expect(loadConfig({ HOME: home })).rejects.toMatchObject({ code: "InvalidConfig", exitCode: 2 });
  });

  it("reads the original's default file without a word", async () => {
    const cfg = new URL("../../fixtures/scar-cfg/1.0.9.json", import.meta.url);
    const { env } = given(readFileSync(cfg, "utf8"));
    expect(await loadConfig(env)).toMatchObject({ problems: [], unknown: [] });
  });
});

describe("createConfig", () => {
  const modeOf = (path: string): number => statSync(path).mode & 0o777;

  it("makes a file and folder for the owner alone, that loads without a word", async () => {
    const file = configPath({ HOME: home });
    await createConfig(file);
    expect([modeOf(file), modeOf(join(home, ".scar"))]).toEqual([0o600, 0o700]);
    const made = await loadConfig({ HOME: home });
    expect(made).toMatchObject({ exists: true, problems: [], unknown: [] });
    expect(made.aws).toMatchObject({ iam: { role: "" }, lambda: { memory: 512, timeout: 300, runtime: "nodejs24.x" } });
  });

  it("leaves a file that is there as it is", async () => {
    const { file } = given("{}");
    await createConfig(file);
    expect(readFileSync(file, "utf8")).toBe("{}");
  });

  it("says where it could not", async () => {
    writeFileSync(join(home, "file"), "");
    await expect(createConfig(join(home, "file", "scar.cfg"))).rejects.toMatchObject({
      code: "InvalidConfig",
      exitCode: 2,
      message: expect.stringContaining("cannot be created"),
    });
  });
});
