import { defineConfig } from "vitest/config";
import manifest from "./package.json" with { type: "json" };

/** What needs root, Docker, Debian packages or clients from PyPI; each test file says what it skips and why. */
export default defineConfig({
  // As in the build: the sources under test and the bundles are of one version.
  define: { __SCAR_VERSION__: JSON.stringify(manifest.version) },
  test: {
    include: ["test/system/**/*.test.ts"],
    testTimeout: 300_000,
    hookTimeout: 600_000,
    fileParallelism: false,
    // A notice of the SDK for developers: Node 20 is what the lock file is made for.
    env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true" },
    globalSetup: ["test/helpers/build-once.ts"],
    reporters: ["default", "./test/helpers/closing-line.ts"],
  },
});
