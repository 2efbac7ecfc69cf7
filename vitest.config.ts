import { defineConfig } from "vitest/config";

/** Everything that needs only Node: unit, command, local and supervisor tests. `npm run test:system` has the rest. */
export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    exclude: ["test/system/**", "node_modules/**"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    globalSetup: ["test/helpers/build-once.ts"],
    reporters: ["default", "./test/helpers/closing-line.ts"],
  },
});
