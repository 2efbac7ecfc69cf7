import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const src = fileURLToPath(new URL("../src/", import.meta.url));

/**
 * What each room may import from the others (DESIGN section 2). `lazily` marks what only `import()` may name: a command that does
 * not need it must not load it.
 */
const RULES: Record<string, { allowed: string[]; lazily?: string[] }> = {
  errors: { allowed: [] },
  version: { allowed: [] },
  "make-folder": { allowed: [] },
  "home-folder": { allowed: [] },
  slots: { allowed: [] },
  "any-signal": { allowed: [] },
  fdl: { allowed: ["errors"] },
  config: { allowed: ["errors", "make-folder", "home-folder", "fdl"] },
  registry: { allowed: ["errors", "any-signal"] },
  container: { allowed: ["errors", "slots", "any-signal", "registry"] },
  providers: {
    allowed: ["errors", "version", "make-folder", "home-folder", "slots", "any-signal", "fdl", "registry", "container"],
  },
  supervisor: { allowed: ["errors", "version", "slots", "any-signal", "fdl/contract", "registry", "container"] },
  local: { allowed: ["errors", "version", "make-folder", "container"] },
  cli: {
    allowed: [
      "errors",
      "version",
      "make-folder",
      "home-folder",
      "any-signal",
      "fdl",
      "config",
      "registry",
      "container",
      "providers",
    ],
    lazily: ["local", "providers"],
  },
  main: { allowed: ["cli", "errors", "version"] },
};

/** Files that may touch `process` for more than its platform: the edges. */
const PROCESS_EDGES = new Set(["main.ts", "supervisor/main.ts", "local/main.ts", "local/lambda/node-runtime/main.ts"]);

interface Import {
  readonly target: string;
  readonly lazy: boolean;
  readonly typeOnly: boolean;
}

function sources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
}

function imports(file: string): Import[] {
  const text = readFileSync(file, "utf8").replace(/\/\*[\s\S]*?\*\//g, "");
  const found: Import[] = [];
  for (const m of text.matchAll(/(?:^|\n)\s*(?:import|export)\s+(type\s+)?(?:[^;"']*?\s+from\s+)?["']([^"']+)["']/g)) {
    found.push({ target: m[2]!, lazy: false, typeOnly: m[1] !== undefined });
  }
  for (const m of text.matchAll(/(typeof\s+)?\bimport\(\s*["']([^"']+)["']\s*\)/g)) {
    found.push({ target: m[2]!, lazy: true, typeOnly: m[1] !== undefined });
  }
  return found;
}

const room = (path: string): string => path.split("/")[0]!.replace(/\.ts$/, "");

describe("rooms import only what they may", () => {
  const files = sources(src).map((file) => relative(src, file));

  it("finds the sources", () => {
    expect(files.length).toBeGreaterThan(10);
  });

  it.each(files)("%s", (file) => {
    const rule = RULES[room(file)];
    expect(rule, `src/${room(file)} is not a room: add it to DESIGN section 2 and here`).toBeDefined();
    for (const { target, lazy, typeOnly } of imports(join(src, file))) {
      if (!target.startsWith(".")) continue;
      const path = relative(src, resolve(src, dirname(file), target));
      if (room(path) === room(file)) continue;
      const allowed = rule!.allowed.some(
        (name) => path === `${name}.ts` || path === name || path.startsWith(`${name}/`),
      );
      const lazily = (lazy || typeOnly) && (rule!.lazily ?? []).includes(room(path));
      expect(allowed || lazily, `${file} may not import ${path}`).toBe(true);
    }
  });

  it("only cli's commands reach the AWS providers, and only when they run", () => {
    for (const file of files.filter((f) => room(f) === "cli")) {
      for (const { target, lazy, typeOnly } of imports(join(src, file))) {
        if (!target.startsWith(".")) continue;
        const path = relative(src, resolve(src, dirname(file), target));
        if (room(path) === "providers" && !file.startsWith("cli/commands/")) {
          expect(lazy || typeOnly, `${file} must import ${path} lazily`).toBe(true);
        }
      }
    }
  });

  it("only the edges touch the process", () => {
    for (const file of files.filter((f) => !PROCESS_EDGES.has(f))) {
      const text = readFileSync(join(src, file), "utf8").replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "");
      const touched = [...text.matchAll(/\bprocess\.(exit|exitCode|argv|env|stdout|stderr|stdin|cwd|on|once)\b/g)].map(
        (m) => m[0],
      );
      expect(touched, file).toEqual([]);
    }
  });
});
