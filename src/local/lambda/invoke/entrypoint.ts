/** What is started inside an environment. */
import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { FunctionRecord } from "../model.ts";
import type { RuntimeFault } from "./fault.ts";

/** Node with our Runtime API client; for the provided runtimes the bootstrap of the code or, without one, of the layers. */
export async function entrypoint(
  { Runtime, MemorySize }: Pick<FunctionRecord, "Runtime" | "MemorySize">,
  task: string,
  opt: string,
): Promise<readonly string[] | RuntimeFault> {
  if (Runtime.startsWith("nodejs")) {
    return ["/var/lang/bin/node", ...nodeFlags(MemorySize), "/var/runtime/index.mjs"];
  }
  const places = [
    { inside: "/var/task/bootstrap", outside: join(task, "bootstrap") },
    { inside: "/opt/bootstrap", outside: join(opt, "bootstrap") },
  ];
  for (const { inside, outside } of places) {
    const found = await stat(outside).catch(() => undefined);
    if (!found?.isFile()) continue;
    return (found.mode & 0o111) === 0 ? invalid(`fork/exec ${inside}: permission denied`) : [inside];
  }
  return invalid(`Couldn't find valid bootstrap(s): [${places.map(({ inside }) => inside).join(" ")}]`);
}

/**
 * What Lambda's Node.js runtimes give V8 of the function's memory (their `bootstrap`): a tenth to new objects, the rest to old ones.
 * Without it V8 goes by the machine's memory, and is ended for garbage that it did not think worth collecting.
 */
export function nodeFlags(memorySize: number): string[] {
  const young = Math.floor(memorySize / 10);
  return [
    "--expose-gc",
    "--max-http-header-size=81920",
    `--max-semi-space-size=${Math.floor(young / 2)}`,
    `--max-old-space-size=${memorySize - young}`,
  ];
}

function invalid(message: string): RuntimeFault {
  return { errorType: "Runtime.InvalidEntrypoint", message, status: "error" };
}
