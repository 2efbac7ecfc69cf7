import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  PutLogEventsCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startTestLocal, type TestLocal } from "../helpers/local.ts";
import { clientConfig } from "../helpers/local-clients.ts";
import { documents, Project } from "./init-project.ts";

const GROUP = "/aws/lambda/fn";
let local: TestLocal;
let project: Project;

/** Writes lines to a stream, at seconds from a fixed moment of today. */
const write = async (logs: CloudWatchLogsClient, stream: string, lines: readonly [number, string][]): Promise<void> => {
  const start = Date.now() - 3_600_000;
  await logs.send(new CreateLogStreamCommand({ logGroupName: GROUP, logStreamName: stream }));
  await logs.send(
    new PutLogEventsCommand({
      logGroupName: GROUP,
      logStreamName: stream,
      logEvents: lines.map(([second, message]) => ({ timestamp: start + second * 1_000, message })),
    }),
  );
};

beforeAll(async () => {
  local = await startTestLocal();
  project = new Project(local);
  const logs = new CloudWatchLogsClient(clientConfig(local.server));
  await logs.send(new CreateLogGroupCommand({ logGroupName: GROUP }));
  await write(logs, "s1", [
    [1, "START RequestId: r-1 Version: $LATEST\n"],
    [3, "r-1 works\n"],
    [5, "REPORT RequestId: r-1\tDuration: 1 ms\t\n"],
  ]);
  await write(logs, "s2", [
    [2, "START RequestId: r-2 Version: $LATEST\n"],
    [4, "no newline"],
    [6, "REPORT RequestId: r-2\tDuration: 2 ms\t\n"],
  ]);
});
afterAll(() => local.stop());

it("prints all streams in the order of time", async () => {
  expect((await project.ok("log", "-n", "fn")).trimEnd().split("\n")).toEqual([
    "START RequestId: r-1 Version: $LATEST",
    "START RequestId: r-2 Version: $LATEST",
    "r-1 works",
    "no newline",
    "REPORT RequestId: r-1\tDuration: 1 ms\t",
    "REPORT RequestId: r-2\tDuration: 2 ms\t".trimEnd(),
  ]);
});

it("answers with a document for each line", async () => {
  const lines = (await project.ok("log", "-n", "fn", "-ls", "s2")).trimEnd().split("\n");
  expect(documents(await project.ok("log", "-j", "-n", "fn", "-ls", "s2"))).toEqual(
    lines.map((line) => ({
      LogGroupName: GROUP,
      LogStreamName: "s2",
      Timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      Message: expect.stringContaining(line),
    })),
  );
});

it("prints one stream", async () => {
  const out = await project.ok("log", "-n", "fn", "-ls", "s2");
  expect(out).toBe("START RequestId: r-2 Version: $LATEST\nno newline\nREPORT RequestId: r-2\tDuration: 2 ms\t\n");
});

it("prints one request, without the lines of others in between", async () => {
  const out = await project.ok("log", "-n", "fn", "-ri", "r-1");
  expect(out).toBe("START RequestId: r-1 Version: $LATEST\nr-1 works\nREPORT RequestId: r-1\tDuration: 1 ms\t\n");
  expect(await project.ok("log", "-n", "fn", "-ri", "nothing")).toBe("");
});

it("tells that there is no such log", async () => {
  const group = await project.scar(["log", "-n", "nope"]);
  expect({ code: group.code, stdout: group.stdout }).toEqual({ code: 1, stdout: "" });
  expect(group.stderr).toContain("Unable to find the log group '/aws/lambda/nope'");
  const stream = await project.scar(["log", "-n", "fn", "-ls", "s9"]);
  expect(stream.code).toBe(1);
  expect(stream.stderr).toContain("'s9'");
});
