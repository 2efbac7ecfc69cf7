import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { makeFolder } from "../../src/make-folder.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "scar-make-folder-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe("makeFolder", () => {
  it("makes what is missing, with the mode asked for, and is content with what is there", () => {
    makeFolder(join(folder, "a/b/c"), 0o700);
    makeFolder(join(folder, "a/b/c"), 0o700);
    expect(statSync(join(folder, "a/b")).mode & 0o777).toBe(0o700);
  });

  it("fails where a file stands in the way", () => {
    writeFileSync(join(folder, "file"), "");
    expect(() => makeFolder(join(folder, "file"))).toThrow(/EEXIST/);
    expect(() => makeFolder(join(folder, "file/below"))).toThrow();
  });

  it.runIf(existsSync("/proc/self"))("ends where Node's own recursive mkdir does not", () => {
    // In a process of its own: a loop would not let this one time out.
    const module = new URL("../../src/make-folder.ts", import.meta.url).href;
    const code = `import { build } from "esbuild";
      const { outputFiles } = await build({ entryPoints: [process.argv[1]], write: false, format: "esm", platform: "node", logLevel: "error" });
      const { makeFolder } = await import("data:text/javascript," + encodeURIComponent(outputFiles[0].text));
      try { makeFolder("/proc/scar/x"); } catch (error) { console.log(error.code); }`;
    const stdout = execFileSync(process.execPath, ["--input-type=module", "-e", code, new URL(module).pathname], {
      encoding: "utf8",
      timeout: 20_000,
    });
    expect(stdout.trim()).toBe("ENOENT");
  });

  it.skipIf(process.getuid?.() === 0)("names the system's reason", () => {
    chmodSync(folder, 0o500);
    expect(() => makeFolder(join(folder, "a"))).toThrow(/EACCES/);
  });
});
