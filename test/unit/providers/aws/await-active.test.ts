import type { FunctionConfiguration, LambdaClient } from "@aws-sdk/client-lambda";
import { describe, expect, it, vi } from "vitest";
import { awaitActive } from "../../../../src/providers/aws/controllers/functions.ts";

/** Lambda telling these one after the other, the last for ever. */
function telling(...states: readonly FunctionConfiguration[]) {
  let asked = 0;
  const send = async () => states[Math.min(asked++, states.length - 1)];
  return { lambda: { send } as unknown as LambdaClient, asked: () => asked };
}

const { signal } = new AbortController();

describe("awaitActive", () => {
  it("asks until the function is active and its last update is done", async () => {
    const { lambda, asked } = telling(
      { State: "Pending" },
      { State: "Active", LastUpdateStatus: "InProgress" },
      { State: "Active", LastUpdateStatus: "Successful" },
    );
    await awaitActive(lambda, "grey", signal);
    expect(asked()).toBe(3);
  });

  it("takes an answer without a state for active: functions of before 2021", async () => {
    const { lambda, asked } = telling({});
    await awaitActive(lambda, "grey", signal);
    expect(asked()).toBe(1);
  });

  it.each([
    [{ State: "Failed", StateReason: "no subnet" }, "no subnet"],
    [{ State: "Active", LastUpdateStatus: "Failed", LastUpdateStatusReason: "bad layer" }, "bad layer"],
  ] as const)("a failure is one, with AWS's reason, and no timeout: %j", async (state, reason) => {
    await expect(awaitActive(telling(state).lambda, "grey", signal)).rejects.toMatchObject({
      code: "FunctionNotActive",
      message: `Function 'grey' failed to become active: ${reason}`,
    });
  });

  it("gives up a function that stays Pending for ever, and says how to go on", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    try {
      // Each answer takes two minutes.
      const send = async () => {
        vi.setSystemTime(Date.now() + 120_000);
        return { State: "Pending" };
      };
      await expect(awaitActive({ send } as unknown as LambdaClient, "grey", signal)).rejects.toMatchObject({
        code: "FunctionNotActive",
        message: "Function 'grey' is not active after 300 s",
        hint: "AWS is still at work on it: run the command again later",
      });
    } finally {
      vi.useRealTimers();
    }
  });

  it("is interrupted while it waits", async () => {
    const aborted = new AbortController();
    const waiting = awaitActive(telling({ State: "Pending" }).lambda, "grey", aborted.signal);
    aborted.abort();
    await expect(waiting).rejects.toMatchObject({ code: "Interrupted" });
  });
});
