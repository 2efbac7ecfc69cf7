#!/usr/bin/env node
/** The process edge of `scar`: streams, environment and exit code; nothing else touches `process`. */
import { fileURLToPath } from "node:url";
import { run } from "./cli/run.ts";

process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] ??= "true";

const argv = process.argv.slice(2);

const controller = new AbortController();
const ignore = (): void => {};
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  // The first signal lets the command clean up; the second ends it at once.
  process.once(signal, () => controller.abort(signal));
}
let lost = false;
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    // A reader that stops early (`scar ls | head -1`) is no error, and no reason to leave work half done.
    if (error.code === "EPIPE") return;
    if (!lost && stream === process.stdout)
      process.stderr.write(`scar: the results cannot be written: ${error.message}\n`);
    lost = true;
    process.exitCode = 1;
  });
}

/** Undefined: it was removed under the shell that we were started from. */
function currentFolder(): string | undefined {
  try {
    return process.cwd();
  } catch {
    process.stderr.write("scar: the current folder is not there any more\n  hint: change to another one (cd)\n");
    return undefined;
  }
}

/** The young generation stays small, and the old one grows by half of what lives instead of to four times that. */
function sweepEarly(): void {
  void import("node:v8").then(({ setFlagsFromString }) => {
    setFlagsFromString("--semi-space-growth-factor=1");
    setFlagsFromString("--heap-growing-percent=50");
  });
}

const cwd = currentFolder();
if (cwd === undefined) process.exit(1);

const code = await run(argv, {
  env: process.env,
  cwd,
  // Opening it costs time, and only prompts read it.
  get stdin() {
    return process.stdin;
  },
  stdout: process.stdout,
  stderr: process.stderr,
  distDir: fileURLToPath(new URL(".", import.meta.url)),
  signal: controller.signal,
  yieldTerminal: () => {
    process.on("SIGINT", ignore);
    return () => process.off("SIGINT", ignore);
  },
  sweepEarly,
});
process.exitCode = lost && code === 0 ? 1 : code;
// A call that was left where it was would keep the process alive.
if (controller.signal.aborted) process.exit();
