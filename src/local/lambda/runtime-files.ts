/** The read-only files that every environment shows beside code and layers. */
import { copyFileSync, mkdirSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { LAMBDA_UID } from "../sandbox/sandbox.ts";

/**
 * Copies them to `folder`, so that a release that is replaced while the server runs takes nothing away from it.
 * @returns path inside the sandbox → path outside
 */
export function runtimeFiles(folder: string, distDir: string): Record<string, string> {
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  const runtime = join(folder, "index.mjs");
  copyFileSync(join(distDir, "local", "node-runtime.mjs"), runtime);
  const passwd = join(folder, "passwd");
  writeFileSync(passwd, passwdFile(readFileSync("/etc/passwd", "utf8")), { mode: 0o644 });
  return {
    "/etc/passwd": passwd,
    "/var/lang/bin/node": realpathSync(process.execPath),
    "/var/runtime/index.mjs": runtime,
  };
}

/** This machine's users with Lambda's own among them: programs ask who they are. */
function passwdFile(host: string): string {
  const others = host.split("\n").filter((line) => line !== "" && line.split(":")[2] !== String(LAMBDA_UID));
  const own = `sbx_user1051:x:${LAMBDA_UID}:${LAMBDA_UID}::/home/sbx_user1051:/sbin/nologin`;
  return `${[...others, own].join("\n")}\n`;
}
