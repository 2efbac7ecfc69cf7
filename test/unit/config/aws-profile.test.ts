import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { profileRegion } from "../../../src/config/aws-profile.ts";

let home: string;
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), "scar-aws-"));
  mkdirSync(join(home, ".aws"));
  writeFileSync(
    join(home, ".aws", "config"),
    `# comment
[default]
region = eu-west-1
s3 =
  region = nested
[profile work]
output=json
Region=us-gov-west-1   # here
[profile "two words"]
region=ap-south-1
[profile none]
[sso-session work2]
region = eu-north-1
`,
  );
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

it.each([
  [undefined, {}, "eu-west-1"],
  ["work", {}, "us-gov-west-1"],
  [undefined, { AWS_PROFILE: "work" }, "us-gov-west-1"],
  ["two words", {}, "ap-south-1"],
  ["none", {}, undefined],
  ["missing", {}, undefined],
  ["work", { AWS_CONFIG_FILE: "/nowhere/config" }, undefined],
])("profile %s with %j", async (profile, env, want) => {
  expect(await profileRegion({ HOME: home, ...env }, profile)).toBe(want);
});

it("without a home there is none", async () => {
  expect(await profileRegion({}, undefined)).toBeUndefined();
});
