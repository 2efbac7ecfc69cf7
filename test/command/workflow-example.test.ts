/** examples/chapters: what one function writes starts the next. */
import { cpSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startTestLocal, type TestLocal } from "../helpers/local.ts";
import { until } from "../helpers/system-process.ts";
import { Project } from "./init-project.ts";

const EXAMPLE = fileURLToPath(new URL("../../examples/chapters", import.meta.url));

let local: TestLocal;
let project: Project;

beforeAll(async () => {
  local = await startTestLocal();
  project = await Project.create(local);
  cpSync(EXAMPLE, project.folder, { recursive: true });
});
afterAll(() => local.stop());

it("splits a book and counts the words of each chapter", async () => {
  await project.ok("init", "-f", "chapters.yaml");
  project.write("novel.txt", "A title\nCHAPTER 1\nIt was a dark night.\nCHAPTER 2\nIt rained.\n");
  project.write("notes.md", "CHAPTER 1\nno book\n");
  await project.ok("put", "-b", "books/input", "-p", "novel.txt");
  await project.ok("put", "-b", "books/input", "-p", "notes.md");
  await until("the words of both chapters", 50, async () => {
    const files = (await project.ok("ls", "-b", "books/words")).split("\n").filter((key) => key.endsWith(".words"));
    return files.length === 2 ? true : undefined;
  });
  await project.ok("get", "-b", "books/words", "-p", "results");
  const words = (chapter: string): string =>
    readFileSync(project.path(`results/words/novel/${chapter}.words`), "utf8").trim();
  expect([words("chapter-01"), words("chapter-02")]).toEqual(["7", "4"]);
  expect(await project.ok("ls", "-b", "books")).not.toContain("notes/");
  await project.ok("rm", "-f", "chapters.yaml");
});
