import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

/** Each project of a configuration asks, with a module of its own. */
const BUILT = Symbol.for("scar.tests.built");

/** Builds `dist/` before the first test: the tests run the very bundles that are deployed and published. */
export default function setup(): void {
  if (Reflect.get(globalThis, BUILT) === true) return;
  Reflect.set(globalThis, BUILT, true);
  const root = fileURLToPath(new URL("../../", import.meta.url));
  execFileSync(process.execPath, ["build.mjs"], { cwd: root, stdio: "inherit" });
}
