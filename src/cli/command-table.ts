import type { Command } from "./command.ts";
import type { OptionSpec } from "./option.ts";
import { OPTION } from "./options.ts";
import { EXTRA, GLOBAL, OLD } from "./own-options.ts";

/** One verb of the command line: what the grammar, the help and the dispatcher need to know of it. */
export interface CommandSpec {
  readonly name: string;
  /** One line for `scar --help`. */
  readonly summary: string;
  /** SCAR's own options, in its order: prefixes are resolved among these first. */
  readonly options: readonly OptionSpec[];
  /** Options that SCAR does not have; the global ones are added to every command. */
  readonly extra: readonly OptionSpec[];
  /** Options of SCAR's first releases, and what their one positional stood for (old-forms.ts). */
  readonly old?: readonly OptionSpec[];
  readonly oldPositional?: OptionSpec;
  /** At most one of each group; exactly one where `required`. */
  readonly groups: readonly { readonly required: boolean; readonly members: readonly OptionSpec[] }[];
  readonly required: readonly OptionSpec[];
  /** The first positional and everything after it, verbatim (argparse's REMAINDER); `path` as in {@link OptionSpec}. */
  readonly remainder?: { readonly dest: string; readonly help: string; readonly path: string };
  /** One positional with these values. */
  readonly choice?: { readonly dest: string; readonly values: Readonly<Record<string, string>> };
  /**
   * What the context must hold: functions of `-f`/`-n`, an image (of a function of `-f`, or named by flags without a function), the
   * defaults alone, or no configuration at all.
   */
  readonly needs: "functions" | "image" | "defaults" | "nothing";
  /** Whether it makes functions: they need an image and a role then. */
  readonly deploys: boolean;
  /** Whether it changes nothing, so that Ctrl-C need not wait for it. */
  readonly readsOnly: boolean;
  readonly examples: readonly string[];
  /** Loads the command's module and what it uses; missing: not supported yet. */
  readonly load?: () => Promise<{ readonly command: Command }>;
}

const nameOrFile = { required: true, members: [OPTION.name, OPTION.confFile] };

/** What commands with `-f` take beside it. */
const ofFile = [EXTRA.function, EXTRA.strict];

const common = { extra: [], groups: [], required: [], deploys: false, readsOnly: false } as const;

