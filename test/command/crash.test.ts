/** Commands that are killed at some of their AWS calls, writes among them; test/system/crash.test.ts kills them at every one. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { everyCut } from "../helpers/crash-command.ts";
import { CrashOriginals } from "../helpers/crash-originals.ts";
import { CrashStory } from "../helpers/crash-story.ts";
import { CrashUpdate } from "../helpers/crash-update.ts";

describe("init and rm", () => {
  let story: CrashStory;
  beforeAll(async () => {
    story = await CrashStory.start();
  }, 60_000);
  afterAll(() => story?.stop());

  it("init that was killed is finished by running it again", async () => {
    expect(await everyCut((cut) => story.initIsCut(cut), { first: 17, stride: 9 })).toBeGreaterThan(30);
  }, 180_000);

  it("rm that was killed is finished by running it again", async () => {
    expect(await everyCut((cut) => story.rmIsCut(cut), { first: 10, stride: 3 })).toBeGreaterThan(10);
  }, 180_000);
});

describe("update", () => {
  let story: CrashUpdate;
  beforeAll(async () => {
    story = await CrashUpdate.start();
  }, 60_000);
  afterAll(() => story?.stop());

  it("update -f that was killed is finished by running it again", async () => {
    expect(await everyCut((cut) => story.updateIsCut(cut), { first: 26, stride: 11, when: ["after"] })).toBeGreaterThan(
      30,
    );
  }, 180_000);

  it("update --replace that was killed is finished by running it again", async () => {
    expect(
      await everyCut((cut) => story.replaceIsCut(cut), { first: 26, stride: 9, when: ["before"] }),
    ).toBeGreaterThan(30);
  }, 180_000);
});

describe("all of one's own", () => {
  let story: CrashOriginals;
  beforeAll(async () => {
    story = await CrashOriginals.start();
  }, 60_000);
  afterAll(() => story?.stop());

  it("update -a that was killed is finished by running it again", async () => {
    const cuts = { first: 9, stride: 3, when: ["after"], atOnce: 1 } as const;
    expect(await everyCut((cut) => story.upgradeIsCut(cut), cuts)).toBeGreaterThan(8);
  }, 180_000);
});
