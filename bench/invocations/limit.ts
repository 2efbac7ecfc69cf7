/**
 * The limit that the local Lambda is measured against: a bare HTTP server in Node that hands a request's body to a runtime and the runtime's
 * answer back, with the two round trips of the Runtime API and nothing else: no signature, log, queue, sandbox or time limit.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

interface Waiting {
  readonly body: Buffer;
  readonly response: ServerResponse;
}

/** Serves until its parent goes; prints its port. @param runtimes how many of the built Node runtime to start, each in `task` */
export function serveLimit(runtime: string, task: string, runtimes: number): void {
  const events: Waiting[] = [];
  const idle: ServerResponse[] = [];
  const underWay = new Map<string, ServerResponse>();
  let serial = 0;

  const match = (): void => {
    while (events.length > 0 && idle.length > 0) {
      const { body, response } = events.shift()!;
      const id = String(serial++);
      underWay.set(id, response);
      const headers = { "lambda-runtime-aws-request-id": id, "lambda-runtime-deadline-ms": Date.now() + 60_000 };
      idle.shift()!.writeHead(200, headers).end(body);
    }
  };
  const server = createServer(async (request, response) => {
    const { url = "" } = request;
    if (url.endsWith("/next")) idle.push(response);
    else if (url.endsWith("/response")) {
      const id = url.split("/").at(-2)!;
      underWay.get(id)!.end(await bodyOf(request));
      underWay.delete(id);
      response.writeHead(202).end();
    } else events.push({ body: await bodyOf(request), response });
    match();
  });
  server.keepAliveTimeout = 60_000;
  server.listen(0, "127.0.0.1", () => {
    const { port } = server.address() as AddressInfo;
    const env = {
      LAMBDA_TASK_ROOT: task,
      _HANDLER: "index.handler",
      AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${port}`,
      AWS_LAMBDA_FUNCTION_NAME: "echo",
    };
    for (let i = 0; i < runtimes; i++) spawn(process.execPath, [runtime], { env, stdio: "ignore" });
    process.stdout.write(`${port}\n`);
  });
  // The runtimes end when their Runtime API is gone.
  process.stdin.on("end", () => process.exit()).resume();
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

export interface Limit {
  readonly port: number;
  readonly child: ChildProcess;
}

/** In a process of its own, as the local AWS is. @param program the benchmark itself, which calls {@link serveLimit} for these arguments */
export function startLimit(program: string, args: readonly string[]): Promise<Limit> {
  const child = spawn(process.execPath, [program, ...args], { stdio: ["pipe", "pipe", "inherit"] });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.stdout.once("data", (line: Buffer) => resolve({ port: Number(line), child }));
  });
}
