import { EXIT, ScarError } from "../errors.ts";
import { ask } from "./ask.ts";
import type { World } from "./world.ts";

/**
 * Asks on the terminal and waits for yes or no; Enter is no. Where nobody can answer it does not wait: ScarError `NeedsConfirmation`
 * (exit code 2), which names the flag that answers beforehand.
 */
export async function confirm(world: World, question: string, flag: string): Promise<boolean> {
  if (!world.stdin.isTTY) {
    throw new ScarError("NeedsConfirmation", `${question} Nobody is there to be asked`, {
      exitCode: EXIT.usage,
      hint: `${flag} answers yes`,
    });
  }
  const answer = await ask(world, `${question} [y/N] `);
  return answer !== undefined && /^\s*y(es)?\s*$/i.test(answer);
}
