import { setTimeout as sleep } from "node:timers/promises";
import { CloudWatchLogsClient, FilterLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import {
  CreateFunctionCommand,
  type CreateFunctionCommandInput,
  GetFunctionConfigurationCommand,
  InvokeCommand,
  LambdaClient,
} from "@aws-sdk/client-lambda";
import { type ArchiverError, ZipArchive } from "archiver";
import type { LocalServer } from "../../src/local/control.ts";
import { clientConfig } from "./local-clients.ts";

export const ROLE = "arn:aws:iam::123456789012:role/lambda-s3-execution-role";

export const lambdaClient = (server: LocalServer): LambdaClient => new LambdaClient(clientConfig(server));

export interface ZipEntry {
  readonly text?: string | Buffer;
  /** Target of a symbolic link. */
  readonly link?: string;
  /** Permissions; default 0644. */
  readonly mode?: number;
}

/** A zip of files: name → text, or more about it. */
export function zipOf(files: Readonly<Record<string, string | ZipEntry>>): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const archive = new ZipArchive({ zlib: { level: 1 } });
    const chunks: Buffer[] = [];
    archive.on("data", (chunk: Buffer) => chunks.push(chunk));
    archive.on("end", () => resolve(Buffer.concat(chunks)));
    archive.on("error", (error: ArchiverError) => reject(error));
    for (const [name, entry] of Object.entries(files)) {
      const { text = "", link, mode = 0o644 } = typeof entry === "string" ? { text: entry } : entry;
      if (link !== undefined) archive.symlink(name, link);
      else archive.append(text, { name, mode });
    }
    void archive.finalize();
  });
}

/** Waits for Active and for the end of an update. */
export async function settled(lambda: LambdaClient, name: string): Promise<void> {
  for (;;) {
    const found = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName: name }));
    if (found.State !== "Pending" && found.LastUpdateStatus !== "InProgress") return;
    await sleep(20);
  }
}

/** A function with one module, `index.mjs`, that is Active. */
export async function createNodeFunction(
  lambda: LambdaClient,
  name: string,
  source: string,
  more: Partial<CreateFunctionCommandInput> = {},
): Promise<string> {
  const created = await lambda.send(
    new CreateFunctionCommand({
      FunctionName: name,
      Runtime: "nodejs24.x",
      Handler: "index.handler",
      Role: ROLE,
      Code: { ZipFile: await zipOf({ "index.mjs": source }) },
      ...more,
    }),
  );
  await settled(lambda, name);
  return created.FunctionArn!;
}

export interface Called {
  /** Parsed JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: what a function of a test answers
  readonly value: any;
  readonly error: string | undefined;
  readonly log: string;
  readonly requestId: string;
}

export async function call(lambda: LambdaClient, name: string, event: unknown = {}): Promise<Called> {
  const { Payload, FunctionError, LogResult, $metadata } = await lambda.send(
    new InvokeCommand({ FunctionName: name, Payload: JSON.stringify(event), LogType: "Tail" }),
  );
  return {
    value: JSON.parse(Buffer.from(Payload!).toString("utf8")),
    error: FunctionError,
    log: Buffer.from(LogResult!, "base64").toString("utf8"),
    requestId: $metadata.requestId!,
  };
}

/** Waits until the log of a function has so many of its invocations begun. */
export async function begun(server: LocalServer, name: string, times: number): Promise<void> {
  const logs = new CloudWatchLogsClient(clientConfig(server));
  const request = { logGroupName: `/aws/lambda/${name}`, filterPattern: "START" };
  for (;;) {
    const found = await logs.send(new FilterLogEventsCommand(request)).catch(() => undefined);
    if ((found?.events?.length ?? 0) >= times) return;
    await sleep(20);
  }
}

/** Source of a handler that runs `event.sh` and answers with its output and status. */
export const SHELL_FUNCTION = `
import { spawnSync } from "node:child_process";
export const handler = async (event) => {
  const { stdout, stderr, status } = spawnSync("/bin/sh", ["-c", event.sh], { encoding: "utf8" });
  return { stdout, stderr, status };
};`;
