/** Commands that are killed at some of their AWS calls; test/system/crash.test.ts kills them at every one. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { CrashStory, everyCut } from "../helpers/crash-story.ts";

let story: CrashStory;
beforeAll(async () => {
  story = await CrashStory.start();
});
afterAll(() => story?.stop());

it("init that was killed is finished by running it again", async () => {
  expect(await everyCut((cut) => story.initIsCut(cut), { stride: 7 })).toBeGreaterThan(30);
}, 180_000);

it("init that was killed leaves nothing that rm does not remove", async () => {
  const cuts = { stride: 9, when: ["after"] } as const;
  expect(await everyCut((cut) => story.initIsCutAndRemoved(cut), cuts)).toBeGreaterThan(20);
}, 180_000);

it("rm that was killed is finished by running it again", async () => {
  expect(await everyCut((cut) => story.rmIsCut(cut), { stride: 4 })).toBeGreaterThan(8);
}, 180_000);
