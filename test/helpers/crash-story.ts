/**
 * Commands that are killed (SIGKILL) at one of their AWS calls, and run again. Every round has names of its own on one local AWS, and
 * begins with a bucket and a log group that were there before.
 */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { expect } from "vitest";
import { makeMachineImage } from "../../demo/machine-image.ts";
import { Project, s3 } from "../command/init-project.ts";
import { CrashAccount } from "./crash-account.ts";
import { type Cut, KillingProxy } from "./killing-proxy.ts";
import { ROLE } from "./lambda.ts";
import { distDir, startTestLocal, type TestLocal } from "./local.ts";

const init = (file: string): string[] => ["init", "-f", file, "-r", ROLE];
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

  static async start(): Promise<CrashStory> {
    const local = await startTestLocal();
    try {
      const project = new Project(local);
      await makeMachineImage({ file: project.path("image.tar"), tag: "tools:1", programs: ["sh"] });
      project.write("count.sh", "#!/bin/sh\necho done\n");
      const story = new CrashStory(local, project, await CrashAccount.create(local.server));
      await story.#uncut();
      return story;
    } catch (error) {
      await local.stop();
      throw error;
    }
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
    const killed = await this.#killed(init(file), cut);
    const { code, stderr } = await this.#project.scar(init(file));
    // Cut after its last write, it had done all.
    if (code !== 0) expect(stderr).toMatch(/Function '.*' already exists/);
    expect(await this.#account.holds(name), shown("init", cut)).toEqual(this.#whole);
    await this.#project.ok(...rm(file));
    expect(await this.#account.holds(name), shown("init, then rm", cut)).toEqual(this.#removed);
    return killed;
  }

  /** init is cut, and rm follows: nothing is left. @returns whether it came to that request */
  async initIsCutAndRemoved(cut: Cut): Promise<boolean> {
    const { name, file } = await this.#round();
    const killed = await this.#killed(init(file), cut);
    await this.#removeRest(file);
    const left = (await this.#account.holds(name)) as object;
    expect({ ...left, layerVersions: 1 }, shown("init", cut)).toEqual(this.#removed);
    return killed;
  }

  /** rm is cut, and run again: nothing is left. @returns whether it came to that request */
  async rmIsCut(cut: Cut): Promise<boolean> {
    const { name, file } = await this.#round();
    await this.#project.ok(...init(file));
    const killed = await this.#killed(rm(file), cut);
    await this.#removeRest(file);
    expect(await this.#account.holds(name), shown("rm", cut)).toEqual(this.#removed);
    return killed;
  }

  /** What is gone already is told, and nothing else may go wrong. */
  async #removeRest(file: string): Promise<void> {
    const { code, stderr } = await this.#project.scar(rm(file));
    if (code !== 0) expect(stderr).toContain("Unable to find the function");
  }

  stop(): Promise<void> {
    return this.#local.stop();
  }

  /** A new name and its FDL file: two functions on one bucket that is shared with others, one of them by way of a deployment bucket. */
  async #round(): Promise<{ readonly name: string; readonly file: string }> {
    const name = `cut${++this.#rounds}-`.padEnd(7, "x");
    const common = { memory: 256, timeout: 60, supervisor: { layer_name: `${name}-layer` } };
    const file = this.#project.fdl(
      `${name}.yaml`,
      {
        ...common,
        name: `${name}-one`,
        input: s3(`${name}-shared/one`),
        output: s3(`${name}-out/one`),
        event_invoke_config: { maximum_retry_attempts: 1 },
      },
      {
        ...common,
        name: `${name}-two`,
        input: s3(`${name}-shared/two`),
        deployment: { bucket: `${name}-packages` },
      },
    );
    await this.#account.before(`${name}-shared`, `${name}-one`);
    return { name, file };
  }

  /** The built command as a process, killed there. @returns whether it came to that request; if not, it has succeeded */
  async #killed(argv: readonly string[], cut: Cut): Promise<boolean> {
    const { port, region, accessKeyId, secretAccessKey } = this.#local.server;
    const proxy = await KillingProxy.start(port);
    const child = spawn(process.execPath, [join(distDir, "main.js"), ...argv], {
      cwd: this.#project.folder,
      env: {
        PATH: process.env["PATH"],
        HOME: this.#local.dir,
        TMPDIR: this.#local.dir,
        AWS_ENDPOINT_URL: proxy.endpoint,
        AWS_REGION: region,
        AWS_ACCESS_KEY_ID: accessKeyId,
        AWS_SECRET_ACCESS_KEY: secretAccessKey,
      },
      stdio: ["ignore", "ignore", "pipe"],
    });
    let said = "";
    child.stderr.on("data", (chunk: Buffer) => (said += chunk));
    proxy.arm(cut, () => child.kill("SIGKILL"));
    const [code, signal] = await new Promise<[number | null, string | null]>((resolve) =>
      child.once("close", (...ended) => resolve(ended)),
    );
    await proxy.close();
    if (signal === null && code !== 0) throw new Error(`scar ${argv.join(" ")} ended with ${code}:\n${said}`);
    return signal === "SIGKILL";
  }
}

function shown(command: string, { at, when }: Cut): string {
  return `${command}, killed ${when} its call ${at}`;
}

/** The cuts that are tried; default: all. */
export interface Cuts {
  readonly first: number;
  readonly stride: number;
  readonly when: readonly Cut["when"][];
}

/** Rounds under way at one time: they wait for the local AWS more than they work. */
const AT_ONCE = 4;

/**
 * A round for each cut: before and after the call `first`, the one `stride` later and so on, until the command has none left. Answers
 * how many calls there were, to the last one tried.
 */
export async function everyCut(
  round: (cut: Cut) => Promise<boolean>,
  { first = 1, stride = 1, when = ["before", "after"] }: Partial<Cuts> = {},
): Promise<number> {
  let next = 0;
  let last = 0;
  let ended = false;
  const work = async (): Promise<void> => {
    while (!ended) {
      const number = next++;
      const at = first + Math.floor(number / when.length) * stride;
      const killed = await round({ at, when: when[number % when.length]! });
      if (killed) last = Math.max(last, at);
      else ended = true;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return last;
}
