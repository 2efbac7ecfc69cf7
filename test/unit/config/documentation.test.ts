import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { configText } from "../../../src/config/file.ts";
import { leavesOf } from "./scar-cfg-changes.ts";

const page = readFileSync(new URL("../../../docs/configuration.md", import.meta.url), "utf8");
const src = fileURLToPath(new URL("../../../src/", import.meta.url));

describe("docs/configuration.md", () => {
  const leaves = leavesOf(JSON.parse(configText())).map(({ keys, value }) => ({ path: keys.join("."), value }));

  it.each(leaves)("has $path with its default", ({ path, value }) => {
    expect(page).toContain(`\n| \`${path}\` | \`${JSON.stringify(value)}\` | `);
  });

  it("has no other keys", () => {
    const rows = [...page.matchAll(/^\| `((?:scar|aws|oscar)\.[^`]+)` \|/gm)].map(([, path]) => path);
    expect(rows).toEqual(leaves.map(({ path }) => path));
  });

  it("has every variable of the environment that the sources name", () => {
    const texts = readdirSync(src, { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".ts"))
      .map((name) => readFileSync(join(src, name), "utf8").replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, ""));
    const named = texts.flatMap((text) => [
      ...[...text.matchAll(/"((?:SCAR|UDOCKER)_[A-Z_]+[A-Z])"/g)].map(([, name]) => name!),
      ...[...text.matchAll(/\benv(?:\.|\[")([A-Z][A-Z_]+)\b/g)].map(([, name]) => name!),
    ]);
    const missing = [...new Set(named)].filter((name) => !page.includes(`\`${name}\``) && !INSIDE.test(name));
    expect(missing).toEqual([]);
  });
});

/** What Lambda, our own sandbox and our supervisor set for each other, and no user sets. */
const INSIDE = /^(AWS_LAMBDA_|_X_AMZN|_HANDLER|LAMBDA_TASK_ROOT|LD_|SCAR_INSIDE_|AWS_SDK_JS_)/;
