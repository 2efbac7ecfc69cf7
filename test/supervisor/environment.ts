/**
 * An execution environment of one function: its package on disk, a real packed image of the machine's own programs, and a
 * process that runs the built supervisor, invoked as Lambda's runtime would.
 */
import { type ChildProcess, fork } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { closeSync, mkdirSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { dump } from "js-yaml";
import { afterAll } from "vitest";
import { type MachineImageOptions, makeMachineImage, SHELL_PROGRAMS } from "../../demo/machine-image.ts";
import { openImageArchive, packImage } from "../../src/container/packed.ts";
import { nodeFlags } from "../../src/local/lambda/invoke/entrypoint.ts";
import type { TestLocal } from "../helpers/local.ts";

const dist = process.env["SCAR_BUILD_DIR"] ?? fileURLToPath(new URL("../../dist", import.meta.url));
const runtime = fileURLToPath(new URL("invoke-handler.mjs", import.meta.url));

export const PROGRAMS = [...SHELL_PROGRAMS, "setsid", "tee", "ln", "kill", "dd", "mkfifo", "chmod", "cmp"];

export interface Answer {
  readonly response?: { readonly statusCode: number; readonly headers: Record<string, string>; readonly body: string };
  readonly error?: { readonly name: string; readonly message: string; readonly stack: string };
  readonly envChanged: boolean;
  readonly peakRssKb: number;
  readonly requestId: string;
  /** Milliseconds. */
  readonly tookMs: number;
}

export interface PackageOptions {
  readonly image?: Omit<MachineImageOptions, "file">;
  /** Content of the init script. */
  readonly script?: string;
  /** Further fields of function_config.yaml. */
  readonly config?: Readonly<Record<string, unknown>>;
  readonly container?: Readonly<Record<string, unknown>>;
  /** Further variables of the function. */
  readonly env?: Readonly<Record<string, string>>;
  /** In place of function_config.yaml's content. */
  readonly configText?: string;
}

export interface InvokeOptions {
  /** Milliseconds until Lambda would end the invocation; default 60 s. */
  readonly remainingMs?: number;
  readonly requestId?: string;
}

export class ExecutionEnvironment {
  readonly folder = mkdtempSync(join(tmpdir(), "scar-environment-"));
  readonly udockerDir = join(this.folder, "udocker");
  #child: ChildProcess | undefined;
  readonly #requestIds: string[] = [];
  #waiting = new Map<string, (answer: Answer) => void>();

  static async start(options: PackageOptions = {}): Promise<ExecutionEnvironment> {
    const environment = new ExecutionEnvironment();
    environment.#writePackage(options);
    await environment.#launch(await packedImage(options.image), options.env ?? {});
    return environment;
  }

  get pid(): number {
    return this.#child!.pid!;
  }

  /** Everything written to the function's log so far. */
  get log(): string {
    return readFileSync(join(this.folder, "log"), "utf8");
  }

  async invoke(payload: unknown, options: InvokeOptions = {}): Promise<Answer> {
    const { requestId = randomUUID(), remainingMs = 60_000 } = options;
    const id = randomUUID();
    this.#requestIds.push(requestId);
    const answer = new Promise<Answer>((resolve) => this.#waiting.set(id, resolve));
    const started = Date.now();
    this.#child!.send({ id, payload, requestId, remainingMs });
    return { ...(await answer), requestId, tookMs: Date.now() - started };
  }

  /** What the invocations so far left in /tmp. */
  leftovers(): string[] {
    return readdirSync("/tmp").filter((name) => this.#requestIds.some((id) => name.includes(id)));
  }

  stop(): void {
    this.#child?.kill("SIGKILL");
    rmSync(this.folder, { recursive: true, force: true });
  }

  #writePackage(options: PackageOptions): void {
    const task = join(this.folder, "task");
    mkdirSync(task);
    const config = {
      name: "fn",
      container: { image_file: "machine:latest", timeout_threshold: 1, ...options.container },
      ...(options.script === undefined ? {} : { init_script: "init.sh" }),
      ...options.config,
    };
    if (options.script !== undefined) writeFileSync(join(task, "init.sh"), options.script);
    writeFileSync(join(task, "function_config.yaml"), options.configText ?? dump(config));
    writeFileSync(
      join(task, "fn.mjs"),
      `export { handler as lambda_handler } from ${JSON.stringify(join(dist, "supervisor/handler.mjs"))};\n`,
    );
  }

  async #launch(packed: string, env: Readonly<Record<string, string>>): Promise<void> {
    const task = join(this.folder, "task");
    const log = openSync(join(this.folder, "log"), "a");
    const child = fork(runtime, [join(task, "fn.mjs")], {
      // Of a function of 256 MB.
      execArgv: nodeFlags(256),
      stdio: ["ignore", log, log, "ipc"],
      env: {
        PATH: process.env["PATH"],
        LAMBDA_TASK_ROOT: task,
        UDOCKER_DIR: this.udockerDir,
        UDOCKER_REPOS: join(packed, "repos/"),
        UDOCKER_LAYERS: join(packed, "layers/"),
        AWS_ACCESS_KEY_ID: "AKIDTEST",
        AWS_SECRET_ACCESS_KEY: "secret-of-the-role",
        AWS_REGION: "us-east-1",
        ...env,
      },
    });
    this.#child = child;
    closeSync(log);
    child.on("message", (message: Answer & { id: string }) => {
      this.#waiting.get(message.id)?.(message);
      this.#waiting.delete(message.id);
    });
    await once(child, "message");
  }
}

const packed = new Map<string, Promise<string>>();
const made: string[] = [];

// Of the test file that imports this one.
afterAll(() => {
  for (const folder of made) rmSync(folder, { recursive: true, force: true });
});

/** Folder of the packed image, made once in a test file for the same options. */
function packedImage(options: PackageOptions["image"]): Promise<string> {
  const key = JSON.stringify(options ?? {});
  const known = packed.get(key) ?? packImageOf(options);
  packed.set(key, known);
  return known;
}

async function packImageOf(options: PackageOptions["image"]): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "scar-packed-"));
  made.push(folder);
  const archive = join(folder, "image.tar");
  await makeMachineImage({ programs: PROGRAMS, ...options, tag: "machine:latest", file: archive });
  const image = await openImageArchive(archive);
  await packImage(image, "machine:latest", folder);
  await image.close();
  rmSync(archive);
  return folder;
}

