import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { buildSync } from "esbuild";
import { expect, it } from "vitest";

it("a server whose file descriptors have run out hears of it when it starts a sandbox, and goes on", () => {
  const folder = mkdtempSync(join(tmpdir(), "scar-guard-"));
  const program = join(folder, "program.mjs");
  const contents = `
    import { openSync } from "node:fs";
    import { spawnGuarded } from "./guard.ts";
    try { for (;;) openSync("/dev/null", "r"); } catch {}
    let said = "nothing";
    try { spawnGuarded(["true"], {}, { asks: true }); } catch (error) { said = error.message; }
    setTimeout(() => console.log(said), 100);
  `;
  const stdin = { contents, resolveDir: resolve("src/local/sandbox"), loader: "js" } as const;
  buildSync({ stdin, bundle: true, platform: "node", format: "esm", target: "node20", outfile: program });
  const shell = `ulimit -n 64; exec "${process.execPath}" "${program}"`;
  expect(execFileSync("sh", ["-c", shell], { encoding: "utf8" })).toContain("too many files open");
  rmSync(folder, { recursive: true });
});
