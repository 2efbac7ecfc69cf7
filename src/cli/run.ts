import { EXIT } from "../errors.ts";
import { VERSION } from "../version.ts";
import type { CommandLog } from "./log/log.ts";
import type { World } from "./world.ts";

/** Runs one command line and returns its exit code; never exits, never throws: this is the program's one catch. */
export async function run(argv: readonly string[], world: World): Promise<number> {
  // Scripts ask for the version often: nothing else is loaded for it.
  if (argv[0] === "--version") {
    world.stdout.write(`SCAR ${VERSION}\n`);
    return EXIT.ok;
  }
  let json = asksForJson(argv);
  let log: CommandLog | undefined;
  let code: number;
  try {
    const { parse, execute } = await import("./dispatch.ts");
    const line = parse(argv);
    json = line.options["json"] === true;
    const { logOf } = await import("./log/log.ts");
    log = logOf(line, world);
    code = await execute(line, withLog(world, log));
  } catch (error) {
    const { reportFailure } = await import("./report/failure.ts");
    code = reportFailure(error, withLog(world, log), json);
  }
  log?.end(code);
  return code;
}

/** The same world; standard input, which opens when it is looked at, is left alone. */
function withLog(world: World, log: CommandLog | undefined): World {
  return log === undefined ? world : Object.create(world, { log: { value: log, enumerable: true } });
}

/** Good enough for a line that could not be parsed: the command of `run` and `shell` is not looked into. */
function asksForJson(argv: readonly string[]): boolean {
  const verb = argv.findIndex((word) => word === "run" || word === "shell");
  const words = verb < 0 ? argv : argv.slice(0, verb + 2);
  return words.includes("-j") || words.includes("--json");
}
