import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { parse } from "../../../src/cli/dispatch.ts";
import { withGeneratedBlocks } from "../../helpers/option-tables.ts";

const file = fileURLToPath(new URL("../../../docs/command-line.md", import.meta.url));

it("docs/command-line.md has today's options (SCAR_WRITE_DOCS=1 npm run unit -- command-line-page writes them)", () => {
  const page = readFileSync(file, "utf8");
  const made = withGeneratedBlocks(page);
  if (process.env["SCAR_WRITE_DOCS"] === "1") writeFileSync(file, made);
  else expect(page).toBe(made);
});

it("its command lines are understood", () => {
  const blocks = [...readFileSync(file, "utf8").matchAll(/```sh\n([\s\S]*?)```/g)].map(([, text]) => text!);
  const lines = blocks.flatMap((block) => block.split("\n")).filter((line) => line.startsWith("scar "));
  expect(lines.length).toBeGreaterThan(10);
  for (const line of lines) {
    const words = line.replace(/ +#.*$/, "").match(/'[^']*'|\S+/g)!;
    const argv = words.slice(1).map((word) => word.replace(/^'|'$/g, ""));
    expect(() => parse(argv), line).not.toThrow();
  }
});
