/** What a shell runs in: folders, variables and the engine, as a function has them. */
import { lstatSync, mkdirSync, mkdtempSync, readdirSync, statSync, symlinkSync } from "node:fs";
import { basename, join } from "node:path";
import { hostArchitecture } from "../../../container/archive/open.ts";
import type { Engine, SpawnPlan, Volume } from "../../../container/engine.ts";
import { chooseEngine } from "../../../container/engines/choose.ts";
import { hasShell } from "../../../container/engines/container-env.ts";
import { engineModeOf } from "../../../container/engines/modes.ts";
import { keptLibraries } from "../../../container/fakechroot-files.ts";
import { DEFAULT_PATH, imageVariables } from "../../../container/image-environment.ts";
import { userVariables } from "../../../container/image-user.ts";
import { removeTree } from "../../../container/remove-tree.ts";
import { RootPaths } from "../../../container/root-paths.ts";
import type { Rootfs } from "../../../container/rootfs.ts";
import { EXIT, ScarError } from "../../../errors.ts";
import { ENV } from "../../../fdl/contract.ts";
import type { FunctionSpec } from "../../../fdl/spec.ts";
import { homeFolder } from "../../../home-folder.ts";
import { LIBRARIES } from "../../../providers/aws/package/libraries.ts";
import type { Reporter } from "../../command.ts";
import type { World } from "../../world.ts";

export interface ShellOptions {
  readonly spec: FunctionSpec;
  /** The command; none: a shell. */
  readonly args: readonly string[];
  readonly world: World;
  readonly report: Pick<Reporter, "notice" | "warn">;
}

export interface ShellRun {
  readonly plan: SpawnPlan;
  /** Its name: F1, R1, … */
  readonly engine: string;
  /** The command writes its exit status to file descriptor 3. */
  readonly tellsStatus: boolean;
  /** Removes what was made for the run, but for output files: says where they are. */
  readonly cleanup: () => Promise<void>;
}

export async function prepareRun(root: Rootfs, options: ShellOptions): Promise<ShellRun> {
  const { spec, args, world, report } = options;
  const onTerminal = world.stdin.isTTY === true;
  const engine = await engineFor(root.rootfs, world.env, report);
  const argv = args.length > 0 ? [...root.config.entrypoint, ...args] : shellOf(root.rootfs, onTerminal, engine);
  const tellsStatus = onTerminal && engine.name !== "F1" && hasShell(root.rootfs);
  // Where functions have theirs: a script may name it as /tmp/$REQUEST_ID.
  const folder = mkdtempSync("/tmp/scar-shell-");
  const scratch = mkdtempSync("/tmp/.scar-shell-");
  const [input, output] = [join(folder, "input"), join(folder, "output")];
  const removeAll = async (): Promise<void> => {
    if (hasFiles(output)) report.notice(`Output files are in ${output}`);
    else await removeTree(folder);
    await removeTree(scratch);
  };
  mkdirSync(output);
  try {
    const plan = await engine.plan({
      rootfs: root.rootfs,
      argv: tellsStatus ? ["/bin/sh", "-c", TELL_STATUS, "sh", ...argv] : argv,
      env: {
        PATH: DEFAULT_PATH,
        ...userVariables(root.rootfs, root.config.user),
        ...terminal(world),
        ...imageVariables(root.config.env),
        REQUEST_ID: basename(folder),
        ...spec.lambda.container.environment.Variables,
        TMP_INPUT_DIR: input,
        TMP_OUTPUT_DIR: output,
      },
      workdir: root.config.workingDir || "/",
      volumes: [{ source: folder, target: folder }, ...inputVolumes(engine, world.cwd, input)],
      scratch,
    });
    if (plan.warning !== undefined) report.warn(plan.warning);
    if (!plan.isolatesWrites) {
      const folder = hasMounts(engine)
        ? ""
        : ", and the current folder itself is the input: what is changed there stays changed";
      report.warn(
        `engine ${engine.name} cannot keep writes apart: files outside $TMP_OUTPUT_DIR stay in the image kept here${folder}`,
      );
    }
    return {
      plan,
      engine: engine.name,
      tellsStatus,
      cleanup: async () => {
        await plan.cleanup();
        await removeAll();
      },
    };
  } catch (error) {
    await removeAll();
    throw error;
  }
}

/** The command may have done anything to it; what we may not look into is kept. */
function hasFiles(folder: string): boolean {
  try {
    return lstatSync(folder).isDirectory() && readdirSync(folder).length > 0;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ENOENT";
  }
}

/** Whether it can keep a folder from being written to. */
const hasMounts = ({ name }: Engine): boolean => name !== "F1" && name !== "P1";

/** The user's folder as the input. F1 has no mounts: there it is a link, which the kernel follows. */
function inputVolumes(engine: Engine, cwd: string, input: string): Volume[] {
  if (engine.name === "F1") {
    symlinkSync(cwd, input);
    return [];
  }
  mkdirSync(input);
  return [{ source: cwd, target: input, readOnly: true }];
}

/** What a program has to know of the terminal; nothing else of the user's environment, and no credentials, reach the image. */
function terminal({ env, stdout }: World): Record<string, string> {
  return stdout.isTTY && env["TERM"] ? { TERM: env["TERM"] } : {};
}

/**
 * Ctrl-C goes to every process in the terminal's foreground: unshare(1) waits for its command all the same, but then ends by the signal.
 * So the command's status is told aside. Traps do not reach the command.
 */
const TELL_STATUS = 'trap : INT QUIT; (exec 3>&-; exec "$@"); echo $? >&3';

/**
 * The image's best shell on a terminal; the one that runs a function's scripts elsewhere. In a PID namespace it controls no jobs: its
 * terminal belongs to a process group that it cannot see, and dash ends with an error when it wants to give it back.
 */
function shellOf(rootfs: string, interactive: boolean, engine: Engine): string[] {
  const paths = new RootPaths(rootfs);
  const shells = interactive ? ["/bin/bash", "/usr/bin/bash", "/bin/sh"] : ["/bin/sh"];
  const found = shells.find((shell) => {
    const place = paths.find(shell);
    return place !== undefined && (statSync(place).mode & 0o111) !== 0;
  });
  if (found !== undefined) return interactive && engine.name !== "F1" ? [found, "+m"] : [found];
  throw new ScarError("NoShell", "the image has no /bin/sh", {
    hint: "give a command that it has; a function of such an image can run no script either",
  });
}

/** The engine that Lambda has; where it cannot be had, the best one here. UDOCKER_DEFAULT_EXECUTION_MODE chooses another, as in a function. */
async function engineFor(rootfs: string, env: World["env"], report: Pick<Reporter, "notice">): Promise<Engine> {
  const home = homeFolder(env);
  // Where init keeps what goes into the layer.
  const libraries = home ? keptLibraries(hostArchitecture(), { cacheDir: join(home, LIBRARIES), env }) : [];
  const mode = engineModeOf(ENV.engine, env[ENV.engine], EXIT.usage);
  const { engine, notices } = await chooseEngine(mode, { rootfs, env, libraries, asOnLambda: true });
  for (const notice of notices) report.notice(notice);
  return engine;
}
