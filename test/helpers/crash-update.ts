/** `update` that is killed (SIGKILL) at one of its AWS calls, and run again, on an account in which something was before. */
import { expect } from "vitest";
import { type Project, s3 } from "../command/init-project.ts";
import { CrashAccount } from "./crash-account.ts";
import { type CrashPlace, crashFile, killedAt, shown, startStory, uncut, writeSources } from "./crash-command.ts";
import { ImageFunctions } from "./image-functions.ts";
import type { Cut } from "./killing-proxy.ts";
import type { TestLocal } from "./local.ts";

interface Round {
  readonly name: string;
  /** FDL files: as the functions are deployed, and as they are to be. */
  readonly before: string;
  readonly after: string;
}

const init = (file: string): string[] => ["init", "-f", file];
const update = (file: string): string[] => ["update", "-f", file];

export class CrashUpdate {
  readonly #local: TestLocal;
  readonly #project: Project;
  readonly #account: CrashAccount;
  #rounds = 0;
  /** What the account holds after an update that nothing cut, and after the rm of that. */
  #whole: unknown;
  #removed: unknown;

  private constructor(local: TestLocal, project: Project, account: CrashAccount) {
    this.#local = local;
    this.#project = project;
    this.#account = account;
  }

  static start(): Promise<CrashUpdate> {
    return startStory(async ({ local, project }) => {
      await writeSources(project, { "count.sh": "done", "other.sh": "changed" });
      const story = new CrashUpdate(local, project, await CrashAccount.create(local.server));
      await story.#uncut();
      return story;
    });
  }

  async #uncut(): Promise<void> {
    const { name, before, after } = await this.#round();
    const untouched = (await this.#account.holds(name)) as object;
    await this.#project.ok(...init(before));
    const deployed = await this.#account.holds(name);
    await uncut(update(after), this.#place());
    this.#whole = await this.#account.holds(name);
    expect(this.#whole).not.toEqual(deployed);
    await this.#project.ok("rm", "-f", after);
    this.#removed = await this.#account.holds(name);
    expect(this.#removed).toEqual({ ...untouched, layerVersions: 1 });
  }

  /** update is cut, and run again: all is as if it had not been. @returns whether it came to that call */
  async updateIsCut(cut: Cut): Promise<boolean> {
    const round = await this.#round();
    await this.#project.ok(...init(round.before));
    const killed = await killedAt(cut, update(round.after), this.#place());
    await this.#project.ok(...update(round.after));
    await this.#isWhole(round, shown("update", cut));
    return killed;
  }

  /** The same of `--replace`, of functions that run from an image. @returns whether it came to that call */
  async replaceIsCut(cut: Cut): Promise<boolean> {
    const round = await this.#round();
    await this.#project.ok(...init(round.before));
    const place = this.#place(new ImageFunctions(`${round.name}-one`, `${round.name}-two`));
    const argv = [...update(round.after), "--replace"];
    const killed = await killedAt(cut, argv, place);
    await uncut(argv, place);
    await this.#isWhole(round, shown("update --replace", cut));
    return killed;
  }

  /** update is cut, and rm follows with the new file: nothing is left. @returns whether it came to that call */
  async updateIsCutAndRemoved(cut: Cut): Promise<boolean> {
    const { name, before, after } = await this.#round();
    await this.#project.ok(...init(before));
    const killed = await killedAt(cut, update(after), this.#place());
    await this.#project.ok("rm", "-f", after);
    expect(await this.#account.holds(name), shown("update, then rm", cut)).toEqual(this.#removed);
    return killed;
  }

  /** Then there is nothing more to change, and rm leaves what was before. */
  async #isWhole({ name, after }: Round, what: string): Promise<void> {
    expect(await this.#account.holds(name), what).toEqual(this.#whole);
    // The code is compared with AWS's.
    const steps = await this.#project.ok(...update(after), "--dry-run");
    expect(steps, what).toBe("There is nothing to change.\n");
    await this.#project.ok("rm", "-f", after);
    expect(await this.#account.holds(name), `${what}, then rm`).toEqual(this.#removed);
  }

  stop(): Promise<void> {
    return this.#local.stop();
  }

  #place(images?: ImageFunctions): CrashPlace {
    return { local: this.#local, project: this.#project, ...(images && { images }) };
  }

  /** Two functions that change places: code, configuration, triggers, deployment bucket, retention and asynchronous settings. */
  async #round(): Promise<Round> {
    const name = `upd${++this.#rounds}-`.padEnd(7, "x");
    const shared = `${name}-shared`;
    const packages = { bucket: `${name}-packages` };
    const supervisor = { layer_name: `${name}-layer` };
    const before = [
      {
        name: `${name}-one`,
        supervisor,
        input: s3(`${shared}/one`, `${name}-old/in`),
        event_invoke_config: { maximum_retry_attempts: 1 },
      },
      { name: `${name}-two`, supervisor, input: s3(`${shared}/two`), deployment: packages },
    ];
    const after = [
      {
        name: `${name}-one`,
        supervisor,
        input: s3(`${shared}/other`),
        deployment: packages,
        init_script: "other.sh",
        memory: 320,
      },
      {
        name: `${name}-two`,
        supervisor,
        input: s3(`${name}-new/in`),
        output: s3(`${name}-new/out`),
        timeout: 90,
        environment: { Variables: { GREETING: "hello" } },
        event_invoke_config: { maximum_retry_attempts: 0 },
      },
    ];
    await this.#account.before(shared, `${name}-one`);
    return {
      name,
      before: crashFile(this.#project, `${name}-before.yaml`, before),
      after: crashFile(this.#project, `${name}-after.yaml`, after, 7),
    };
  }
}
