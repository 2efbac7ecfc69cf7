import { EXIT, ScarError } from "../../errors.ts";
import type { FunctionSpec } from "../../fdl/spec.ts";
import type { CommandContext } from "../command.ts";

/** The one function that the command is about. Throws `SeveralFunctions` (exit code 2) when the file has more. */
export function oneFunction({ functions }: CommandContext): FunctionSpec {
  const [first, ...others] = functions;
  if (first === undefined) {
    throw new ScarError("NoFunction", "the file has no function under functions.aws", { exitCode: EXIT.usage });
  }
  if (others.length > 0) {
    const names = functions.map(({ lambda }) => `'${lambda.name}'`).join(", ");
    throw new ScarError("SeveralFunctions", `the file has several functions: ${names}`, {
      hint: "name one with --function",
      exitCode: EXIT.usage,
    });
  }
  return first;
}
