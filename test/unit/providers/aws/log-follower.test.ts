import type { CloudWatchLogsClient, FilteredLogEvent, FilterLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import { expect, it } from "vitest";
import { AwsError } from "../../../../src/providers/aws/errors.ts";
import { LogFollower } from "../../../../src/providers/aws/log-events.ts";

const throttled = new AwsError("ThrottlingException", "Rate exceeded", "logs:FilterLogEvents", { status: 400 });
const denied = new AwsError("AccessDeniedException", "no", "logs:FilterLogEvents", { status: 400 });

/** Answers in turn; what is asked for is kept. */
function logsThat(...answers: (readonly FilteredLogEvent[] | Error)[]) {
  const inputs: FilterLogEventsCommand["input"][] = [];
  const send = async ({ input }: FilterLogEventsCommand) => {
    inputs.push(input);
    const answer = answers.shift() ?? [];
    if (answer instanceof Error) throw answer;
    return { events: answer };
  };
  return { client: { send } as unknown as CloudWatchLogsClient, inputs };
}

async function look(follower: LogFollower): Promise<string[]> {
  const messages = [];
  for await (const { message } of follower.look()) messages.push(message);
  return messages;
}

const event = (eventId: string, timestamp: number): FilteredLogEvent => ({
  eventId,
  timestamp,
  logStreamName: "s",
  message: `${eventId}\n`,
});
const place = { logGroupName: "/aws/lambda/fn" };
const { signal } = new AbortController();

it("goes on where throttling or a failure of AWS cut a look short", async () => {
  const failed = new AwsError("InternalFailure", "", "logs:FilterLogEvents", { status: 500 });
  const { client } = logsThat(throttled, failed, [event("a", 1)]);
  expect(await look(new LogFollower(client, place, undefined, signal))).toEqual(["a"]);
}, 20_000);

it("without patience, what the client could not mend is an error at once", async () => {
  const { client } = logsThat(throttled);
  await expect(look(new LogFollower(client, place, undefined, signal, 0))).rejects.toThrow(throttled);
});

it("waits for nothing that will not pass", async () => {
  const { client } = logsThat(denied);
  await expect(look(new LogFollower(client, place, undefined, signal))).rejects.toThrow(denied);
});

it("looks from the time asked for, then from half a minute before the newest event", async () => {
  const { client, inputs } = logsThat(
    [event("a", 1_000_000), event("b", 1_000_000)],
    [event("b", 1_000_000), event("c", 1_000_000)],
    [],
  );
  const follower = new LogFollower(client, place, 990_000, signal);
  expect([await look(follower), await look(follower), await look(follower)]).toEqual([["a", "b"], ["c"], []]);
  expect(inputs.map(({ startTime }) => startTime)).toEqual([990_000, 990_000, 990_000]);
  const later = logsThat([event("a", 1_000_000)], [event("z", 2_000_000)], []);
  const other = new LogFollower(later.client, place, undefined, signal);
  for (let looks = 0; looks < 3; looks++) await look(other);
  expect(later.inputs.map(({ startTime }) => startTime)).toEqual([undefined, 970_000, 1_970_000]);
});
