import { expect, it } from "vitest";
import { SeenEvents } from "../../../../src/providers/aws/log-events.ts";

const event = (eventId: string, timestamp: number) => ({ eventId, timestamp, logStreamName: "s", message: eventId });

it("takes each event once, those of the same millisecond too", () => {
  const seen = new SeenEvents();
  expect(seen.next()).toBeUndefined();
  expect([event("1", 1_000_000), event("2", 1_000_000)].map((one) => seen.take(one))).toEqual([true, true]);
  expect([event("1", 1_000_000), event("2", 1_000_000), event("3", 1_000_000)].map((one) => seen.take(one))).toEqual([
    false,
    false,
    true,
  ]);
});

it("looks back far enough for what comes late, and forgets what cannot come again", () => {
  const seen = new SeenEvents();
  seen.take(event("old", 1_000_000));
  seen.take(event("new", 1_040_000));
  expect(seen.next()).toBe(1_010_000);
  expect(seen.take(event("late", 1_020_000))).toBe(true);
  expect(seen.take(event("new", 1_040_000))).toBe(false);
  // It is before where the next look begins: were it given again, it would be new.
  expect(seen.take(event("old", 1_000_000))).toBe(true);
});

it("tells events without an id by what they are", () => {
  const seen = new SeenEvents();
  const bare = { timestamp: 1, logStreamName: "s", message: "x" };
  expect([seen.take(bare), seen.take(bare), seen.take({ ...bare, message: "y" })]).toEqual([true, false, true]);
});
