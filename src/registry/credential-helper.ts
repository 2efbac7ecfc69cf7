/** Programs that keep logins (docker-credential-helpers): `docker-credential-NAME get`, the server on stdin, JSON on stdout. */
import { spawn } from "node:child_process";
import { anySignal } from "../any-signal.ts";
import { messageOf, ScarError } from "../errors.ts";
import type { Credential } from "./credential.ts";

/** Milliseconds a helper gets: one that asks the user for a password may wait for ever. */
const TIME_LIMIT_MS = 30_000;

/** Bytes of an answer that are read. */
const ANSWER_LIMIT = 64 * 1024;

/** Milliseconds for the rest of an answer after the helper's end: a child that it leaves may hold its stdout for ever. */
const REST_MS = 300;

/** The user name that says that the secret is an identity token. */
const IDENTITY = "<token>";

/**
 * Asks `docker-credential-NAME` for the login at `server`; undefined when it has none.
 * Throws ScarError `CredentialHelperFailed`, without anything that the helper wrote.
 */
export async function runCredentialHelper(
  name: string,
  server: string,
  env: Readonly<Record<string, string | undefined>>,
  signal?: AbortSignal,
  timeLimitMs = TIME_LIMIT_MS,
): Promise<Credential | undefined> {
  const program = `docker-credential-${name}`;
  const fail = (why: string, cause?: unknown) =>
    new ScarError("CredentialHelperFailed", `the credential helper ${program} ${why}`, { cause });
  // A name is no path: it must not lead to another program.
  if (!/^[\w.-]+$/.test(name)) throw fail("has a name that no program can have");
  const limit = AbortSignal.timeout(timeLimitMs);
  let answer: { readonly status: number | null; readonly text: string };
  try {
    answer = await ask(program, server, env, signal === undefined ? limit : anySignal([limit, signal]));
  } catch (error) {
    signal?.throwIfAborted();
    if (limit.aborted) throw fail(`gave no answer within ${timeLimitMs / 1000} s`);
    const missing = (error as NodeJS.ErrnoException).code === "ENOENT";
    throw fail(missing ? "is not installed" : `cannot be run: ${messageOf(error)}`, error);
  }
  if (answer.status !== 0) {
    // The helpers' library has this one sentence for it (`ErrCredentialsNotFound`), on stdout.
    if (answer.text.includes("credentials not found")) return undefined;
    throw fail(`failed (status ${answer.status ?? "unknown"})`);
  }
  return parseHelperAnswer(answer.text, program);
}

/** Throws ScarError `CredentialHelperFailed` when the answer is not what a helper answers. */
export function parseHelperAnswer(text: string, program: string): Credential | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // Said below.
  }
  const { Username: username, Secret: secret } = Object(value) as {
    readonly Username?: unknown;
    readonly Secret?: unknown;
  };
  if (typeof username !== "string" || typeof secret !== "string") {
    throw new ScarError("CredentialHelperFailed", `the credential helper ${program} did not answer with a login`);
  }
  if (secret === "") return undefined;
  if (username === IDENTITY) return { kind: "identity", username: "", token: secret, source: program };
  return { kind: "password", username, password: secret, source: program };
}

async function ask(
  program: string,
  server: string,
  env: Readonly<Record<string, string | undefined>>,
  signal: AbortSignal,
): Promise<{ status: number | null; text: string }> {
  signal.throwIfAborted();
  // Its own process group: a helper may be a script, whose children have to end with it.
  const child = spawn(program, ["get"], {
    env: env as NodeJS.ProcessEnv,
    stdio: ["pipe", "pipe", "ignore"],
    detached: true,
  });
  const chunks: Buffer[] = [];
  let length = 0;
  child.stdout.on("data", (chunk: Buffer) => {
    length += chunk.length;
    if (length <= ANSWER_LIMIT) chunks.push(chunk);
  });
  // It may end before it has read.
  child.stdin.on("error", () => {});
  child.stdin.end(server);
  let stop = () => {};
  let rest: NodeJS.Timeout | undefined;
  try {
    return await new Promise((resolve, reject) => {
      stop = () => reject(signal.reason);
      signal.addEventListener("abort", stop, { once: true });
      child.once("error", reject);
      const end = (status: number | null) => resolve({ status, text: Buffer.concat(chunks).toString("utf8") });
      child.once("close", end);
      child.once("exit", (status) => {
        // What has arrived is read before, however late the timer is.
        rest = setTimeout(() => setImmediate(end, status), REST_MS);
      });
    });
  } finally {
    signal.removeEventListener("abort", stop);
    clearTimeout(rest);
    child.stdout.destroy();
    // Also after its end: for what it left behind.
    if (child.pid !== undefined) killGroup(child.pid);
  }
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // Nothing of it is left.
  }
}
