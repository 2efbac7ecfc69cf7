import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable, Writable } from "node:stream";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parse } from "../../../src/cli/dispatch.ts";
import { logOf } from "../../../src/cli/log/log.ts";
import { knownSecrets, scrub } from "../../../src/cli/log/scrub.ts";
import { reportFailure } from "../../../src/cli/report/failure.ts";
import type { World } from "../../../src/cli/world.ts";

describe("scrub", () => {
  it.each([
    ["GET https://h/k?X-Amz-Signature=abc&x=1", "GET https://h/k?X-Amz-Signature=***&x=1"],
    ["AWS4-HMAC-SHA256 Credential=AKIA/x, Signature=0a", "AWS4-HMAC-SHA256 Credential=***, Signature=***"],
    ["key AKIAIOSFODNN7EXAMPLE, ASIAIOSFODNN7EXAMPLE", "key ***, ***"],
    ["Authorization: Bearer eyJhbGciOi.x-y_z", "Authorization: Bearer ***"],
    ["https://me:pass@host/x", "https://me:***@host/x"],
    ["DB_PASSWORD=x y", "DB_PASSWORD=*** y"],
    ['{"secret_key": "a b", "n": 1}', '{"secret_key": "***", "n": 1}'],
    ["lambda.container.registry_auth.password: must be text", "lambda.container.registry_auth.password: must be text"],
  ])("%s", (text, clean) => {
    expect(scrub(text, [])).toBe(clean);
  });

  it("hides what is known wherever it stands, but not everyday words", () => {
    const env = { AWS_SECRET_ACCESS_KEY: "s3cr3t/s3cr3t", MY_TOKEN: "short", PATH: "/usr/bin:/bin" };
    const known = knownSecrets(env, ["A=longvalue1", "B=red", "C=longvalue1-and-more"]);
    expect(known).toEqual(["longvalue1-and-more", "s3cr3t/s3cr3t", "longvalue1"]);
    expect(scrub("red short longvalue1-and-more s3cr3t/s3cr3t longvalue1", known)).toBe("red short *** *** ***");
  });

  it("no known secret is left in any text", () => {
    const secret = fc.string({ minLength: 8, maxLength: 20 }).filter((one) => !one.includes("*"));
    fc.assert(
      fc.property(secret, fc.string(), fc.string(), (one, before, after) => {
        expect(scrub(before + one + after, [one])).not.toContain(one);
      }),
    );
  });
});

describe("the log of a command", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "scar-log-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const world = (): World => ({
    env: { SCAR_LOG_PATH: folder },
    cwd: "/",
    stdin: Readable.from([]),
    stdout: nowhere,
    stderr: nowhere,
    distDir: "",
    signal: new AbortController().signal,
  });
  const text = (): string => readFileSync(join(folder, "scar.log"), "utf8");

  it("has the stack of what should not happen, and its causes, on one line", () => {
    const log = logOf(parse(["ls"]), world())!;
    const error = new TypeError("x is undefined", { cause: new Error("below") });
    const code = reportFailure(error, { ...world(), log }, false);
    log.end(code);
    const line = text().split("\n")[1]!;
    expect(line).toContain("ERROR   [");
    expect(line).toMatch(
      /InternalError: internal error: x is undefined\\nTypeError: x is undefined\\n\s+at .*caused by Error: below/,
    );
  });

  it("has no line breaks or control characters of a message, and no endless line", () => {
    const log = logOf(parse(["ls"]), world())!;
    log.begin();
    log.say("INFO", "a\nb\u001b[31m\r\u2028c");
    log.say("INFO", "x".repeat(1_000_000));
    log.end(0);
    const lines = text().split("\n");
    expect(lines).toHaveLength(5);
    expect(lines[1]).toContain("a\\nb\\x1b[31m\\x0d\\x2028c");
    expect(lines[2]!.length).toBeLessThan(17_000);
  });

  it("has no endless number of lines, and its end all the same", () => {
    const log = logOf(parse(["ls"]), world())!;
    log.begin();
    for (let i = 0; i < 6000; i++) log.say("INFO", `line ${i}`);
    log.end(0);
    const lines = text().trimEnd().split("\n");
    expect(lines).toHaveLength(5001);
    expect(lines.at(-2)).toContain("too many lines");
    expect(lines.at(-1)).toContain("ended with exit code 0");
  });
});
