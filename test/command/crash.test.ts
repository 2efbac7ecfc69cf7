/** Commands that are killed at some of their AWS calls, writes among them; test/system/crash.test.ts kills them at every one. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { CrashStory, everyCut } from "../helpers/crash-story.ts";

let story: CrashStory;
beforeAll(async () => {
  story = await CrashStory.start();
});
afterAll(() => story?.stop());

it("init that was killed is finished by running it again", async () => {
  expect(await everyCut((cut) => story.initIsCut(cut), { first: 17, stride: 9 })).toBeGreaterThan(30);
}, 180_000);

it("rm that was killed is finished by running it again", async () => {
  expect(await everyCut((cut) => story.rmIsCut(cut), { first: 10, stride: 3 })).toBeGreaterThan(10);
}, 180_000);
