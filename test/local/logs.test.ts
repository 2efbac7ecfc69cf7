import { readFileSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  DeleteLogGroupCommand,
  DeleteLogStreamCommand,
  DeleteRetentionPolicyCommand,
  DescribeLogGroupsCommand,
  DescribeLogStreamsCommand,
  FilterLogEventsCommand,
  type FilterLogEventsCommandInput,
  GetLogEventsCommand,
  ListTagsForResourceCommand,
  PutLogEventsCommand,
  PutMetricFilterCommand,
  PutRetentionPolicyCommand,
  paginateFilterLogEvents,
  TagResourceCommand,
  UntagResourceCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestLocal, type TestLocal } from "../helpers/local.ts";
import { clientConfig } from "../helpers/local-clients.ts";

let local: TestLocal;
let logs: CloudWatchLogsClient;
const now = Date.now();

beforeAll(async () => {
  local = await startTestLocal();
  logs = new CloudWatchLogsClient(clientConfig(local.server));
});
afterAll(() => local?.stop());

let serial = 0;

/** A group of its own with the given streams: name → times (ms after `now`) and messages. */
async function groupWith(streams: Record<string, readonly (readonly [number, string])[]>): Promise<string> {
  const logGroupName = `/test/${serial++}`;
  await logs.send(new CreateLogGroupCommand({ logGroupName }));
  for (const [logStreamName, events] of Object.entries(streams)) {
    await logs.send(new CreateLogStreamCommand({ logGroupName, logStreamName }));
    if (events.length > 0) await put(logGroupName, logStreamName, events);
  }
  return logGroupName;
}

function put(logGroupName: string, logStreamName: string, events: readonly (readonly [number, string])[]) {
  const logEvents = events.map(([after, message]) => ({ timestamp: now + after, message }));
  return logs.send(new PutLogEventsCommand({ logGroupName, logStreamName, logEvents }));
}

async function filter(logGroupName: string, more: Partial<FilterLogEventsCommandInput> = {}): Promise<string[]> {
  const found: string[] = [];
  for await (const page of paginateFilterLogEvents({ client: logs }, { logGroupName, ...more })) {
    found.push(...page.events!.map(({ message }) => message!));
  }
  return found;
}

