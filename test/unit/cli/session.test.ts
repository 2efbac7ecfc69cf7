import { describe, expect, it } from "vitest";
import type { Reporter } from "../../../src/cli/command.ts";
import { isLocal, makeSessions } from "../../../src/cli/session.ts";
import type { World } from "../../../src/cli/world.ts";
import { resolveFunction } from "../../../src/config/resolve.ts";

const world = (env: World["env"]): World => ({ env }) as World;
const sessions = (options: object, env: World["env"] = {}) =>
  makeSessions(options as Record<string, string>, world(env), { region: "eu-west-1" }, {} as Reporter);

describe("where AWS is called", () => {
  const spec = resolveFunction([{ lambda: { name: "f", region: "us-west-2", boto_profile: "work" } }], {}, "x").spec;

  it("the function's region and profile, else the defaults'", async () => {
    expect(await sessions({}).session(spec)).toEqual({ region: "us-west-2", profile: "work" });
    expect(await sessions({}).session()).toEqual({ region: "eu-west-1" });
  });

  it.each([
    [{ endpoint_url: "http://a" }, { AWS_ENDPOINT_URL: "http://b" }, "http://a"],
    [{}, { AWS_ENDPOINT_URL: "http://b" }, "http://b"],
    [{}, { AWS_ENDPOINT_URL: "" }, undefined],
  ])("endpoint of %j and %j", async (options, env, want) => {
    expect((await sessions(options, env).session()).endpoint).toBe(want);
  });
});

it.each([
  [{ local: true }, {}, true],
  [{}, { SCAR_LOCAL: "1" }, true],
  [{}, { SCAR_LOCAL: "yes" }, true],
  [{}, { SCAR_LOCAL: "0" }, false],
  [{}, { SCAR_LOCAL: "False" }, false],
  [{}, { SCAR_LOCAL: "" }, false],
  [{}, {}, false],
  [{ endpoint_url: "http://a" }, { SCAR_LOCAL: "1" }, false],
])("local with %j and %j: %s", (options, env, want) => {
  expect(isLocal(options, env)).toBe(want);
});
