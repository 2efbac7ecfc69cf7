/**
 * The main job of scar, for real and on this machine alone: deploys examples/word-frequency to the embedded local AWS, puts files into
 * its bucket, shows what came out, and removes everything. Needs no account, no Docker, no root and no network.
 */
import { spawn } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { makeMachineImage } from "./machine-image.ts";
import { sideBySide } from "./side-by-side.ts";

const dist = fileURLToPath(new URL("../../", import.meta.url));
const repository = join(dist, "..");
const TEXTS = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "LICENSE"];
const OUTPUT_DEADLINE_MS = 45_000;

const work = mkdtempSync(join(tmpdir(), "scar-demo-"));
const env: NodeJS.ProcessEnv = { ...process.env, SCAR_LOCAL_DIR: join(work, "local") };
// The demo is about the local AWS: nothing of the user's own AWS set-up may play a part.
for (const name of Object.keys(env))
  if (name.startsWith("AWS_") || (name.startsWith("SCAR_") && name !== "SCAR_LOCAL_DIR")) delete env[name];

class DemoFailed extends Error {}

/** Ctrl-C reaches the running scar command too; the demo then still removes what it made. */
let interrupted = false;
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => (interrupted = true));
// Whoever reads no further (`| head`) has seen enough, too: what was started is to be ended.
process.stdout.on("error", () => (interrupted = true));

const say = (text: string): void => void process.stdout.write(`${text}\n`);
const heading = (text: string): void => say(`\n── ${text} ${"─".repeat(Math.max(2, 92 - text.length))}`);

interface Outcome {
  readonly code: number;
  readonly stdout: string;
}

/** Runs one scar command as a user would; with `quiet`, only its standard output is kept. */
function scar(args: readonly string[], quiet = false): Promise<Outcome> {
  if (!quiet) say(`$ scar ${args.join(" ")}`);
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(dist, "main.js"), ...args], {
      cwd: work,
      env,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let stdout = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
      if (!quiet) process.stdout.write(text);
    });
    child.stderr.on("data", (data: Buffer) => {
      if (!quiet) process.stdout.write(data);
    });
    child.on("error", reject);
    child.on("close", (code) => resolve({ code: code ?? 1, stdout }));
  });
}

async function must(args: readonly string[]): Promise<string> {
  const { code, stdout } = await scar(args);
  if (interrupted) throw new DemoFailed("interrupted");
  if (code !== 0) throw new DemoFailed(`scar ${args.join(" ")} ended with exit code ${code}`);
  return stdout;
}

/** Waits until the bucket's folder holds the wanted files; S3 events are asynchronous, on AWS as here. */
async function waitForOutputs(folder: string, wanted: readonly string[]): Promise<void> {
  const deadline = Date.now() + OUTPUT_DEADLINE_MS;
  for (;;) {
    if (interrupted) throw new DemoFailed("interrupted");
    const { stdout } = await scar(["--local", "ls", "-b", folder], true);
    const present = new Set(stdout.split("\n").map((key) => basename(key)));
    const missing = wanted.filter((name) => !present.has(name));
    if (missing.length === 0) return;
    if (Date.now() > deadline)
      throw new DemoFailed(`no output after ${OUTPUT_DEADLINE_MS / 1000} s: ${missing.join(", ")}`);
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
}

async function story(): Promise<void> {
  heading("An image of this machine's own shell programs, and an FDL file");
  cpSync(join(repository, "examples", "word-frequency"), work, { recursive: true });
  const bytes = await makeMachineImage({ file: join(work, "image.tar"), tag: "word-tools:demo" });
  say(`image.tar: ${(bytes / 1e6).toFixed(1)} MB\n`);
  say(readFileSync(join(work, "word-frequency.yaml"), "utf8").trimEnd());

  heading("Deploy");
  await must(["--local", "init", "-f", "word-frequency.yaml"]);
  await must(["--local", "ls"]);

  heading("Put files into the input bucket");
  const texts = join(work, "texts");
  mkdirSync(texts);
  for (const name of TEXTS) cpSync(join(repository, name), join(texts, name));
  await must(["--local", "put", "-b", "words/input", "-p", "texts"]);

  heading("What came out");
  const wanted = TEXTS.map((name) => `${name.replace(/\.[^.]*$/, "")}.csv`);
  await waitForOutputs("words/output", wanted);
  await must(["--local", "get", "-b", "words/output", "-p", "results"]);
  for (const name of TEXTS) {
    const table = readFileSync(join(work, "results", "output", `${name.replace(/\.[^.]*$/, "")}.csv`), "utf8");
    if (!/^[a-z]+,\d+$/m.test(table)) throw new DemoFailed(`the table of ${name} is empty`);
    say(`\n  ${name.padEnd(58)} │ most frequent words`);
    const text = readFileSync(join(texts, name), "utf8").split("\n");
    say(sideBySide(text.filter((line) => line.trim() !== "").slice(0, 10), table.trimEnd().split("\n")));
  }

  heading("The function's log");
  await must(["--local", "log", "-n", "word-frequency"]);

  heading("Run a command in the function's container");
  await must(["--local", "run", "-n", "word-frequency", "uname", "-s"]);

  heading("Remove everything");
  await must(["--local", "rm", "-f", "word-frequency.yaml"]);
  const left = await must(["--local", "ls"]);
  if (left.includes("word-frequency")) throw new DemoFailed("the function is still listed after rm");
}

async function main(): Promise<number> {
  try {
    await story();
    return 0;
  } catch (error) {
    if (!(error instanceof DemoFailed)) throw error;
    say(`\ndemo: ${error.message}`);
    if (interrupted) return 130;
    const log = await scar(["--local", "log", "-n", "word-frequency"], true);
    if (log.code === 0 && log.stdout !== "") say(`the function's log:\n${log.stdout}`);
    return 1;
  } finally {
    await scar(["local", "stop"], true);
    rmSync(work, { recursive: true, force: true });
  }
}

const started = Date.now();
const code = await main();
const left = readdirSync(tmpdir()).filter((name) => name === basename(work));
if (left.length > 0) say(`demo: could not remove ${work}`);
say(
  code === 0
    ? `\ndemo: done in ${((Date.now() - started) / 1000).toFixed(1)} s; nothing is left behind`
    : "\ndemo: failed",
);
process.exitCode = code === 0 && left.length > 0 ? 1 : code;