describe("groups", () => {
  it("are made with tags, described, kept for some days, and deleted", async () => {
    await logs.send(new CreateLogGroupCommand({ logGroupName: "/aws/lambda/f", tags: { createdby: "scar" } }));
    await expect(logs.send(new CreateLogGroupCommand({ logGroupName: "/aws/lambda/f" }))).rejects.toMatchObject({
      name: "ResourceAlreadyExistsException",
    });
    await logs.send(new PutRetentionPolicyCommand({ logGroupName: "/aws/lambda/f", retentionInDays: 30 }));
    const find = async () =>
      (await logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: "/aws/lambda/f" }))).logGroups!;
    const arn = `arn:aws:logs:${local.server.region}:${local.server.accountId}:log-group:/aws/lambda/f`;
    expect(await find()).toMatchObject([
      { logGroupName: "/aws/lambda/f", arn: `${arn}:*`, retentionInDays: 30, storedBytes: 0 },
    ]);
    await logs.send(new DeleteRetentionPolicyCommand({ logGroupName: "/aws/lambda/f" }));
    expect((await find())[0]!.retentionInDays).toBeUndefined();

    await logs.send(new TagResourceCommand({ resourceArn: arn, tags: { more: "1" } }));
    await logs.send(new UntagResourceCommand({ resourceArn: arn, tagKeys: ["createdby"] }));
    expect((await logs.send(new ListTagsForResourceCommand({ resourceArn: arn }))).tags).toEqual({ more: "1" });

    await logs.send(new DeleteLogGroupCommand({ logGroupName: "/aws/lambda/f" }));
    expect(await find()).toEqual([]);
    await expect(logs.send(new DeleteLogGroupCommand({ logGroupName: "/aws/lambda/f" }))).rejects.toMatchObject({
      name: "ResourceNotFoundException",
      message: "The specified log group does not exist.",
    });
  });

  it("come in pages", async () => {
    for (let n = 0; n < 5; n++) await logs.send(new CreateLogGroupCommand({ logGroupName: `/pages/${n}` }));
    const first = await logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: "/pages/", limit: 3 }));
    const second = await logs.send(
      new DescribeLogGroupsCommand({ logGroupNamePrefix: "/pages/", limit: 3, nextToken: first.nextToken! }),
    );
    const names = [...first.logGroups!, ...second.logGroups!].map(({ logGroupName }) => logGroupName);
    expect(names).toEqual([0, 1, 2, 3, 4].map((n) => `/pages/${n}`));
    expect(second.nextToken).toBeUndefined();
  });

  it.each([
    [new CreateLogGroupCommand({ logGroupName: "with space" }), "InvalidParameterException"],
    [new PutRetentionPolicyCommand({ logGroupName: "/none", retentionInDays: 30 }), "ResourceNotFoundException"],
    [new FilterLogEventsCommand({ logGroupName: "/none" }), "ResourceNotFoundException"],
  ])("refuse wrong requests (%#)", async (command, name) => {
    await expect(logs.send(command as CreateLogGroupCommand)).rejects.toMatchObject({ name });
  });

  it("are found by a part of their name, or by its beginning, not by both", async () => {
    for (const name of ["/by/DataLogs", "/by/datalogs"])
      await logs.send(new CreateLogGroupCommand({ logGroupName: name }));
    const { logGroups } = await logs.send(new DescribeLogGroupsCommand({ logGroupNamePattern: "Data" }));
    expect(logGroups!.map(({ logGroupName }) => logGroupName)).toEqual(["/by/DataLogs"]);
    const named = new DescribeLogGroupsCommand({ logGroupIdentifiers: ["/by/datalogs", "/by/none"] });
    expect((await logs.send(named)).logGroups!.map(({ logGroupName }) => logGroupName)).toEqual(["/by/datalogs"]);
    const keyed = new CreateLogGroupCommand({ logGroupName: "/by/key", kmsKeyId: "arn:aws:kms:us-east-1:0:key/k" });
    await expect(logs.send(keyed)).rejects.toMatchObject({ $metadata: { httpStatusCode: 501 } });
    const both = new DescribeLogGroupsCommand({ logGroupNamePattern: "Data", logGroupNamePrefix: "/by" });
    await expect(logs.send(both)).rejects.toMatchObject({ name: "InvalidParameterException" });
  });

  it("that are deleted while others of their names are made leave those alone, over a restart too", async () => {
    const logGroupName = await groupWith({ one: [], two: [] });
    const logStreamName = "one";
    const remade = async (remove: () => Promise<unknown>, make: () => Promise<unknown>): Promise<void> => {
      const removed = remove();
      // Until it is gone.
      while (
        !(await make().then(
          () => true,
          () => false,
        ))
      );
      await removed;
    };
    for (let n = 0; n < 20; n++) {
      await remade(
        () => logs.send(new DeleteLogStreamCommand({ logGroupName, logStreamName })),
        () => logs.send(new CreateLogStreamCommand({ logGroupName, logStreamName })),
      );
      await put(logGroupName, logStreamName, [[n, `stream ${n}`]]);
      expect(await filter(logGroupName)).toEqual([`stream ${n}`]);
    }
    for (let n = 0; n < 20; n++) {
      await remade(
        () => logs.send(new DeleteLogGroupCommand({ logGroupName })),
        () => logs.send(new CreateLogGroupCommand({ logGroupName })),
      );
    }
    await logs.send(new CreateLogStreamCommand({ logGroupName, logStreamName }));
    await put(logGroupName, logStreamName, [[0, "last"]]);
    await local.restart("killed");
    expect(await filter(logGroupName)).toEqual(["last"]);
  });

  it("names an operation that is not served", async () => {
    const command = new PutMetricFilterCommand({
      logGroupName: "/x",
      filterName: "f",
      filterPattern: "",
      metricTransformations: [],
    });
    await expect(logs.send(command)).rejects.toMatchObject({
      $metadata: { httpStatusCode: 501 },
      message: expect.stringContaining("PutMetricFilter"),
    });
  });
});

