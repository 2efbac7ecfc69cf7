import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ApiStore } from "../../../src/local/apigateway/store.ts";
import { TemplateStore } from "../../../src/local/ec2/store.ts";
import { IamStore } from "../../../src/local/iam/store.ts";
import { GroupStore } from "../../../src/local/logs/group-store.ts";
import { acquireLock } from "../../../src/local/state-lock.ts";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "scar-unwritable-"));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

/** Nothing can be written to, or read of, a file in whose place a folder is. */
function obstruct(...path: string[]): void {
  const file = join(dir, ...path);
  rmSync(file, { force: true });
  mkdirSync(file);
}

describe("what cannot be written is not done", () => {
  it("to a role", () => {
    const { roles } = new IamStore(dir, "000000000000");
    const role = {
      name: "Kept",
      id: "AROA",
      arn: "arn:aws:iam::000000000000:role/Kept",
      path: "/",
      created: "2026-01-01T00:00:00Z",
      trust: "{}",
      maxSession: 3600,
      tags: {},
      inline: {},
      attached: [],
    };
    roles.put(role);
    obstruct("iam", "iam.json");
    expect(() => roles.put({ ...role, name: "New" })).toThrow(/EISDIR/);
    expect(() => roles.put({ ...role, description: "new" })).toThrow(/EISDIR/);
    expect(() => roles.delete("Kept")).toThrow(/EISDIR/);
    expect(roles.all()).toEqual([role]);
  });

  it("to a REST API", () => {
    const store = new ApiStore(dir);
    const api = {
      id: "a",
      name: "kept",
      createdDate: 0,
      binaryMediaTypes: [],
      apiKeySource: "HEADER",
      endpointConfiguration: { types: ["REGIONAL"], ipAddressType: "ipv4" },
      disableExecuteApiEndpoint: false,
      tags: {},
      rootResourceId: "r",
      resources: [],
      deployments: [],
      stages: [],
    };
    store.put(api);
    obstruct("apigateway", "a.json");
    expect(() => store.put({ ...api, name: "new" })).toThrow(/EISDIR/);
    expect(() => store.delete("a")).toThrow(/EISDIR|directory/);
    expect(store.all()).toEqual([api]);
  });

  it("to a launch template", () => {
    const store = new TemplateStore(dir);
    const template = {
      id: "lt-0",
      name: "kept",
      created: "",
      createdBy: "",
      tags: {},
      defaultVersion: 1,
      versions: [],
      latest: 1,
    };
    store.put(template);
    obstruct("ec2", "launch-templates.json");
    expect(() => store.put({ ...template, id: "lt-1" })).toThrow(/EISDIR/);
    expect(() => store.delete("lt-0")).toThrow(/EISDIR/);
    expect(store.all()).toEqual([template]);
  });

  it("to a log group", () => {
    const group = new GroupStore(join(dir, "logs")).create("/g", {});
    obstruct("logs", "%2Fg", "group.json");
    expect(() => group.save({ ...group.record, retentionInDays: 1 })).toThrow(/EISDIR/);
    expect(group.record.retentionInDays).toBeUndefined();
  });
});

it("a lock that cannot be read is not lost: the server goes on", () => {
  const lock = acquireLock(dir);
  if (typeof lock === "number") throw new Error("held");
  expect(lock.held()).toBe(true);
  obstruct("lock.1");
  expect(lock.held()).toBe(true);
  rmSync(join(dir, "lock.1"), { recursive: true });
  expect(lock.held()).toBe(false);
});
