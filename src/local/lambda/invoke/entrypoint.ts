/** What is started inside an environment. */
import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { RuntimeFault } from "./fault.ts";

/** Node with our Runtime API client; for the provided runtimes the bootstrap of the code or, without one, of the layers. */
export async function entrypoint(
  runtime: string,
  task: string,
  opt: string,
): Promise<readonly string[] | RuntimeFault> {
  if (runtime.startsWith("nodejs")) return ["/var/lang/bin/node", "/var/runtime/index.mjs"];
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

function invalid(message: string): RuntimeFault {
  return { errorType: "Runtime.InvalidEntrypoint", message, status: "error" };
}