describe("events", () => {
  it("are in the order of time over all streams", async () => {
    const group = await groupWith({
      b: [
        [1, "b1"],
        [4, "b4"],
        [4, "b4 again"],
      ],
      "2026/11/21/[$LATEST]a": [
        [0, "a0"],
        [2, "a2"],
        [4, "a4"],
      ],
      empty: [],
    });
    expect(await filter(group)).toEqual(["a0", "b1", "a2", "a4", "b4", "b4 again"]);
    expect(await filter(group, { limit: 1 })).toEqual(["a0", "b1", "a2", "a4", "b4", "b4 again"]);
    expect(await filter(group, { startTime: now + 1, endTime: now + 2 })).toEqual(["b1", "a2"]);
    expect(await filter(group, { logStreamNames: ["b"] })).toEqual(["b1", "b4", "b4 again"]);
    expect(await filter(group, { logStreamNamePrefix: "2026/" })).toEqual(["a0", "a2", "a4"]);
    const { events } = await logs.send(new FilterLogEventsCommand({ logGroupName: group, limit: 1 }));
    expect(events).toMatchObject([{ logStreamName: "2026/11/21/[$LATEST]a", timestamp: now, message: "a0" }]);
    expect(events![0]!.eventId).toMatch(/^\d+$/);
  });

  it("are found by terms", async () => {
    const group = await groupWith({
      s: [
        [0, "ERROR disk full"],
        [1, "ERROR net down"],
        [2, "WARN disk slow"],
        [3, "fine"],
      ],
    });
    const by = (filterPattern: string) => filter(group, { filterPattern });
    expect(await by("ERROR")).toEqual(["ERROR disk full", "ERROR net down"]);
    expect(await by("ERROR disk")).toEqual(["ERROR disk full"]);
    expect(await by("disk -full")).toEqual(["WARN disk slow"]);
    expect(await by('"disk slow"')).toEqual(["WARN disk slow"]);
    expect(await by("?WARN ?fine")).toEqual(["WARN disk slow", "fine"]);
    expect(await by("[level = ERROR, what = d*, ...]")).toEqual(["ERROR disk full"]);
    expect(await by("%n[e]t|slow%")).toEqual(["ERROR net down", "WARN disk slow"]);
    await put(group, "s", [[4, '{"level":"ERROR","took":7}']]);
    expect(await by('{ $.level = "ERR*" && $.took > 5 }')).toEqual(['{"level":"ERROR","took":7}']);
    await expect(by("{ $.level = }")).rejects.toMatchObject({ name: "InvalidParameterException" });
  });

  it("that came late stand where their time is, after a restart too", async () => {
    const group = await groupWith({
      s: [
        [10, "ten"],
        [20, "twenty"],
      ],
      t: [[15, "fifteen"]],
    });
    await put(group, "s", [
      [5, "five"],
      [12, "twelve"],
    ]);
    const order = ["five", "ten", "twelve", "fifteen", "twenty"];
    expect(await filter(group)).toEqual(order);
    expect(await filter(group, { limit: 2 })).toEqual(order);
    await local.restart("killed");
    expect(await filter(group)).toEqual(order);
    await put(group, "s", [[30, "thirty"]]);
    expect(await filter(group, { startTime: now + 15 })).toEqual(["fifteen", "twenty", "thirty"]);
  });

  it("lose or double nothing over pages, whatever their times", async () => {
    const event = fc.tuple(fc.nat(20), fc.string({ minLength: 1, unit: "grapheme" }));
    const stream = fc.array(event, { maxLength: 12 }).map((events) => events.sort((a, b) => a[0] - b[0]));
    await fc.assert(
      fc.asyncProperty(fc.array(stream, { maxLength: 4 }), fc.integer({ min: 1, max: 5 }), async (streams, limit) => {
        const group = await groupWith(Object.fromEntries(streams.map((events, n) => [`s${n}`, events])));
        const wanted = streams
          .flat()
          .sort((a, b) => a[0] - b[0])
          .map(([, message]) => message);
        expect(await filter(group, { limit })).toEqual(wanted);
      }),
      { numRuns: 15 },
    );
  });

  it("of one stream are read from either end", async () => {
    const group = await groupWith({ s: Array.from({ length: 7 }, (_, n) => [n, `${n}`] as const) });
    const request = { logGroupName: group, logStreamName: "s", limit: 3 };
    const text = async (more: object) => {
      const { events, nextForwardToken, nextBackwardToken } = await logs.send(
        new GetLogEventsCommand({ ...request, ...more }),
      );
      return { text: events!.map(({ message }) => message).join(""), nextForwardToken, nextBackwardToken };
    };
    const tail = await text({});
    expect(tail.text).toBe("456");
    const before = await text({ nextToken: tail.nextBackwardToken });
    expect(before.text).toBe("123");
    expect((await text({ nextToken: before.nextForwardToken })).text).toBe("456");
    const head = await text({ startFromHead: true });
    expect(head.text).toBe("012");
    const end = await text({ nextToken: tail.nextForwardToken });
    expect([end.text, end.nextForwardToken]).toEqual(["", tail.nextForwardToken]);
    expect((await text({ startFromHead: true, startTime: now + 2, endTime: now + 4 })).text).toBe("23");
  });

  it("are described by their streams", async () => {
    const group = await groupWith({ old: [[0, "x"]], young: [[5, "x"]], empty: [] });
    const by = async (more: object) =>
      (await logs.send(new DescribeLogStreamsCommand({ logGroupName: group, ...more }))).logStreams!;
    expect((await by({})).map(({ logStreamName }) => logStreamName)).toEqual(["empty", "old", "young"]);
    const [latest] = await by({ orderBy: "LastEventTime", descending: true, limit: 1 });
    expect(latest).toMatchObject({ logStreamName: "young", firstEventTimestamp: now + 5, lastEventTimestamp: now + 5 });
    expect((await by({ logStreamNamePrefix: "o" })).length).toBe(1);
  });

  it("disappear when they are older than their group keeps them", async () => {
    const day = 24 * 3_600_000;
    const group = await groupWith({ old: [[-3 * day, "old"]], mixed: [[-3 * day, "older"]], young: [[0, "young"]] });
    await put(group, "mixed", [[-1, "newer"]]);
    expect(await filter(group)).toEqual(["older", "old", "newer", "young"]);
    await logs.send(new PutRetentionPolicyCommand({ logGroupName: group, retentionInDays: 1 }));
    expect(await filter(group)).toEqual(["newer", "young"]);
    const { events } = await logs.send(
      new GetLogEventsCommand({ logGroupName: group, logStreamName: "mixed", startFromHead: true }),
    );
    expect(events!.map(({ message }) => message)).toEqual(["newer"]);
    // Those that no stream holds any more are not kept on the disk.
    const { logStreams } = await logs.send(new DescribeLogStreamsCommand({ logGroupName: group }));
    expect(logStreams!.map((stream) => [stream.logStreamName, stream.lastEventTimestamp])).toEqual([
      ["mixed", now - 1],
      ["old", undefined],
      ["young", now],
    ]);
    const { rejectedLogEventsInfo } = await put(group, "young", [
      [-2 * day, "expired"],
      [1, "kept"],
    ]);
    expect(rejectedLogEventsInfo).toEqual({ expiredLogEventEndIndex: 1 });
    await local.restart("killed");
    await logs.send(new DeleteRetentionPolicyCommand({ logGroupName: group }));
    expect(await filter(group)).toEqual(["older", "newer", "young", "kept"]);
    await expect(
      logs.send(new PutRetentionPolicyCommand({ logGroupName: group, retentionInDays: 2 })),
    ).rejects.toMatchObject({ name: "InvalidParameterException" });
  });

  it("give their space back at the next start when their file is old", async () => {
    const group = await groupWith({ s: [[-1000, "x".repeat(1000)]], t: [[0, "y"]] });
    await logs.send(new PutRetentionPolicyCommand({ logGroupName: group, retentionInDays: 1 }));
    const folder = join(local.dir, "logs", encodeURIComponent(group), "streams");
    const file = join(folder, "s.jsonl");
    const old = new Date(now - 3 * 24 * 3_600_000);
    writeFileSync(file, readFileSync(file, "utf8").replace(/^\[\d+/m, `[${old.getTime()}`));
    utimesSync(file, old, old);
    await local.restart();
    await expect.poll(() => statSync(file).size).toBeLessThan(1000);
    expect(await filter(group)).toEqual(["y"]);
  });

  it("out of order, too old or too large are refused as AWS does", async () => {
    const group = await groupWith({ s: [] });
    await expect(
      put(group, "s", [
        [1, "a"],
        [0, "b"],
      ]),
    ).rejects.toMatchObject({ name: "InvalidParameterException" });
    await expect(put(group, "s", [[0, "x".repeat(1_048_577)]])).rejects.toMatchObject({
      name: "InvalidParameterException",
    });
    await expect(put(group, "none", [[0, "x"]])).rejects.toMatchObject({ name: "ResourceNotFoundException" });
    await expect(
      logs.send(new CreateLogStreamCommand({ logGroupName: group, logStreamName: "\ud800" })),
    ).rejects.toMatchObject({ name: "InvalidParameterException" });
    const fortnight = 15 * 24 * 3_600_000;
    await expect(
      put(group, "s", [
        [-25 * 3_600_000, "a"],
        [0, "b"],
      ]),
    ).rejects.toMatchObject({ name: "InvalidParameterException", message: expect.stringContaining("24 hours") });
    const { rejectedLogEventsInfo } = await put(group, "s", [
      [-fortnight, "old"],
      [0, "kept"],
      [fortnight, "new"],
    ]);
    expect(rejectedLogEventsInfo).toMatchObject({ tooOldLogEventEndIndex: 1, tooNewLogEventStartIndex: 2 });
    expect(await filter(group)).toEqual(["kept"]);
  });
});
