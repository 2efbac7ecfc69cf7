import type { LambdaSection } from "../fdl/contract.ts";
import type { FunctionSpec } from "../fdl/spec.ts";
import type { AwsSession } from "../providers/aws/session.ts";
import type { World } from "./world.ts";

/** One thing that happened, in the three forms a user can ask for (behaviour.md, section 6). */
export interface Result {
  /** Lines for people, without the last newline; printed when neither `-j` nor `-v` is given. */
  readonly text?: string;
  /** One JSON document, printed on one line with `-j`. */
  readonly json?: object;
  /** The whole AWS response under the same keys, printed with `-v` (wins over `-j`); default: `json`. */
  readonly verbose?: object;
}

/** Where a command's words go: results to stdout, everything else to stderr. */
export interface Reporter {
  /** What the user asked for (`run` without `-j`, `ls`: text is what scripts parse). */
  result(result: Result): void;
  /** Progress and notices. */
  notice(text: string): void;
  /** `warning: …` */
  warn(text: string): void;
  /** How far the work is: the terminal's last line, until the next one; undefined removes it. Nothing where there is no terminal. */
  status(text: string | undefined): void;
}

/** Flags by their `dest` in cli.json (`conf_file`, `image_file`, `run_script`, …): only those given. */
export type Options = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

/** What every command gets: nothing of the process, nothing unresolved. */
export interface CommandContext {
  readonly world: World;
  readonly options: Options;
  /** The container's command of `run` (`c_args`), verbatim. */
  readonly args: readonly string[];
  readonly report: Reporter;
  /** The functions of `-f` or of the flags, resolved and validated; with `-n` alone, one made of the defaults. */
  readonly functions: readonly FunctionSpec[];
  /** Defaults for commands without a function (`ls`, `put`, `get`): the resolved lambda section without a name. */
  readonly defaults: Pick<LambdaSection, "region" | "boto_profile">;
  /** Region, profile, endpoint and credentials; starts the local AWS with `--local`. Default: the session of `defaults`. */
  session(spec?: FunctionSpec): Promise<AwsSession>;
}

/** One command: a value. Default exit code 0. */
export interface Command {
  run(context: CommandContext): Promise<number | undefined>;
}
