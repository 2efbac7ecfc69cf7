import { defineConfig } from "vitest/config";
import manifest from "./package.json" with { type: "json" };

/** Files that take a machine to themselves: they count memory and processes, fill disks, or run for minutes under load. */
const ALONE = ["crash", "disk-full", "idle", "large-file", "sandbox-fallbacks", "soak", "supervisor-large-file"].map(
  (name) => `test/system/${name}.test.ts`,
);

/** What needs root, Docker, Debian packages or clients from PyPI; each test file says what it skips and why. */
export default defineConfig({
  // As in the build: the sources under test and the bundles are of one version.
  define: { __SCAR_VERSION__: JSON.stringify(manifest.version) },
  test: {
    testTimeout: 300_000,
    hookTimeout: 600_000,
    // A notice of the SDK for developers: Node 20 is what the lock file is made for.
    env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true" },
    globalSetup: ["test/helpers/build-once.ts"],
    reporters: ["default", "./test/helpers/closing-line.ts"],
    projects: [
      {
        extends: true,
        test: {
          name: "side by side",
          include: ["test/system/**/*.test.ts"],
          exclude: ALONE,
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: "alone",
          include: ALONE,
          fileParallelism: false,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
