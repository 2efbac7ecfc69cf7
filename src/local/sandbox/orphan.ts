/** Ends what a crashed server left running. */
import { setTimeout as delay } from "node:timers/promises";
import { processStart } from "../state-process.ts";
import { removeContainer } from "./docker.ts";
import { killGroup } from "./processes.ts";
import { endProot } from "./proot.ts";
import type { SandboxRecord } from "./sandbox.ts";
import type { SandboxSettings } from "./settings.ts";

/** How long a killed process may take to go, in ms. */
const GONE_MS = 5_000;

/** Resolves when it is gone, or after some seconds. */
export async function endSandbox(
  { kind, id, pid, startTime }: SandboxRecord,
  settings: SandboxSettings,
): Promise<void> {
  // The start time tells it from another process that got its number.
  const lives = (): boolean => processStart(pid) === startTime;
  if (lives()) {
    if (kind === "proot") endProot(pid);
    else killGroup(pid);
  }
  if (kind === "docker") await removeContainer(id, settings);
  for (const deadline = Date.now() + GONE_MS; lives() && Date.now() < deadline; ) await delay(10);
}
