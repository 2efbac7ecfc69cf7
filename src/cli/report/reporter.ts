import type { Options, Reporter, Result } from "../command.ts";
import type { World } from "../world.ts";

/** Results to stdout in the one form that was asked for; all other words to stderr (behaviour.md, section 6). */
export function makeReporter(world: Pick<World, "stdout" | "stderr" | "log">, options: Options): Reporter {
  const form = formatter(options);
  return {
    result(result) {
      const line = form(result);
      if (line !== undefined) world.stdout.write(`${line}\n`);
    },
    notice(text) {
      world.stderr.write(`${text}\n`);
      world.log?.say("INFO", text);
    },
    warn(text) {
      world.stderr.write(`warning: ${text}\n`);
      world.log?.say("WARNING", text);
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
