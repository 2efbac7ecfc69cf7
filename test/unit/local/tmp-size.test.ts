import { freemem } from "node:os";
import { expect, it } from "vitest";
import { tmpInMemory } from "../../../src/local/lambda/invoke/tmp-size.ts";

it("keeps /tmp in memory where that leaves the machine most of what is free, else says why not", () => {
  const free = Math.floor(freemem() / 1048576);
  expect(tmpInMemory({ tmpInMemory: true }, Math.floor(free / 8))).toBe(true);
  expect(tmpInMemory({ tmpInMemory: true }, free)).toMatch(/^it would be more than half of the \d+ MB of memory/);
  expect(tmpInMemory({ tmpInMemory: false }, 1)).toBe("this sandbox cannot mount one");
});
