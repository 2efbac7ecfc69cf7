/** Commands with HTTP endpoints that are killed before and after every AWS call. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { ApiCrashStory } from "../helpers/crash-api.ts";
import { everyCut } from "../helpers/crash-story.ts";
import { describeSystem } from "../helpers/system-needs.ts";

describeSystem("killed before and after every single AWS call", [], () => {
  let story: ApiCrashStory;
  beforeAll(async () => {
    story = await ApiCrashStory.start();
  }, 300_000);
  afterAll(() => story?.stop());

  it("init that was killed is finished by running it again, with the one API that it had made", async () => {
    expect(await everyCut((cut) => story.initIsCut(cut))).toBeGreaterThan(20);
  }, 900_000);

  it("init that was killed leaves nothing that rm does not find", async () => {
    expect(await everyCut((cut) => story.initIsCutAndRemoved(cut), { when: ["before"] })).toBeGreaterThan(20);
  }, 900_000);

  it("rm that was killed leaves no API", async () => {
    expect(await everyCut((cut) => story.rmIsCut(cut))).toBeGreaterThan(5);
  }, 900_000);

  it("update that gives a function an API, and was killed, gives it one", async () => {
    expect(await everyCut((cut) => story.updateThatAddsIsCut(cut))).toBeGreaterThan(20);
  }, 900_000);

  it("update that changes an API, and was killed, ends with what the file says", async () => {
    expect(await everyCut((cut) => story.updateThatChangesIsCut(cut))).toBeGreaterThan(20);
  }, 900_000);

  it("update that takes an API away, and was killed, leaves none", async () => {
    expect(await everyCut((cut) => story.updateThatDeletesIsCut(cut))).toBeGreaterThan(10);
  }, 900_000);
});
