import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";
import manifest from "./package.json" with { type: "json" };

/** Everything that needs only Node: unit, command, local and supervisor tests. `npm run test:system` and `test:moto` have the rest. */
export default defineConfig({
  // As in the build: the sources under test and the bundles are of one version.
  define: { __SCAR_VERSION__: JSON.stringify(manifest.version) },
  test: {
    include: ["test/**/*.test.ts"],
    exclude: ["test/system/**", "test/moto/**", "node_modules/**"],
    // Most tests wait for servers and functions: two processors have work for four.
    maxWorkers: availableParallelism() + 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // A notice of the SDK for developers: Node 20 is what the lock file is made for.
    env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true" },
    globalSetup: ["test/helpers/build-once.ts"],
    reporters: ["default", "./test/helpers/closing-line.ts"],
  },
});
