import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createLogger } from "../../../src/supervisor/logger.ts";

function linesAt(level: string | undefined, message = "m"): string[] {
  let text = "";
  const log = createLogger({ write: (chunk) => (text += chunk) }, level);
  log.debug(message);
  log.info(message);
  log.warning(message);
  log.error(message);
  return text.split("\n").slice(0, -1);
}

describe("log_level", () => {
  it.each([
    ["debug", 4],
    ["DEBUG", 4],
    [undefined, 3],
    ["Info", 3],
    ["warn", 2],
    ["WARNING", 2],
    ["error", 1],
    ["critical", 0],
  ])("%s writes %d of the four levels", (level, count) => expect(linesAt(level)).toHaveLength(count));

  it.each(["loud", "constructor", ""])("%j is INFO, with a warning", (level) => {
    const lines = linesAt(level);
    expect(lines[0]).toContain(`WARNING - log_level '${level}' is unknown`);
    expect(lines).toHaveLength(4);
  });
});

it("one message is one line, whatever an object's key holds", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (message) => {
      const [line, ...more] = linesAt("error", message);
      expect(more).toEqual([]);
      expect(line).not.toMatch(/[\u0000-\u0008\u000a-\u001f\u007f\u2028]/);
    }),
  );
});
