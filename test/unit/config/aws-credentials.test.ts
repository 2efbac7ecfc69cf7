import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { staticCredentials } from "../../../src/config/aws-credentials.ts";

let home: string;
const keys = (name: string) => `aws_access_key_id = ${name}\naws_secret_access_key=secret/${name} # ours\n`;
const found = (name: string) => ({ accessKeyId: name, secretAccessKey: `secret/${name}` });
const ENV = { AWS_ACCESS_KEY_ID: "ENV", AWS_SECRET_ACCESS_KEY: "secret/ENV" };

beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), "scar-credentials-"));
  mkdirSync(join(home, ".aws"));
  writeFileSync(
    join(home, ".aws", "credentials"),
    `[default]\n${keys("DEFAULT")}; comment\n[work]\n${keys("WORK")}aws_session_token = token\n[half]\naws_access_key_id = x\n`,
  );
  writeFileSync(join(home, ".aws", "config"), "[profile sso]\nsso_account_id = 1\n");
  writeFileSync(join(home, "roles"), "[profile work]\nrole_arn = arn:aws:iam::1:role/x\n");
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

describe("keys that are written down", () => {
  it.each([
    [undefined, {}, found("DEFAULT")],
    [undefined, ENV, found("ENV")],
    [undefined, { ...ENV, AWS_SESSION_TOKEN: "t" }, { ...found("ENV"), sessionToken: "t" }],
    ["work", ENV, { ...found("WORK"), sessionToken: "token" }],
    [undefined, { ...ENV, AWS_PROFILE: "work" }, { ...found("WORK"), sessionToken: "token" }],
    [undefined, { AWS_ACCESS_KEY_ID: "half" }, found("DEFAULT")],
  ])("of profile %s with %j", async (profile, env, want) => {
    expect(await staticCredentials({ HOME: home, ...env }, profile)).toEqual(want);
  });

  it.each([
    ["half", {}],
    ["sso", {}],
    ["missing", {}],
    ["default", { AWS_SHARED_CREDENTIALS_FILE: "/nowhere" }],
  ])("are not there for %s with %j", async (profile, env) => {
    expect(await staticCredentials({ HOME: home, ...env }, profile)).toBeUndefined();
  });

  it("are left alone where a role is to be taken", async () => {
    expect(await staticCredentials({ HOME: home, AWS_CONFIG_FILE: join(home, "roles") }, "work")).toBeUndefined();
  });
});
