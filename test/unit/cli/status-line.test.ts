import { PassThrough } from "node:stream";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { statusOf } from "../../../src/cli/commands/transfer-progress.ts";
import { makeReporter } from "../../../src/cli/report/reporter.ts";

/** What a terminal of unlimited height shows of the text. */
function shown(text: string, columns: number): string[] {
  const lines = [""];
  let column = 0;
  for (const part of text.match(/\r|\n|\u001b\[K|[^\r\n\u001b]/g) ?? []) {
    const last = lines.length - 1;
    if (part === "\r") column = 0;
    else if (part === "\u001b[K") lines[last] = lines[last]!.slice(0, column);
    else if (part === "\n") {
      lines.push("");
      column = 0;
    } else {
      if (column === columns) {
        lines.push("");
        column = 0;
      }
      const line = lines[lines.length - 1]!;
      lines[lines.length - 1] = line.slice(0, column) + part + line.slice(column + 1);
      column++;
    }
  }
  return lines;
}

function terminal(env: Record<string, string> = {}, isTTY = true) {
  // Both streams are one terminal.
  const screen = Object.assign(new PassThrough(), { isTTY, columns: 20 });
  return { report: makeReporter({ stdout: screen, stderr: screen, env }, {}), read: () => String(screen.read() ?? "") };
}

describe("the status line", () => {
  it("is the last one, whatever else is written, and leaves nothing behind", () => {
    const word = fc.stringMatching(/^[a-z]{1,18}$/);
    const event = fc.oneof(
      fc.record({ kind: fc.constantFrom("result", "notice", "warn"), text: word }),
      fc.record({ kind: fc.constant("status"), text: fc.stringMatching(/^[a-z]{0,60}$/) }),
    );
    fc.assert(
      fc.property(fc.array(event), (events) => {
        const { report, read } = terminal();
        let status = "";
        const lines: string[] = [];
        for (const { kind, text } of events) {
          if (kind === "status") {
            status = text;
            report.status(text);
          } else if (kind === "result") report.result({ text });
          else report[kind as "notice" | "warn"](text);
          if (kind !== "status") lines.push(kind === "warn" ? `warning: ${text}`.slice(0, 20) : text);
          if (kind === "warn" && text.length > 11) lines.push(text.slice(11));
        }
        const written = read();
        expect(shown(written, 20)).toEqual([...lines, status.slice(0, 19)]);
        report.status(undefined);
        expect(shown(written + read(), 20)).toEqual([...lines, ""]);
      }),
    );
  });

  it.each([
    ["no terminal", {}, false],
    ["a terminal that cannot erase", { TERM: "dumb" }, true],
  ])("is not written to %s", (_, env, isTTY) => {
    const { report, read } = terminal(env, isTTY);
    report.status("half");
    report.result({ text: "done" });
    report.status(undefined);
    expect(read()).toBe("done\n");
  });
});

describe("how far transfers are", () => {
  const MIB = 1024 * 1024;
  const transfer = (path: string, size: number, done: number) => ({ path, size, done: () => done });

  it.each([
    [[], { files: 1, bytes: 10 }, 2, "1 file, 10 bytes, 5 bytes/s"],
    [
      [transfer("a", 10, 10), transfer("big", 100 * MIB, 34.5 * MIB), transfer("c", 20, 0)],
      { files: 3, bytes: MIB },
      0.5,
      "3 files, 35.5 MiB, 71.0 MiB/s, big 34%",
    ],
    [[transfer("empty", 0, 0)], { files: 0, bytes: 0 }, 1, "0 files, 0 bytes, 0 bytes/s"],
  ])("%#", (underWay, ended, seconds, want) => {
    expect(statusOf(underWay, ended, seconds)).toBe(want);
  });
});
