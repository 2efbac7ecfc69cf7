/** From a parsed line to the command that it names, with everything resolved. */
import { EXIT, notSupportedYet } from "../errors.ts";
import { VERSION } from "../version.ts";
import { normalise } from "./argv.ts";
import type { Options } from "./command.ts";
import type { CommandSpec } from "./command-table.ts";
import { makeContext } from "./context.ts";
import { helpText, parseOptions } from "./program.ts";
import { makeReporter } from "./report/reporter.ts";
import { refuseUnserved } from "./served.ts";
import { UsageError } from "./usage.ts";
import type { World } from "./world.ts";

export interface ParsedLine {
  readonly command?: CommandSpec;
  readonly options: Options;
  readonly args: readonly string[];
  readonly show?: "help" | "version";
  /** Old forms that were understood, and how they are written today: one line each. */
  readonly deprecated: readonly string[];
}

/** Throws {@link UsageError}; touches nothing. */
export function parse(argv: readonly string[]): ParsedLine {
  const line = normalise(argv);
  const { command, args, show, deprecated } = line;
  if (show !== undefined) return { ...(command ? { command } : {}), options: {}, args, show, deprecated };
  if (command === undefined) return { options: {}, args, deprecated };
  const options = parseOptions({ ...line, command });
  const actions = Object.keys(command.choice?.values ?? {});
  if (command.choice && !actions.includes(args[0] ?? "")) {
    const what = args[0] === undefined ? "nothing was given" : `not '${args[0]}'`;
    throw new UsageError(command, `argument ${command.choice.dest}: one of ${actions.join(", ")}, ${what}`);
  }
  if (options["local"] === true && options["endpoint_url"] !== undefined) {
    throw new UsageError(command, "argument --endpoint-url: not allowed with argument --local");
  }
  return { command, options, args, deprecated };
}

export async function execute(line: ParsedLine, world: World): Promise<number> {
  const { command, options, args } = line;
  if (line.show === "version") {
    world.stdout.write(`SCAR ${VERSION}\n`);
    return EXIT.ok;
  }
  if (line.show === "help") {
    world.stdout.write(helpText(command, Math.min(world.stdout.columns ?? 80, 120)));
    return EXIT.ok;
  }
  if (command === undefined) {
    // No command is wrong usage, but what one wants to read then is the help.
    world.stderr.write(helpText(undefined, Math.min(world.stderr.columns ?? 80, 120)));
    return EXIT.usage;
  }
  if (line.deprecated.length > 0) {
    const { notice } = makeReporter(world, options);
    for (const form of line.deprecated) notice(`deprecated: ${form}`);
  }
  if (options["show_config"] === true) {
    const { showConfig } = await import("./show-config.ts");
    return await showConfig(command, options, args, world);
  }
  if (command.load === undefined) throw notSupportedYet(`scar ${command.name}`);
  refuseUnserved(command, options);
  const context = await makeContext(command, options, args, world);
  world.log?.begin();
  const { command: chosen } = await command.load();
  const running = chosen.run(context);
  return (await (command.readsOnly ? untilAborted(running, world.signal) : running)) ?? EXIT.ok;
}

/** What changes things has to end them in order; what only reads is left where it is. */
async function untilAborted<T>(running: Promise<T>, signal: AbortSignal): Promise<T> {
  const cleanup = new AbortController();
  const aborted = new Promise<never>((_resolve, reject) => {
    signal.throwIfAborted();
    signal.addEventListener("abort", () => reject(signal.reason), { signal: cleanup.signal });
  });
  try {
    return await Promise.race([running, aborted]);
  } finally {
    cleanup.abort();
  }
}
