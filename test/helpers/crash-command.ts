/** The built command as a process that can be killed at one of its AWS calls. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { dump } from "js-yaml";
import { makeMachineImage } from "../../demo/machine-image.ts";
import { Project } from "../command/init-project.ts";
import { ImageFunctions } from "./image-functions.ts";
import { type Cut, KillingProxy } from "./killing-proxy.ts";
import { ROLE } from "./lambda.ts";
import { distDir, startTestLocal, type TestLocal } from "./local.ts";

/** Begins a story on a local AWS of its own, which is stopped again when that fails. */
export async function startStory<S>(begin: (place: CrashPlace) => Promise<S>): Promise<S> {
  const local = await startTestLocal();
  try {
    return await begin({ local, project: new Project(local) });
  } catch (error) {
    await local.stop();
    throw error;
  }
}

/** What the functions of a story are made of: the packed image `image.tar`, and scripts that say a word. @param scripts words by file */
export async function writeSources(project: Project, scripts: Readonly<Record<string, string>>): Promise<void> {
  await makeMachineImage({ file: project.path("image.tar"), tag: "tools:1", programs: ["sh"] });
  for (const [file, word] of Object.entries(scripts)) project.write(file, `#!/bin/sh\necho ${word}\n`);
}

/** Writes an FDL with functions of the packed image `image.tar`, and returns its name. @param retention days of their logs */
export function crashFile(
  project: Project,
  file: string,
  functions: readonly Readonly<Record<string, unknown>>[],
  retention = 30,
): string {
  const common = { memory: 256, timeout: 60, container: { image_file: "image.tar" }, init_script: "count.sh" };
  const aws = functions.map((lambda) => ({
    lambda: { ...common, ...lambda },
    // Without --local there is no default.
    iam: { role: ROLE },
    cloudwatch: { log_retention_policy_in_days: retention },
  }));
  project.write(file, dump({ functions: { aws } }));
  return file;
}

export interface CrashPlace {
  readonly local: TestLocal;
  readonly project: Project;
  /** Functions that AWS shows as running from an image. */
  readonly images?: ImageFunctions;
}

/** Killed there. @returns whether it came to that call; if not, it has succeeded */
export async function killedAt(cut: Cut, argv: readonly string[], place: CrashPlace): Promise<boolean> {
  return (await run(argv, place, cut)) === "killed";
}

/** Not killed; it must succeed. */
export async function uncut(argv: readonly string[], place: CrashPlace): Promise<void> {
  await run(argv, place);
}

async function run(argv: readonly string[], place: CrashPlace, cut?: Cut): Promise<"killed" | "done"> {
  const { local, project, images = new ImageFunctions() } = place;
  const { port, region, accessKeyId, secretAccessKey } = local.server;
  const proxy = await KillingProxy.start(port, images);
  const child = spawn(process.execPath, [join(distDir, "main.js"), ...argv], {
    cwd: project.folder,
    env: {
      PATH: process.env["PATH"],
      HOME: local.dir,
      TMPDIR: local.dir,
      AWS_ENDPOINT_URL: proxy.endpoint,
      AWS_REGION: region,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
    },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let said = "";
  child.stderr.on("data", (chunk: Buffer) => (said += chunk));
  if (cut !== undefined) proxy.arm(cut, () => child.kill("SIGKILL"));
  const [code, signal] = await new Promise<[number | null, string | null]>((resolve) =>
    child.once("close", (...ended) => resolve(ended)),
  );
  await proxy.close();
  if (signal === null && code !== 0) throw new Error(`scar ${argv.join(" ")} ended with ${code}:\n${said}`);
  return signal === "SIGKILL" ? "killed" : "done";
}

export function shown(command: string, { at, when }: Cut): string {
  return `${command}, killed ${when} its call ${at}`;
}

/** The cuts that are tried; default: all. */
export interface Cuts {
  readonly first: number;
  readonly stride: number;
  readonly when: readonly Cut["when"][];
  /** Rounds under way at one time: they wait for the local AWS more than they work. */
  readonly atOnce: number;
}

/**
 * A round for each cut: before and after the call `first`, the one `stride` later and so on, until the command has none left. Answers
 * how many calls there were, to the last one tried.
 */
export async function everyCut(
  round: (cut: Cut) => Promise<boolean>,
  { first = 1, stride = 1, when = ["before", "after"], atOnce = 4 }: Partial<Cuts> = {},
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
  await Promise.all(Array.from({ length: atOnce }, work));
  return last;
}
