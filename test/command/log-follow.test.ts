import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  PutLogEventsCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { afterAll, beforeAll, expect, it } from "vitest";
import { distDir, startTestLocal, type TestLocal } from "../helpers/local.ts";
import { clientConfig } from "../helpers/local-clients.ts";
import { documents, Project } from "./init-project.ts";

let local: TestLocal;
let project: Project;
let logs: CloudWatchLogsClient;

beforeAll(async () => {
  local = await startTestLocal();
  project = new Project(local);
  logs = new CloudWatchLogsClient(clientConfig(local.server));
  for (const name of ["fn", "other"]) {
    await logs.send(new CreateLogGroupCommand({ logGroupName: `/aws/lambda/${name}` }));
    for (const stream of ["s1", "s2"]) {
      await logs.send(new CreateLogStreamCommand({ logGroupName: `/aws/lambda/${name}`, logStreamName: stream }));
    }
  }
});
afterAll(() => local.stop());

const START = Date.now() - 3_600_000;

/** Writes lines at a second after {@link START}. */
async function write(name: string, stream: string, second: number, ...messages: string[]): Promise<void> {
  const logEvents = messages.map((message) => ({ timestamp: START + second * 1000, message }));
  await logs.send(new PutLogEventsCommand({ logGroupName: `/aws/lambda/${name}`, logStreamName: stream, logEvents }));
}

/** The program itself, whose output can be seen while it runs. */
function following(...argv: string[]) {
  const child = spawn(process.execPath, [`${distDir}/main.js`, "--local", "log", ...argv, "--follow"], {
    cwd: project.folder,
    env: local.env,
  });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  return {
    lines: () => stdout.split("\n").filter((line) => line !== ""),
    stderr: () => stderr,
    async until(last: string): Promise<void> {
      await expect.poll(() => stdout, { timeout: 20_000 }).toContain(last);
    },
    /** As `| head` does. */
    stopReading(): void {
      child.stdout.destroy();
    },
    exit: () => once(child, "exit"),
    /** Ctrl-C. */
    async end(): Promise<unknown> {
      child.kill("SIGINT");
      const [code] = await once(child, "exit");
      return code;
    },
  };
}

it("shows each event once, those of the same millisecond and those that come late too, until Ctrl-C, and ends with 0", async () => {
  await write("fn", "s1", 100, "one", "two");
  const log = following("-n", "fn");
  await log.until("two");
  await write("fn", "s2", 100, "three of the same millisecond");
  await log.until("three");
  await write("fn", "s2", 90, "four, which was late");
  await log.until("four");
  await write("fn", "s1", 101, "five");
  await log.until("five");
  expect(await log.end()).toBe(0);
  expect(log.lines()).toEqual(["one", "two", "three of the same millisecond", "four, which was late", "five"]);
  expect(log.stderr()).toBe("");
}, 60_000);

it("follows all functions of a file, as documents with time and stream", async () => {
  project.fdl("two.yaml", { name: "fn" }, { name: "other" });
  const log = following("-f", "two.yaml", "--function", "all", "-j", "-ls", "s1");
  await log.until("five");
  await write("other", "s1", 102, "from the other");
  await log.until("from the other");
  expect(await log.end()).toBe(0);
  expect(documents(log.lines().join("\n")).at(-1)).toEqual({
    LogGroupName: "/aws/lambda/other",
    LogStreamName: "s1",
    Timestamp: new Date(START + 102_000).toISOString(),
    Message: "from the other",
  });
}, 60_000);

it("ends when its reader goes away", async () => {
  const log = following("-n", "other");
  await log.until("from the other");
  log.stopReading();
  const ended = log.exit();
  let over = false;
  ended.then(() => (over = true));
  for (let second = 200; !over; second++) {
    await write("other", "s2", second, "nobody reads this");
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  expect((await ended)[0]).toBe(0);
}, 60_000);

it("a log that is not there is an error, also of one of several", async () => {
  const missing = await project.scar(["log", "-n", "missing", "--follow"]);
  expect(missing.code).toBe(1);
  expect(missing.stderr).toContain("Unable to find the log group '/aws/lambda/missing'");
  project.fdl("half.yaml", { name: "fn" }, { name: "missing" });
  expect((await project.scar(["log", "-f", "half.yaml", "--function", "all", "--follow"])).code).toBe(1);
});

it("--since shows what came from then on, and names a wrong value", async () => {
  const since = new Date(START + 101_000).toISOString();
  expect(await project.ok("log", "-n", "fn", "--since", since)).toBe("five\n");
  expect(await project.ok("log", "-n", "fn", "--since", "2h")).toContain("one\n");
  expect(await project.ok("log", "-n", "fn", "--since", "1m")).toBe("");
  const { code, stdout, stderr } = await project.scar(["log", "-n", "fn", "--since", "soon"]);
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  expect(stderr).toContain("--since: 'soon' is not a time");
});

it("without --follow, Ctrl-C is an interruption", async () => {
  const { code } = await project.scar(["log", "-n", "fn"], { signal: AbortSignal.abort() });
  expect(code).toBe(130);
});
