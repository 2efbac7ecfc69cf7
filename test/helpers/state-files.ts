import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import {
  type LambdaClient,
  ListFunctionsCommand,
  waitUntilFunctionActiveV2,
  waitUntilFunctionUpdatedV2,
} from "@aws-sdk/client-lambda";

/** Waits until no function changes by itself any more, so that a state before and after can be compared. */
export async function settled(lambda: LambdaClient): Promise<void> {
  const { Functions = [] } = await lambda.send(new ListFunctionsCommand({}));
  for (const { FunctionName } of Functions) {
    const limits = { client: lambda, maxWaitTime: 30, minDelay: 0.05, maxDelay: 0.2 };
    await waitUntilFunctionActiveV2(limits, { FunctionName });
    await waitUntilFunctionUpdatedV2(limits, { FunctionName });
  }
}

/** What a local AWS keeps in its state folder, by path: every write changes some of it. The server's own log is not of it. */
export function stateFiles(dir: string): Record<string, string> {
  const files = readdirSync(dir, { withFileTypes: true, recursive: true }).filter((entry) => entry.isFile());
  return Object.fromEntries(
    files
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path): [string, string] => [
        relative(dir, path),
        createHash("sha256").update(readFileSync(path)).digest("hex"),
      ])
      .filter(([path]) => !path.endsWith("server.log"))
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}
