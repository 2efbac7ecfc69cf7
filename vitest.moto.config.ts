import { defineConfig } from "vitest/config";
import manifest from "./package.json" with { type: "json" };

/** The commands against moto, an AWS in Python that nobody here wrote; each test file says what it skips and why. */
export default defineConfig({
  // As in the build: the sources under test and the bundles are of one version.
  define: { __SCAR_VERSION__: JSON.stringify(manifest.version) },
  test: {
    include: ["test/moto/**/*.test.ts"],
    testTimeout: 600_000,
    // Each story has a server and commands of its own, all of them processes.
    maxConcurrency: 2,
    globalSetup: ["test/helpers/build-once.ts"],
    reporters: ["default", "./test/helpers/closing-line.ts"],
  },
});
