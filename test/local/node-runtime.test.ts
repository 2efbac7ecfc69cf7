import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, expect, it } from "vitest";
import { distDir } from "../helpers/local.ts";

const runtime = join(distDir, "local", "node-runtime.mjs");
let task: string;
beforeEach(() => {
  task = mkdtempSync(join(tmpdir(), "scar-task-"));
});
afterEach(() => rmSync(task, { recursive: true, force: true }));

/** A port of loopback that nobody listens on. */
async function closedPort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

it.each([
  ["at its first question", "export const handler = async () => 1;"],
  ["when the handler cannot be loaded", "throw new Error('no module');"],
])("ends when the Runtime API is gone, %s", async (_, module) => {
  writeFileSync(join(task, "index.mjs"), module);
  const { status, signal } = spawnSync(process.execPath, [runtime], {
    env: {
      AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${await closedPort()}`,
      LAMBDA_TASK_ROOT: task,
      _HANDLER: "index.handler",
    },
    timeout: 20_000,
  });
  expect({ status, signal }).toEqual({ status: 129, signal: null });
});
