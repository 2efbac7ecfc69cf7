/**
 * Commands that are killed (SIGKILL) at one of their AWS calls, and run again. Every round has names of its own on one local AWS, and
 * begins with a bucket and a log group that were there before.
 */
import { expect } from "vitest";
import { type Project, s3 } from "../command/init-project.ts";
import { CrashAccount } from "./crash-account.ts";
import { type CrashPlace, crashFile, killedAt, shown, startStory, writeSources } from "./crash-command.ts";
import type { Cut } from "./killing-proxy.ts";
import type { TestLocal } from "./local.ts";

const init = (file: string): string[] => ["init", "-f", file];
const rm = (file: string): string[] => ["rm", "-f", file];

export class CrashStory {
  readonly #local: TestLocal;
  readonly #project: Project;
  readonly #account: CrashAccount;
  #rounds = 0;
  /** What the account holds after an init that nothing cut, and after the rm of that. */
  #whole: unknown;
  #removed: unknown;

  private constructor(local: TestLocal, project: Project, account: CrashAccount) {
    this.#local = local;
    this.#project = project;
    this.#account = account;
  }

  static start(): Promise<CrashStory> {
    return startStory(async ({ local, project }) => {
      await writeSources(project, { "count.sh": "done" });
      const story = new CrashStory(local, project, await CrashAccount.create(local.server));
      await story.#uncut();
      return story;
    });
  }

  async #uncut(): Promise<void> {
    const { name, file } = await this.#round();
    const untouched = await this.#account.holds(name);
    await this.#project.ok(...init(file));
    this.#whole = await this.#account.holds(name);
    await this.#project.ok(...rm(file));
    this.#removed = await this.#account.holds(name);
    expect(this.#removed).toEqual({ ...(untouched as object), layerVersions: 1 });
  }

  /** init is cut, and run again: the deployment is whole; rm: nothing is left. @returns whether it came to that request */
  async initIsCut(cut: Cut): Promise<boolean> {
    const { name, file } = await this.#round();
    const killed = await killedAt(cut, init(file), this.#place);
    const { code, stderr } = await this.#project.scar(init(file));
    if (code !== 0) {
      // Cut after its last write, it had done all: update says so.
      expect(stderr).toMatch(/Function '.*' already exists/);
      expect(await this.#project.ok("update", "-f", file)).toMatch(/^(Function '.*': nothing to change\.\n)+$/);
    }
    expect(await this.#account.holds(name), shown("init", cut)).toEqual(this.#whole);
    await this.#project.ok(...rm(file));
    expect(await this.#account.holds(name), shown("init, then rm", cut)).toEqual(this.#removed);
    return killed;
  }

  /** init is cut, and rm follows: nothing is left. @returns whether it came to that request */
  async initIsCutAndRemoved(cut: Cut): Promise<boolean> {
    const { name, file } = await this.#round();
    const killed = await killedAt(cut, init(file), this.#place);
    await this.#removeRest("-f", file);
    const left = (await this.#account.holds(name)) as object;
    expect({ ...left, layerVersions: 1 }, shown("init", cut)).toEqual(this.#removed);
    return killed;
  }

  /** rm is cut, and run again: nothing is left. @returns whether it came to that request */
  async rmIsCut(cut: Cut): Promise<boolean> {
    const { name, file } = await this.#round();
    await this.#project.ok(...init(file));
    const killed = await killedAt(cut, rm(file), this.#place);
    await this.#removeRest("-f", file);
    expect(await this.#account.holds(name), shown("rm", cut)).toEqual(this.#removed);
    return killed;
  }

  /** `rm -n` of the function with a deployment bucket is cut, and run again: nothing is left of it. @returns whether it came to that request */
  async rmByNameIsCut(cut: Cut): Promise<boolean> {
    const { name, file } = await this.#round();
    await this.#project.ok(...init(file));
    const killed = await killedAt(cut, ["rm", "-n", `${name}-two`], this.#place);
    await this.#removeRest("-n", `${name}-two`);
    await this.#project.ok("rm", "-n", `${name}-one`);
    expect(await this.#account.holds(name), shown("rm -n", cut)).toEqual(this.#removed);
    return killed;
  }

  /** What is gone already is told, and nothing else may go wrong. */
  async #removeRest(...which: readonly string[]): Promise<void> {
    const { code, stderr } = await this.#project.scar(["rm", ...which]);
    if (code !== 0) expect(stderr).toContain("Unable to find the function");
  }

  get #place(): CrashPlace {
    return { local: this.#local, project: this.#project };
  }

  stop(): Promise<void> {
    return this.#local.stop();
  }

  /** A new name and its FDL file: two functions on one bucket that is shared with others, one of them by way of a deployment bucket. */
  async #round(): Promise<{ readonly name: string; readonly file: string }> {
    const name = `cut${++this.#rounds}-`.padEnd(7, "x");
    const supervisor = { layer_name: `${name}-layer` };
    const file = crashFile(this.#project, `${name}.yaml`, [
      {
        name: `${name}-one`,
        supervisor,
        input: s3(`${name}-shared/one`),
        output: s3(`${name}-out/one`),
        event_invoke_config: { maximum_retry_attempts: 1 },
      },
      {
        name: `${name}-two`,
        supervisor,
        input: s3(`${name}-shared/two`),
        deployment: { bucket: `${name}-packages` },
      },
    ]);
    await this.#account.before(`${name}-shared`, `${name}-one`);
    return { name, file };
  }
}
