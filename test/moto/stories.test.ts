/** The commands on moto leave in the account what the original's left, but for the differences that are listed with their reasons. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { LATER, OWN_DEVIATIONS, problemsOf, runStory, STORIES, type StepFound } from "../helpers/moto-stories.ts";
import { describeSystem, NEEDS, ROOT } from "../helpers/system-needs.ts";

describeSystem("scar on moto", [NEEDS.moto], () => {
  const found = new Map<string, readonly StepFound[]>();

  describe.concurrent("leaves in the account what the original left", () => {
    it.for(STORIES)("%s", async (story, { expect }) => {
      const steps = await runStory(story);
      found.set(story, steps);
      expect(problemsOf(story, steps).join("\n")).toBe("");
    });
  });

  it("every difference that is listed as our own occurs", ({ skip }) => {
    if (found.size < STORIES.length) skip("not all stories were run");
    const occurred = new Set([...found.values()].flat().flatMap((step) => step.expected));
    const idle = OWN_DEVIATIONS.filter((_, index) => !occurred.has(`own-deviations.json#${index}`));
    expect(idle).toEqual([]);
  });
});

describe("the lists beside the stories", () => {
  it("name the deviations of docs/deviations.md", () => {
    const documented = readFileSync(`${ROOT}docs/deviations.md`, "utf8");
    const unknown = OWN_DEVIATIONS.filter(({ deviation }) => !documented.includes(`\n${deviation}. `));
    expect(unknown).toEqual([]);
  });

  it("name stories that are there", () => {
    expect(LATER.filter(({ story }) => !STORIES.includes(story))).toEqual([]);
  });
});
