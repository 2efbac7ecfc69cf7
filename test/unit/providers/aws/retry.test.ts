import { describe, expect, it } from "vitest";
import { ONCE, PERSISTENT, retryStrategy } from "../../../../src/providers/aws/clients/retry.ts";

type Info = Parameters<ReturnType<typeof retryStrategy>["refreshRetryTokenForRetry"]>[1];

const info = (errorType: Info["errorType"], more: object): Info =>
  ({ errorType, error: Object.assign(new Error("no"), more) }) as Info;
const answered = (httpStatusCode: number) => ({ $metadata: { httpStatusCode } });
const THROTTLED = info("THROTTLING", answered(429));
const FAILED = info("TRANSIENT", answered(500));
const UNANSWERED = info("TRANSIENT", { code: "ECONNRESET" });
const REFUSED = info("CLIENT_ERROR", answered(400));

/** How often a request is sent that always ends so, and the pauses before each repetition, ms. */
async function attempts(strategy: ReturnType<typeof retryStrategy>, ending: Info): Promise<number[]> {
  const pauses: number[] = [];
  for (let token = await strategy.acquireInitialRetryToken(""); ; pauses.push(token.getRetryDelay())) {
    try {
      token = await strategy.refreshRetryTokenForRetry(token, ending);
    } catch {
      return pauses;
    }
  }
}

describe("a request is sent again", () => {
  it.each([
    ["of any kind", PERSISTENT, THROTTLED, 7],
    ["of any kind", PERSISTENT, FAILED, 7],
    ["of any kind", PERSISTENT, UNANSWERED, 4],
    ["of any kind", PERSISTENT, REFUSED, 0],
    ["that must not be done twice", ONCE, THROTTLED, 4],
    ["that must not be done twice", ONCE, FAILED, 0],
    ["that must not be done twice", ONCE, UNANSWERED, 0],
  ])("%s", async (_, kind, ending, times) => {
    expect((await attempts(retryStrategy(kind), ending)).length).toBe(times);
  });

  it("after pauses that grow up to a bound", async () => {
    const pauses = await attempts(retryStrategy({ throttled: 20 }), THROTTLED);
    pauses.forEach((pause, n) => {
      expect(pause).toBeGreaterThanOrEqual(0);
      expect(pause).toBeLessThanOrEqual(Math.min(500 * 2 ** n, 20_000));
    });
  });
});