/** All commands in the order of the help. */
export const COMMANDS: readonly CommandSpec[] = [
  {
    ...common,
    name: "init",
    summary: "create functions from a container image and a script",
    options: [
      OPTION.help,
      OPTION.profile,
      OPTION.description,
      OPTION.environment,
      OPTION.lambdaEnvironment,
      OPTION.memory,
      OPTION.timeout,
      OPTION.timeoutThreshold,
      OPTION.logLevel,
      OPTION.layers,
      OPTION.inputBucket,
      OPTION.outputBucket,
      OPTION.executionMode,
      OPTION.iamRole,
      OPTION.supervisorVersion,
      OPTION.runtime,
      OPTION.batchMemory,
      OPTION.batchVcpus,
      OPTION.enableGpu,
      OPTION.json,
      OPTION.verbose,
      OPTION.image,
      OPTION.imageFile,
      OPTION.confFile,
      OPTION.name,
      OPTION.initScript,
      OPTION.preheat,
      OPTION.extraPayload,
      OPTION.deploymentBucket,
      OPTION.apiGatewayName,
    ],
    extra: [...ofFile, EXTRA.allowLoop, EXTRA.noRollback, EXTRA.dryRun],
    old: [OLD.eventSource],
    oldPositional: OPTION.image,
    groups: [{ required: true, members: [OPTION.image, OPTION.imageFile, OPTION.confFile] }],
    needs: "functions",
    deploys: true,
    examples: [
      "scar init -n scar-cowsay -i grycap/cowsay",
      "scar init -f grey.yaml",
      "scar --local init -n cow -if cowsay.tar -s cow.sh -ib photos/in -ob photos/out",
    ],
    load: () => import("./commands/init.ts"),
  },
  {
    ...common,
    name: "invoke",
    summary: "call a function through its HTTP endpoint",
    options: [
      OPTION.help,
      OPTION.profile,
      OPTION.asynchronous,
      OPTION.outputFile,
      OPTION.name,
      OPTION.confFile,
      OPTION.dataBinary,
      OPTION.jsonData,
      OPTION.parameters,
    ],
    extra: [...ofFile, OPTION.verbose],
    groups: [nameOrFile],
    needs: "functions",
    examples: [
      "scar invoke -n grey -db photo.png -o grey.png",
      "scar invoke -n grey -jd '{\"width\": 100}' -p 'mode=fast'",
    ],
    load: () => import("./commands/invoke.ts"),
  },
  {
    ...common,
    name: "run",
    summary: "run a function now, with its script, another one or a command",
    options: [
      OPTION.help,
      OPTION.profile,
      OPTION.asynchronous,
      OPTION.outputFile,
      OPTION.json,
      OPTION.verbose,
      OPTION.name,
      OPTION.confFile,
      OPTION.runScript,
      OPTION.runInputBucket,
    ],
    extra: [...ofFile, EXTRA.runEnvironment, EXTRA.noFiles, EXTRA.wait, EXTRA.retryFailed],
    old: [OLD.eventSource],
    oldPositional: OPTION.name,
    groups: [nameOrFile],
    remainder: { dest: "c_args", help: "command to run in the container, with its own flags", path: "lambda.c_args" },
    needs: "functions",
    examples: [
      "scar run -n grey",
      "scar run -n grey identify -version",
      "scar run -f grey.yaml -s other.sh -e WIDTH=100",
      "scar run -n grey -ib photos/in",
      "scar run -f grey.yaml --wait --retry-failed",
    ],
    load: () => import("./commands/run.ts"),
  },
  {
    ...common,
    name: "ls",
    summary: "list your functions, or the files of a bucket",
    options: [OPTION.help, OPTION.profile, OPTION.json, OPTION.verbose, OPTION.listedBucket],
    readsOnly: true,
    needs: "defaults",
    examples: ["scar ls", "scar ls -b photos/out"],
    load: () => import("./commands/ls.ts"),
  },
  {
    ...common,
    name: "rm",
    summary: "delete functions and what was made for them; never buckets or files",
    options: [OPTION.help, OPTION.profile, OPTION.json, OPTION.verbose, OPTION.name, OPTION.all, OPTION.confFile],
    extra: [...ofFile, EXTRA.yes, EXTRA.dryRun],
    groups: [{ required: true, members: [OPTION.name, OPTION.all, OPTION.confFile] }],
    needs: "functions",
    examples: ["scar rm -n grey", "scar rm -f grey.yaml", "scar rm -a --dry-run"],
    load: () => import("./commands/rm.ts"),
  },
  {
    ...common,
    name: "log",
    summary: "show what a function wrote to its log",
    options: [OPTION.help, OPTION.profile, OPTION.name, OPTION.confFile, OPTION.logStreamName, OPTION.requestId],
    extra: [...ofFile, EXTRA.follow, EXTRA.since],
    oldPositional: OPTION.name,
    groups: [nameOrFile],
    needs: "functions",
    examples: [
      "scar log -n grey",
      "scar log -n grey -ri 5b2c7a52-6d0e-4f0e-9a3e-0d5c8a1f7b11",
      "scar log -n grey --since 10m --follow",
    ],
    load: () => import("./commands/log.ts"),
  },
  {
    ...common,
    name: "put",
    summary: "upload files to a bucket",
    options: [OPTION.help, OPTION.profile, OPTION.bucket, OPTION.putPath],
    required: [OPTION.bucket, OPTION.putPath],
    needs: "defaults",
    examples: ["scar put -b photos/in -p holiday/"],
    load: () => import("./commands/put.ts"),
  },
  {
    ...common,
    name: "get",
    summary: "download files from a bucket",
    options: [OPTION.help, OPTION.profile, OPTION.bucket, OPTION.getPath],
    required: [OPTION.bucket, OPTION.getPath],
    needs: "defaults",
    examples: ["scar get -b photos/out -p grey/"],
    load: () => import("./commands/get.ts"),
  },
  {
    ...common,
    name: "shell",
    summary: "a shell, or a command, in a container image on this machine",
    options: [OPTION.help, OPTION.environment, OPTION.image, OPTION.imageFile, OPTION.confFile],
    extra: ofFile,
    groups: [{ required: true, members: [OPTION.image, OPTION.imageFile, OPTION.confFile] }],
    remainder: {
      dest: "c_args",
      help: "command to run in the image, with its own flags; without one, a shell",
      path: "lambda.c_args",
    },
    needs: "image",
    examples: [
      "scar shell -i grycap/cowsay",
      "scar shell -i grycap/cowsay /usr/games/cowsay hello",
      "scar shell -f grey.yaml",
    ],
    load: () => import("./commands/shell.ts"),
  },
  {
    ...common,
    name: "local",
    summary: "the AWS of this machine, that --local uses",
    options: [OPTION.help],
    extra: [EXTRA.port, EXTRA.yes],
    choice: {
      dest: "action",
      values: {
        start: "start it; nothing happens when it runs already",
        stop: "end it; what it holds stays on disk",
        status: "say whether it runs and where",
        reset: "delete all that it holds",
        env: 'print the variables that lead other tools to it: eval "$(scar local env)"',
      },
    },
    needs: "nothing",
    examples: ["scar local start", 'eval "$(scar local env)" && aws s3 ls'],
    load: () => import("./commands/local.ts"),
  },
  {
    ...common,
    name: "role",
    summary: "the IAM role that functions need, as policies to look at, or made",
    options: [
      OPTION.help,
      OPTION.profile,
      OPTION.name,
      OPTION.confFile,
      OPTION.image,
      OPTION.inputBucket,
      OPTION.outputBucket,
    ],
    extra: [...ofFile, EXTRA.print, EXTRA.create, EXTRA.roleName],
    groups: [nameOrFile, { required: true, members: [EXTRA.print, EXTRA.create] }],
    needs: "functions",
    examples: [
      "scar role -f grey.yaml --print",
      "scar role -f grey.yaml --create",
      "scar role -n grey -ib photos/in -ob photos/out --create",
    ],
    load: () => import("./commands/role.ts"),
  },
  {
    ...common,
    name: "update",
    summary: "change functions in place to what their file says, or move all to this release",
    options: [OPTION.help, OPTION.profile, OPTION.json, OPTION.verbose, OPTION.all, OPTION.confFile],
    extra: [...ofFile, EXTRA.allowLoop, EXTRA.dryRun, EXTRA.replace],
    groups: [{ required: true, members: [OPTION.all, OPTION.confFile] }],
    needs: "functions",
    deploys: true,
    examples: ["scar update -f grey.yaml", "scar update -f grey.yaml --dry-run", "scar update -a"],
    load: () => import("./commands/update.ts"),
  },
];

/** Every option that a command takes, SCAR's own first. */
export function optionsOf(command: CommandSpec): readonly OptionSpec[] {
  const own = [...command.options, ...command.extra];
  return [...own, ...Object.values(GLOBAL).filter((option) => !own.some((known) => known.dest === option.dest))];
}

export function findCommand(name: string): CommandSpec | undefined {
  return COMMANDS.find((command) => command.name === name);
}
