/** Where an environment's /tmp is kept. */
import { freemem } from "node:os";
import type { Sandbox } from "../../sandbox/sandbox.ts";

/** The part of the machine's free memory that one /tmp may take. */
const SHARE = 0.5;

/**
 * A full /tmp refuses more, as on Lambda, where it is a file system of its own: that is one in memory. Where that could take more
 * than half of what is free now, or cannot be mounted, it is a folder on disk, without a limit.
 * @returns what a sandbox is given as its `tmp`, and, for a folder, why
 */
export function tmpInMemory(sandbox: Pick<Sandbox, "tmpInMemory">, megabytes: number): true | string {
  if (!sandbox.tmpInMemory) return "this sandbox cannot mount one";
  const free = Math.floor(freemem() / 1048576);
  return megabytes <= free * SHARE || `it would be more than half of the ${free} MB of memory that are free`;
}
