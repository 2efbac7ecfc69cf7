/** Whatever AWS call a command is killed at: run again it finishes, and rm leaves what was there before. test/command has a sample. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { CrashStory, everyCut } from "../helpers/crash-story.ts";
import { describeSystem } from "../helpers/system-needs.ts";

describeSystem("killed before and after every single AWS call", [], () => {
  let story: CrashStory;
  beforeAll(async () => {
    story = await CrashStory.start();
  });
  afterAll(() => story?.stop());

  it("init is finished by running it again", async () => {
    expect(await everyCut((cut) => story.initIsCut(cut))).toBeGreaterThan(30);
  }, 900_000);

  // After a call and before the next, AWS holds the same.
  it("init leaves nothing that rm does not remove", async () => {
    expect(await everyCut((cut) => story.initIsCutAndRemoved(cut), { when: ["before"] })).toBeGreaterThan(30);
  }, 900_000);

  it("rm is finished by running it again", async () => {
    expect(await everyCut((cut) => story.rmIsCut(cut))).toBeGreaterThan(10);
  }, 900_000);
});
