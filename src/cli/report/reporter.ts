import type { Options, Reporter, Result } from "../command.ts";
import type { World } from "../world.ts";
import { StatusLine } from "./status-line.ts";

/** Results to stdout in the one form that was asked for; all other words to stderr (behaviour.md, section 6). */
export function makeReporter(world: Pick<World, "stdout" | "stderr" | "env" | "log">, options: Options): Reporter {
  const form = formatter(options);
  const line = new StatusLine(world);
  return {
    result(result) {
      const text = form(result);
      if (text !== undefined) line.above(() => world.stdout.write(`${text}\n`));
    },
    notice(text) {
      line.above(() => world.stderr.write(`${text}\n`));
      world.log?.say("INFO", text);
    },
    warn(text) {
      line.above(() => world.stderr.write(`warning: ${text}\n`));
      world.log?.say("WARNING", text);
    },
    status(text) {
      line.show(text);
    },
  };
}

/** `-v` wins over `-j`. */
function formatter(options: Options): (result: Result) => string | undefined {
  const document = (value: object | undefined): string | undefined =>
    value === undefined ? undefined : JSON.stringify(value);
  if (options["verbose"] === true) return (result) => document(result.verbose ?? result.json);
  if (options["json"] === true) return (result) => document(result.json);
  return (result) => result.text;
}
