import { EXIT, ScarError } from "../../errors.ts";
import type { FunctionSpec } from "../../fdl/spec.ts";
import { ask } from "../ask.ts";
import type { CommandContext } from "../command.ts";

/** The one function that the command is about. Throws `NoFunction`, `SeveralFunctions` (exit code 2). */
export function oneFunction({ functions }: Pick<CommandContext, "functions">): FunctionSpec {
  const [first, ...others] = functions;
  if (first === undefined) throw noFunction();
  if (others.length > 0) throw severalFunctions(functions, "name one with --function");
  return first;
}

/**
 * The functions that the command is about: the one there is, those that `--function` names, or what is answered on a terminal. Throws
 * `SeveralFunctions` (exit code 2) where the file has more and nobody can be asked.
 */
export async function chosenFunctions(context: CommandContext): Promise<readonly FunctionSpec[]> {
  const { functions, options, world } = context;
  if (functions.length === 0) throw noFunction();
  if (functions.length === 1 || options["function"] !== undefined) return functions;
  const number = world.stdin.isTTY ? await askedNumber(context) : undefined;
  if (number === undefined) {
    throw severalFunctions(functions, "name one with --function, or all of them with --function all");
  }
  return number === 0 ? functions : [functions[number - 1]!];
}

/** SCAR's question: 0 is all of them. Undefined at the end of the input. */
async function askedNumber({ functions, world }: CommandContext): Promise<number | undefined> {
  const lines = ["Apply to all", ...functions.map(({ lambda }) => lambda.name)].map((name, i) => `${i}) ${name}\n`);
  world.stderr.write(`Please choose a function:\n${lines.join("")}`);
  for (;;) {
    const answer = await ask(world, "Enter number: ");
    if (answer === undefined) return undefined;
    const number = /^\s*\d+\s*$/.test(answer) ? Number(answer) : Number.NaN;
    if (number <= functions.length) return number;
    world.stderr.write(`'${answer.trim()}' is none of them.\n`);
  }
}

function noFunction(): ScarError {
  return new ScarError("NoFunction", "the file has no function under functions.aws", { exitCode: EXIT.usage });
}

function severalFunctions(functions: readonly FunctionSpec[], hint: string): ScarError {
  const names = functions.map(({ lambda }) => `'${lambda.name}'`).join(", ");
  return new ScarError("SeveralFunctions", `the file has several functions: ${names}`, { hint, exitCode: EXIT.usage });
}
