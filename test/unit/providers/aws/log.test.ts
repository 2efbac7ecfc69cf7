import { expect, it } from "vitest";
import { requestFilter } from "../../../../src/providers/aws/log.ts";

it("keeps the lines of one request, of its own stream alone", () => {
  const wanted = requestFilter("r-1");
  const lines: [string, string][] = [
    ["s1", "INIT_START Runtime Version: nodejs:24"],
    ["s1", "START RequestId: r-1 Version: $LATEST"],
    ["s2", "START RequestId: r-2 Version: $LATEST"],
    ["s1", "r-1 works"],
    ["s2", "r-2 works"],
    ["s1", "END RequestId: r-1"],
    ["s1", "REPORT RequestId: r-1\tDuration: 1 ms"],
    ["s1", "START RequestId: r-3 Version: $LATEST"],
    ["s1", "r-3 works"],
  ];
  expect(lines.filter(([stream, message]) => wanted(stream, message)).map(([, message]) => message)).toEqual([
    "START RequestId: r-1 Version: $LATEST",
    "r-1 works",
    "END RequestId: r-1",
    "REPORT RequestId: r-1\tDuration: 1 ms",
  ]);
});

it("keeps a request that was tried again", () => {
  const wanted = requestFilter("r-1");
  const tried = ["START RequestId: r-1 a", "one", "REPORT RequestId: r-1", "START RequestId: r-1 b", "two"];
  expect(tried.filter((message) => wanted("s1", message))).toEqual(tried);
});
