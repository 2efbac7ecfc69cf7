import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { ExecutionEnvironment, exceptionOf } from "./environment.ts";

it("a udocker of the user's that hangs is ended before Lambda ends the invocation, with what it started", async () => {
  const folder = mkdtempSync(join(tmpdir(), "scar-hanging-"));
  const exec = join(folder, "udocker");
  const lines = ["#!/bin/sh", "for word; do :; done", `case "$word" in version) echo version 1;; *) sleep 1000`];
  writeFileSync(exec, `${lines.join("\n")}\n;; esac\n`, { mode: 0o755 });
  const environment = await ExecutionEnvironment.start({ env: { UDOCKER_EXEC: exec } });
  const answer = await environment.invoke({}, { remainingMs: 6000 });
  expect(answer.tookMs).toBeLessThan(6000);
  expect(exceptionOf(answer)).toMatch(/image machine:latest did not get ready/);
  expect(processesOf(folder)).toEqual([]);
  environment.stop();
  rmSync(folder, { recursive: true });
});

/** Processes whose program or environment names the folder, the supervisor's own not counted. */
function processesOf(folder: string): string[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const words = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
        return words.some((word) => word.startsWith(folder)) ? [words.join(" ")] : [];
      } catch {
        return [];
      }
    });
}
