import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { GetResourcesCommand, ResourceGroupsTaggingAPIClient } from "@aws-sdk/client-resource-groups-tagging-api";
import { afterEach, expect, it } from "vitest";
import { startTestLocal, type TestLocal } from "../helpers/local.ts";
import { clientConfig } from "../helpers/local-clients.ts";
import { Project, s3 } from "./init-project.ts";

let local: TestLocal | undefined;
afterEach(async () => {
  await local?.stop();
  local = undefined;
});

async function projectOn(behaviour: string): Promise<Project> {
  local = await startTestLocal({ behaviour });
  return Project.create(local);
}

it("whole commands, and the function's way to S3 and back, complete while AWS throttles, fails and is slow", async () => {
  const project = await projectOn("throttle=0.15,error=0.05,latency=20,time-scale=0.01");
  const functions = ["one", "two"].map((name) => ({
    name,
    memory: 256,
    input: s3(`strained/${name}`),
    output: s3(`strained/${name}-out`),
  }));
  project.fdl("strain.yaml", ...functions);
  await project.ok("init", "-f", "strain.yaml");
  const names = Array.from({ length: 8 }, (_, n) => `file-${n}`);
  for (const name of names) project.write(name, name.repeat(100));
  for (const name of names) await project.ok("put", "-b", "strained/one", "-p", name);

  const outputs = async (): Promise<string[]> =>
    (await project.ok("ls", "-b", "strained/one-out")).split("\n").filter((key) => key !== "");
  for (let tries = 0; tries < 200 && (await outputs()).length < names.length; tries++) await sleep(100);
  expect(await outputs()).toEqual(names.map((name) => `one-out/${name}.count`));
  await project.ok("get", "-b", "strained/one-out", "-p", "results");
  expect(readFileSync(project.path("results/one-out/file-7.count"), "utf8").trim()).toBe("600");
  expect(await project.ok("ls")).toMatch(/^one .*\ntwo /m);
  expect(await project.ok("log", "-n", "one")).toContain("counting file-3");

  await runs(project);
  await project.ok("rm", "-f", "strain.yaml");
  expect(await project.ok("ls")).not.toMatch(/^(?:one|two) /m);
}, 180_000);

/** `run` repeats what was throttled. After an error it cannot know whether the function ran, and says so. */
async function runs(project: Project): Promise<void> {
  for (let tries = 0; tries < 20; tries++) {
    const { code, stdout, stderr } = await project.scar(["run", "-n", "two", "echo", "strained"]);
    if (code === 0) {
      expect(stdout).toContain("\nstrained\n");
      return;
    }
    expect(stderr).toContain("does not say whether the function ran");
  }
  throw new Error("20 invocations failed");
}

it("ls shows functions that the tagging API does not know yet", async () => {
  const project = await projectOn("tagging-delay=60000");
  project.fdl("new.yaml", { name: "brand-new", memory: 256 });
  await project.ok("init", "-f", "new.yaml");
  const tagging = new ResourceGroupsTaggingAPIClient(clientConfig(local!.server));
  const { ResourceTagMappingList } = await tagging.send(new GetResourcesCommand({}));
  expect(ResourceTagMappingList).toEqual([]);
  expect(await project.ok("ls")).toMatch(/^brand-new /m);
});

it("ls shows none of the functions that are gone, though the tagging API still does", async () => {
  const project = await projectOn("tagging-delay=2000");
  project.fdl("old.yaml", { name: "short-lived", memory: 256 });
  await project.ok("init", "-f", "old.yaml");
  const tagging = new ResourceGroupsTaggingAPIClient(clientConfig(local!.server));
  const known = async () =>
    (await tagging.send(new GetResourcesCommand({ ResourceTypeFilters: ["lambda"] }))).ResourceTagMappingList!.length;
  while ((await known()) === 0) await sleep(100);
  await project.ok("rm", "-f", "old.yaml");
  expect(await known()).toBe(1);
  expect(await project.ok("ls")).not.toContain("short-lived");
});

it.each(["throttle=2", "latency=fast", "nonsense=1", "error"])(
  "a server that is told to misbehave by '%s' does not start, and says why",
  async (behaviour) => {
    await expect(startTestLocal({ behaviour })).rejects.toMatchObject({
      code: "InvalidBehaviour",
      message: expect.stringContaining(`'${behaviour}'`),
      hint: expect.stringContaining("throttle=0…1"),
    });
  },
);
