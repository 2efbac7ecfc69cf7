/** `put` and `get` on a terminal say how far they are. */
import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestLocal, type TestLocal } from "../helpers/local.ts";
import { Project } from "./init-project.ts";

let local: TestLocal;
let project: Project;

beforeAll(async () => {
  // Slow enough to be seen.
  local = await startTestLocal({ behaviour: "latency=400" });
  project = new Project(local);
  project.write("large.bin", randomBytes(20 * 1024 * 1024));
});
afterAll(() => local.stop());

const PUT = ["put", "-b", "store/in", "-p", "large.bin"];
const GET = ["get", "-b", "store/in", "-p", "back"];
/** Erased, written, … and at last erased for good. */
const STATUS = /\r\u001b\[K0 files, [\d.]+ \w+, [\d.]+ \w+\/s(?:, large\.bin \d+%)?(?:.|\r)*\r\u001b\[K$/;

describe("on a terminal", () => {
  it("put and get show how far they are, and clear it away at the end", async () => {
    const put = await project.scar(PUT, { tty: true });
    expect(put.stdout).toBe("Uploading file 'large.bin' to bucket 'store' with key 'in/large.bin'.\n");
    expect(put.stderr).toMatch(STATUS);
    expect(put.stderr).toContain("large.bin 0%");
    const get = await project.scar(GET, { tty: true });
    expect(get.stdout).toBe("Downloading file 'in/large.bin' from bucket 'store' in path 'back/in/large.bin'.\n");
    expect(get.stderr).toMatch(STATUS);
  });

  it("an error stands alone in its line", async () => {
    const { code, stderr } = await project.scar(["get", "-b", "no-such-bucket", "-p", "back"], { tty: true });
    expect(code).toBe(1);
    expect(stderr).toMatch(/\r\u001b\[Kscar: [^\r]*no-such-bucket[^\r]*$/);
  });
});

it("elsewhere they show nothing", async () => {
  const put = await project.scar(PUT);
  const get = await project.scar(GET);
  expect([put.code, put.stderr, get.code, get.stderr]).toEqual([0, "", 0, ""]);
});
