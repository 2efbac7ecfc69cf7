import { describe, expect, it } from "vitest";
import { swept } from "../../../src/cli/commands/sweep.ts";
import type { World } from "../../../src/cli/world.ts";

async function* numbers(count: number): AsyncGenerator<number> {
  for (let i = 0; i < count; i++) yield i;
}

describe("memory is swept early", () => {
  it.each([
    [0, 0],
    [299, 0],
    [300, 1],
    [1000, 1],
  ])("of %i results: %i times, and all of them pass", async (count, times) => {
    let told = 0;
    const world = { sweepEarly: () => told++ } as unknown as World;
    const passed: number[] = [];
    for await (const result of swept(world, numbers(count))) passed.push(result);
    expect(passed).toEqual(Array.from({ length: count }, (_, i) => i));
    expect(told).toBe(times);
  });
});
