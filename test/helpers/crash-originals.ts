/** Commands about all of one's functions (`update -a`, `rm -a`) that are killed at one of their AWS calls: one round at a time has the account. */
import { expect } from "vitest";
import { s3 } from "../command/init-project.ts";
import { CrashAccount } from "./crash-account.ts";
import { type CrashPlace, killedAt, shown, startStory } from "./crash-command.ts";
import type { Cut } from "./killing-proxy.ts";
import { deployOriginal, tracedFunctions } from "./original-deployment.ts";

const [darknet] = tracedFunctions("c03-darknet-s3", 0);

export class CrashOriginals {
  readonly #place: CrashPlace;
  readonly #account: CrashAccount;
  #rounds = 0;
  #whole: unknown;
  #removed: unknown;

  private constructor(place: CrashPlace, account: CrashAccount) {
    this.#place = place;
    this.#account = account;
  }

  static start(): Promise<CrashOriginals> {
    return startStory(async (place) => {
      const story = new CrashOriginals(place, await CrashAccount.create(place.local.server));
      await story.#uncut();
      return story;
    });
  }

  async #uncut(): Promise<void> {
    const name = await this.#round();
    const before = await this.#account.holds(name);
    await this.#scar("update", "-a");
    this.#whole = await this.#account.holds(name);
    expect(this.#whole).not.toEqual(before);
    await this.#scar("rm", "-a", "--yes");
    this.#removed = await this.#account.holds(name);
    expect(this.#removed).toMatchObject({ functions: [], logGroups: [], notifications: {}, packages: [] });
  }

  /** `update -a` is cut, and run again: the function is moved; rm removes it. @returns whether it came to that call */
  async upgradeIsCut(cut: Cut): Promise<boolean> {
    const name = await this.#round();
    const killed = await killedAt(cut, ["update", "-a"], this.#place);
    await this.#scar("update", "-a");
    expect(await this.#account.holds(name), shown("update -a", cut)).toEqual(this.#whole);
    expect(await this.#scar("update", "-a", "--dry-run")).toBe("There is nothing to change.\n");
    await this.#scar("rm", "-n", name);
    expect(await this.#account.holds(name), shown("update -a, then rm", cut)).toEqual(this.#removed);
    return killed;
  }

  /** `rm -a` is cut, and run again: nothing is left. @returns whether it came to that call */
  async removalIsCut(cut: Cut): Promise<boolean> {
    const name = await this.#round();
    const killed = await killedAt(cut, ["rm", "-a", "--yes"], this.#place);
    await this.#scar("rm", "-a", "--yes");
    expect(await this.#account.holds(name), shown("rm -a", cut)).toEqual(this.#removed);
    return killed;
  }

  stop(): Promise<void> {
    return this.#place.local.stop();
  }

  #scar(...argv: readonly string[]): Promise<string> {
    return this.#place.project.ok(...argv);
  }

  async #round(): Promise<string> {
    const name = `old${++this.#rounds}-`.padEnd(7, "x");
    await deployOriginal(this.#place.local, darknet!, { name, config: { input: s3(`${name}-bucket/in`) } });
    return name;
  }
}
