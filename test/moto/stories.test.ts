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

  it("have no step too few and none too many", () => {
    const step = (...paths: readonly string[]): StepFound => ({
      argv: ["ls"],
      exit: 0,
      stderr: "",
      unexpected: paths.map((path) => ({ path, original: "1", now: "2" })),
      expected: [],
    });
    const later = [{ story: "a", steps: [2, 3, 9], needs: "HTTP API" }];
    expect(problemsOf("a", [step(), step("/exit"), step("/aws"), step()], later)).toEqual([
      "step 1: scar ls\n  /exit\n    original: 1\n    now:      2\n  stderr: ",
      "step 3 is as the original's now: take it out of later.json (HTTP API)",
      "later.json lists step 9, which is not there",
    ]);
    expect(problemsOf("b", [step()], later)).toEqual([]);
  });
});
