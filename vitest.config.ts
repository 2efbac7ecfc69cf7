import { defineConfig } from "vitest/config";

/** Everything that needs only Node: unit, command, local and supervisor tests. `npm run test:system` has the rest. */
export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    exclude: ["test/system/**", "node_modules/**"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // A notice of the SDK for developers: Node 20 is what the lock file is made for.
    env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true" },
    globalSetup: ["test/helpers/build-once.ts"],
    reporters: ["default", "./test/helpers/closing-line.ts"],
  },
});