/** What the command wrote, from a successful answer. */
export function outputOf({ response, error }: Answer): string {
  if (response?.statusCode !== 200)
    throw new Error(`not a success: ${JSON.stringify(error ?? decoded(response?.body))}`);
  return decoded(response.body);
}

/** The message of a failure that was answered. */
export function exceptionOf({ response, error }: Answer): string {
  if (response?.statusCode !== 500) throw new Error(`not an answered failure: ${JSON.stringify(error ?? response)}`);
  return JSON.parse(decoded(response.body)).exception;
}

/** The function's variables that lead to a local AWS. */
export function awsVariables({ env }: TestLocal): Record<string, string> {
  const { AWS_ACCESS_KEY_ID = "", AWS_SECRET_ACCESS_KEY = "", AWS_ENDPOINT_URL = "", AWS_REGION = "us-east-1" } = env;
  return { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_ENDPOINT_URL, AWS_REGION };
}

/** A record of S3's event: the key is form-encoded. */
export function objectRecord(bucket: string, key: string, more: object = {}) {
  const encoded = new URLSearchParams({ key }).toString().slice("key=".length);
  return {
    eventSource: "aws:s3",
    eventTime: "2026-11-21T12:00:00.000Z",
    s3: { bucket: { name: bucket, arn: `arn:aws:s3:::${bucket}` }, object: { key: encoded, ...more } },
  };
}

export const runScript = (text: string): { script: string } => ({ script: Buffer.from(text).toString("base64") });

function decoded(body = ""): string {
  return Buffer.from(body, "base64").toString();
}
