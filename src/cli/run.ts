import { VERSION } from "../version.ts";
import type { World } from "./world.ts";

/** Runs one command line and returns its exit code; never exits, never throws. */
export async function run(argv: readonly string[], world: World): Promise<number> {
  if (argv[0] === "--version") {
    world.stdout.write(`SCAR ${VERSION}\n`);
    return 0;
  }
  return 2;
}
