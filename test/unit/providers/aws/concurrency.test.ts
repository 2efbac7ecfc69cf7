import { expect, it } from "vitest";
import { parallelMap, settleAll } from "../../../../src/providers/aws/concurrency.ts";

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

it("yields in the items' order, with no more under way than allowed", async () => {
  let underWay = 0;
  let most = 0;
  const work = async (n: number): Promise<number> => {
    most = Math.max(most, ++underWay);
    for (let i = n % 3; i >= 0; i--) await turn();
    underWay--;
    return n;
  };
  const items = Array.from({ length: 50 }, (_, i) => i);
  const results: number[] = [];
  for await (const n of parallelMap(items, 4, work)) results.push(n);
  expect(results).toEqual(items);
  expect(most).toBe(4);
});

it("reads no further ahead than it works", async () => {
  let read = 0;
  function* endless(): Generator<number> {
    for (;;) yield read++;
  }
  for await (const n of parallelMap(endless(), 3, async (n) => n)) if (n === 5) break;
  expect(read).toBeLessThanOrEqual(5 + 3);
});

it("waits for what is under way before a failure ends it", async () => {
  let ended = 0;
  const work = async (n: number): Promise<void> => {
    if (n === 0) throw new Error("first");
    for (let i = 0; i < 5; i++) await turn();
    ended++;
  };
  await expect(
    (async () => {
      for await (const _ of parallelMap([0, 1, 2], 3, work));
    })(),
  ).rejects.toThrow("first");
  expect(ended).toBe(2);
});

it("settles all writes before it throws", async () => {
  let ended = false;
  const slow = (async () => {
    await turn();
    await turn();
    ended = true;
  })();
  await expect(settleAll([Promise.reject(new Error("no")), slow])).rejects.toThrow("no");
  expect(ended).toBe(true);
});
