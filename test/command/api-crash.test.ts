/** Commands with HTTP endpoints that are killed at some of their AWS calls; test/system/api-crash.test.ts kills them at every one. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { ApiCrashStory } from "../helpers/crash-api.ts";
import { everyCut } from "../helpers/crash-story.ts";

let story: ApiCrashStory;
beforeAll(async () => {
  story = await ApiCrashStory.start();
}, 300_000);
afterAll(() => story?.stop());

it("init that was killed is finished by running it again, with the one API that it had made", async () => {
  expect(await everyCut((cut) => story.initIsCut(cut), { first: 12, stride: 6 })).toBeGreaterThan(20);
}, 240_000);

it("rm that was killed leaves no API", async () => {
  expect(await everyCut((cut) => story.rmIsCut(cut), { first: 5, stride: 3 })).toBeGreaterThan(5);
}, 240_000);
