/** Whatever AWS call a command is killed at: run again it finishes, and rm leaves what was there before. test/command has a sample. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { everyCut } from "../helpers/crash-command.ts";
import { CrashOriginals } from "../helpers/crash-originals.ts";
import { CrashStory } from "../helpers/crash-story.ts";
import { CrashUpdate } from "../helpers/crash-update.ts";
import { describeSystem } from "../helpers/system-needs.ts";

const LONG = 1_800_000;

describeSystem("killed before and after every single AWS call", [], () => {
  describe("init and rm", () => {
    let story: CrashStory;
    beforeAll(async () => {
      story = await CrashStory.start();
    });
    afterAll(() => story?.stop());

    it(
      "init is finished by running it again",
      async () => {
        expect(await everyCut((cut) => story.initIsCut(cut))).toBeGreaterThan(30);
      },
      LONG,
    );

    // After a call and before the next, AWS holds the same.
    it(
      "init leaves nothing that rm does not remove",
      async () => {
        expect(await everyCut((cut) => story.initIsCutAndRemoved(cut), { when: ["before"] })).toBeGreaterThan(30);
      },
      LONG,
    );

    it(
      "rm is finished by running it again",
      async () => {
        expect(await everyCut((cut) => story.rmIsCut(cut))).toBeGreaterThan(10);
      },
      LONG,
    );

    it(
      "rm -n finds the deployment bucket again",
      async () => {
        expect(await everyCut((cut) => story.rmByNameIsCut(cut))).toBeGreaterThan(8);
      },
      LONG,
    );
  });

  describe("update -f", () => {
    let story: CrashUpdate;
    beforeAll(async () => {
      story = await CrashUpdate.start();
    });
    afterAll(() => story?.stop());

    it(
      "is finished by running it again",
      async () => {
        expect(await everyCut((cut) => story.updateIsCut(cut))).toBeGreaterThan(30);
      },
      LONG,
    );

    it(
      "leaves nothing that rm does not remove",
      async () => {
        expect(await everyCut((cut) => story.updateIsCutAndRemoved(cut), { when: ["before"] })).toBeGreaterThan(30);
      },
      LONG,
    );

    it(
      "with --replace is finished by running it again",
      async () => {
        expect(await everyCut((cut) => story.replaceIsCut(cut))).toBeGreaterThan(30);
      },
      LONG,
    );
  });

  describe("update -a and rm -a, of the original's functions", () => {
    let story: CrashOriginals;
    beforeAll(async () => {
      story = await CrashOriginals.start();
    });
    afterAll(() => story?.stop());

    it(
      "update -a is finished by running it again",
      async () => {
        expect(await everyCut((cut) => story.upgradeIsCut(cut), { atOnce: 1 })).toBeGreaterThan(8);
      },
      LONG,
    );

    it(
      "rm -a is finished by running it again",
      async () => {
        expect(await everyCut((cut) => story.removalIsCut(cut), { atOnce: 1 })).toBeGreaterThan(8);
      },
      LONG,
    );
  });
});
