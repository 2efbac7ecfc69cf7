import { expect, it } from "vitest";
import { patienceOf } from "../../../../src/providers/aws/await-outcomes.ts";
import { Outcomes } from "../../../../src/providers/aws/outcomes.ts";

const A = "aaaaaaaa-0000-4000-8000-000000000000";
const B = "bbbbbbbb-0000-4000-8000-000000000000";

const start = (id: string) => `START RequestId: ${id} Version: $LATEST`;
const report = (id: string, status = "") => `REPORT RequestId: ${id}\tDuration: 1.00 ms\t${status}`;
const thrown = (id: string, message = "boom") =>
  `2026-11-21T10:00:00.000Z\t${id}\tERROR\tInvoke Error \t${JSON.stringify({ errorType: "Error", errorMessage: message })}`;

/** Feeds one look at the log: `[stream, message]`. */
function look(outcomes: Outcomes<string>, ...lines: (readonly [string, string])[]) {
  for (const [stream, message] of lines) outcomes.see({ time: 0, stream, message });
  return outcomes.settle().map(({ item, failure }) => [item, failure]);
}

function expecting(retries: number, ...ids: string[]): Outcomes<string> {
  const outcomes = new Outcomes<string>(retries);
  for (const id of ids) outcomes.expect(id, id[0]!);
  return outcomes;
}

it("a REPORT without an error is a success, told with the look after it", () => {
  const outcomes = expecting(0, A);
  expect(look(outcomes, ["s", start(A)], ["s", report(A)])).toEqual([]);
  expect(look(outcomes)).toEqual([["a", undefined]]);
  expect(outcomes.open).toBe(0);
});

it("an error that comes later than its REPORT counts", () => {
  const outcomes = expecting(0, A);
  look(outcomes, ["s", start(A)], ["s", report(A)]);
  expect(look(outcomes, ["s", thrown(A)])).toEqual([["a", "Error: boom"]]);
});

it.each([
  [`2026-11-21T10:00:00.000Z ${A} Task timed out after 3.00 seconds`, "Task timed out after 3.00 seconds"],
  [
    `RequestId: ${A} Error: Runtime exited with error: signal: killed\nRuntime.ExitError`,
    "Runtime exited with error: signal: killed",
  ],
  [thrown(A, "first line\nlast output"), "Error: first line"],
])("reads %j", (message, reason) => {
  const outcomes = expecting(0, A);
  look(outcomes, ["s", start(A)], ["s", message], ["s", report(A)]);
  expect(look(outcomes)).toEqual([["a", reason]]);
});

it("a REPORT's own status is an error where nothing else says so", () => {
  const outcomes = expecting(0, A, B);
  look(
    outcomes,
    ["s", report(A, "Status: timeout\t")],
    ["t", report(B, "Status: error\tError Type: Runtime.OutOfMemory\t")],
  );
  expect(look(outcomes)).toEqual([
    ["a", "timeout"],
    ["b", "Runtime.OutOfMemory"],
  ]);
});

it("further attempts are waited for, the last one decides", () => {
  const outcomes = expecting(2, A);
  look(outcomes, ["s", start(A)], ["s", thrown(A, "one")], ["s", report(A)]);
  expect(look(outcomes)).toEqual([]);
  // Two of them between two looks.
  look(outcomes, ["s", start(A)], ["s", thrown(A, "two")], ["s", report(A)], ["t", start(A)], ["t", report(A)]);
  expect(look(outcomes)).toEqual([["a", undefined]]);
});

it("the last failure of all attempts is the reason", () => {
  const outcomes = expecting(1, A);
  look(outcomes, ["s", start(A)], ["s", thrown(A, "one")], ["s", report(A)]);
  look(outcomes);
  look(outcomes, ["s", start(A)], ["s", thrown(A, "two")], ["s", report(A)]);
  expect(look(outcomes)).toEqual([["a", "Error: two"]]);
});

it("the supervisor's error is of the request that its stream is at, and has no further attempt", () => {
  const said = "2026-11-21T10:00:00.000Z - supervisor - ERROR - the command ended with exit code 3";
  const outcomes = expecting(2, A, B);
  look(outcomes, ["s", start(A)], ["t", start(B)], ["t", said], ["s", report(A)], ["t", report(B)]);
  expect(look(outcomes)).toEqual([
    ["a", undefined],
    ["b", "the command ended with exit code 3"],
  ]);
});

it("other requests are passed over, and what has no end is left", () => {
  const outcomes = expecting(1, A);
  expect(outcomes.see({ time: 0, stream: "s", message: start(B) })).toBe(false);
  look(outcomes, ["s", thrown(B)], ["s", report(B)], ["t", start(A)], ["t", thrown(A)], ["t", report(A)]);
  look(outcomes);
  expect(outcomes.giveUp()).toEqual([{ item: "a", requestId: A, before: "Error: boom" }]);
  expect(outcomes.open).toBe(0);
});

it("patience follows from the function's time limit, attempts and the age of events", () => {
  expect(patienceOf({ timeout: 300, retries: 2, age: 21_600 })).toEqual({
    silence: 660_000,
    longest: (21_600 + 3 * 300 + 2 * 300 + 60) * 1000,
  });
});
