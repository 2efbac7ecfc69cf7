/** The same as an ordinary user, where the tests run as root: this file has a process of its own and drops root in it for good. */
import { expect, it } from "vitest";
import { selectEngine } from "../../../src/container/engines/select.ts";
import { testEngine } from "./engine-suite.ts";

const NOBODY = 65534;

if (process.geteuid?.() === 0) {
  process.setgroups!([]);
  process.setgid!(NOBODY);
  process.setuid!(NOBODY);
  testEngine("R1 as an ordinary user", () => selectEngine("auto"));
} else {
  it("is what the other file tests already", () => expect(process.geteuid?.()).not.toBe(0));
}
