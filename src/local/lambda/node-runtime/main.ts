/**
 * The Node.js runtime of the local AWS: asks the Lambda Runtime API for events and calls the function's handler. It runs inside
 * the sandbox, as /var/runtime/index.mjs, and shares no code with the server.
 */
import { patchConsole } from "./console.ts";
import { contextOf } from "./context.ts";
import { errorDocument } from "./error-document.ts";
import { loadHandler } from "./handler.ts";
import { RuntimeClient } from "./runtime-client.ts";

const { env } = process;
const client = new RuntimeClient(env["AWS_LAMBDA_RUNTIME_API"] ?? "");
const log = patchConsole(console, process.stdout);

/** What the handler wrote is out before its answer is: the log of an invocation is whole. */
async function flushed(): Promise<void> {
  for (const stream of [process.stdout, process.stderr]) {
    if (stream.writableLength > 0) await new Promise<void>((resolve) => stream.write("", () => resolve()));
  }
}

let ending = false;

/** What nobody caught ends the environment, as on Lambda; the invocation under way is told why. */
async function fatal(error: unknown): Promise<void> {
  if (ending) return;
  ending = true;
  const document = errorDocument(error);
  log.error("Uncaught Exception", document);
  try {
    await flushed();
    if (log.requestId === undefined) await client.initError(document);
    else await client.error(log.requestId, document);
  } catch {
    // The Runtime API is gone: its server was killed, and nobody is left to be told.
  } finally {
    process.exit(129);
  }
}
process.on("uncaughtException", (error) => void fatal(error));
process.on("unhandledRejection", (reason) => void fatal(reason));

try {
  const handler = await loadHandler(env["LAMBDA_TASK_ROOT"] ?? "/var/task", env["_HANDLER"] ?? "");
  for (;;) {
    const invocation = await client.next();
    log.requestId = invocation.requestId;
    env["_X_AMZN_TRACE_ID"] = invocation.traceId;
    try {
      const result = await handler(JSON.parse(invocation.payload), contextOf(invocation, env));
      // `undefined` is answered as null, as on Lambda; what JSON cannot hold is the handler's error.
      const json = JSON.stringify(result) ?? "null";
      await flushed();
      await client.response(invocation.requestId, json);
    } catch (error) {
      const document = errorDocument(error);
      log.error("Invoke Error", document);
      await flushed();
      await client.error(invocation.requestId, document);
    }
  }
} catch (error) {
  await fatal(error);
}
