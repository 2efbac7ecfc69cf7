import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

/** Builds `dist/` before the first test: the tests run the very bundles that are deployed and published. */
export default function setup(): void {
  const root = fileURLToPath(new URL("../../", import.meta.url));
  execFileSync(process.execPath, ["build.mjs"], { cwd: root, stdio: "inherit" });
}
