import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { interpreterOf } from "../../../src/supervisor/request/interpreter.ts";

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "scar-root-"));
  mkdirSync(join(root, "usr/bin"), { recursive: true });
  for (const name of ["bash", "env"]) writeFileSync(join(root, "usr/bin", name), "");
  symlinkSync("/usr/bin", join(root, "bin"));
  symlinkSync("../../usr/bin/bash", join(root, "usr/bin/up"));
  symlinkSync("loop", join(root, "loop"));
  symlinkSync("../../../../../../../../bin/sh", join(root, "outside"));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

it.each([
  ["echo hi", ["/bin/sh"]],
  ["#!/bin/bash\necho", ["/bin/bash"]],
  ["#!/bin/bash -eu \r\necho", ["/bin/bash", "-eu"]],
  ["#! /usr/bin/env python3\n", ["/usr/bin/env", "python3"]],
  ["#!/usr/bin/up\n", ["/usr/bin/up"]],
  ["#!/bin/zsh\n", ["/bin/sh"]],
  ["#!/usr/bin\n", ["/bin/sh"]],
  ["#!/loop\n", ["/bin/sh"]],
  ["#!/outside\n", ["/bin/sh"]],
  ["#!bash\n", ["/bin/sh"]],
  ["", ["/bin/sh"]],
])("%j runs by %j", (script, interpreter) => {
  expect(interpreterOf(Buffer.from(script), root)).toEqual(interpreter);
});
