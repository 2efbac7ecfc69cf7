import { existsSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { messageOf } from "../../errors.ts";
import type { Engine } from "../engine.ts";
import { removeTree } from "../remove-tree.ts";
import { runOnce } from "./run-once.ts";

/** Where the machine's own shell and what it needs stand. */
const SHELL_FOLDERS = ["/bin", "/lib", "/lib32", "/lib64", "/usr", "/nix", "/gnu"];

const STATUS = 42;

/** Runs the machine's shell with the engine in a root made of binds. Returns undefined when that works, else why not. */
export async function probe(engine: Engine): Promise<string | undefined> {
  const rootfs = mkdtempSync(join(tmpdir(), "scar-probe-"));
  try {
    const volumes = SHELL_FOLDERS.filter((folder) => existsSync(folder)).map((path) => ({
      source: path,
      target: path,
    }));
    const plan = await engine.plan({
      rootfs,
      argv: ["/bin/sh", "-c", `exit ${STATUS}`],
      env: {},
      workdir: "/",
      volumes,
    });
    try {
      const { status, message } = await runOnce(plan);
      return status === STATUS ? undefined : message.split("\n")[0] || `ended with status ${status}`;
    } finally {
      await plan.cleanup();
    }
  } catch (error) {
    return messageOf(error);
  } finally {
    await removeTree(rootfs);
  }
}
