import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestLocal, type TestLocal } from "../helpers/local.ts";
import { documents, Project, s3 } from "./init-project.ts";

const NAMES = ["a b+ñ%20.txt", "b.txt", "c.txt"];
let local: TestLocal;
let project: Project;

beforeAll(async () => {
  local = await startTestLocal();
  project = await Project.create(local);
  mkdirSync(project.path("files"));
  for (const name of NAMES) writeFileSync(project.path(`files/${name}`), name);
  await project.ok("put", "-b", "data/in", "-p", "files");
  await project.ok("put", "-b", "data/inner", "-p", "files/b.txt");
  project.fdl("count.yaml", { name: "count", timeout: 30, input: s3("data/in"), output: s3("data/out") });
  project.fdl("fails.yaml", { name: "fails", timeout: 30, init_script: "fails.sh", input: s3("data/bad") });
  project.write("fails.sh", "#!/bin/sh\nexit 3\n");
  await project.ok("init", "-f", "count.yaml");
});
afterAll(() => local.stop());

/** Asks until the bucket's folder holds so many files. */
async function filesIn(folder: string, count: number): Promise<string[]> {
  for (let tries = 0; tries < 300; tries++) {
    const keys = (await project.ok("ls", "-b", folder)).split("\n").filter((key) => key !== "");
    if (keys.length >= count) return keys;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`no ${count} files in ${folder}`);
}

describe("run -f of a function with an S3 input", () => {
  it("runs it once for each file, with each file's own key", async () => {
    expect(await project.ok("run", "-f", "count.yaml")).toBe(
      NAMES.map((name) => `Sending event for file 'in/${name}'\n`).join(""),
    );
    expect(await filesIn("data/out", 3)).toEqual(NAMES.map((name) => `out/${name}.count`));
  });

  it("answers with a document for each file", async () => {
    expect(documents(await project.ok("run", "-f", "count.yaml", "-j"))).toMatchObject([
      { LambdaOutput: { StatusCode: 200, Key: `in/${NAMES[0]}` } },
      { LambdaOutput: { StatusCode: 202, Key: "in/b.txt" } },
      { LambdaOutput: { StatusCode: 202, Key: "in/c.txt" } },
      { RunOutput: { FunctionName: "count", Files: 3, Sent: 3, Failed: 0, Failures: [] } },
    ]);
  });

  it("waits for none with -a", async () => {
    const answers = documents(await project.ok("run", "-f", "count.yaml", "-a", "-j"));
    expect(answers).toHaveLength(4);
    expect(answers.slice(0, 3)).toMatchObject([202, 202, 202].map((StatusCode) => ({ LambdaOutput: { StatusCode } })));
  });

  it("gives each run the variables of -e", async () => {
    project.write("tells.sh", '#!/bin/sh\necho "$A" > "$TMP_OUTPUT_DIR/$(basename "$INPUT_FILE_PATH")"\n');
    project.fdl("tells.yaml", { name: "tells", timeout: 30, init_script: "tells.sh", output: s3("data/told") });
    await project.ok("init", "-f", "tells.yaml");
    await project.ok("run", "-n", "tells", "-ib", "data/in", "-e", "A=one for all");
    expect(await filesIn("data/told", 3)).toHaveLength(3);
    await project.ok("get", "-b", "data/told", "-p", "got");
    for (const name of NAMES) {
      expect(readFileSync(project.path(`got/told/${name}`), "utf8")).toBe("one for all\n");
    }
  });

  it("runs a command once, without files", async () => {
    expect(await project.ok("run", "-f", "count.yaml", "echo", "plain")).toMatch(/\nplain\n\n$/);
  });

  it("sends no more when the first fails", async () => {
    await project.ok("init", "-f", "fails.yaml");
    await project.ok("put", "-b", "data/bad", "-p", "files");
    const { code, stdout, stderr } = await project.scar(["run", "-f", "fails.yaml"]);
    expect(code).toBe(1);
    expect(stdout).toBe(`Sending event for file 'bad/${NAMES[0]}'\n`);
    expect(stderr).toContain("Function 'fails' failed");
    expect(stderr).toMatch(/^ {2}failed: 'bad\/.*\nFunction 'fails': 1 file, 0 sent, 1 failed\.$/m);
  });

  it("asks on a terminal, where Enter is yes and n runs it plainly", async () => {
    const yes = await project.scar(["run", "-f", "count.yaml"], { tty: true, stdin: "\n" });
    expect(yes.stderr).toContain("using the files in 'data/in'? [Y/n]");
    expect(yes.stdout).toContain("Sending event for file 'in/b.txt'");
    const no = await project.scar(["run", "-f", "count.yaml"], { tty: true, stdin: "n\n" });
    expect(no.stdout).toContain("counting event.json");
  });

  it("sums up on stderr", async () => {
    const { stderr } = await project.scar(["run", "-f", "count.yaml"]);
    expect(stderr).toBe("Function 'count': 3 files, 3 sent, 0 failed.\n");
  });

  it("refuses one output file for many outputs", async () => {
    const { code, stderr } = await project.scar(["run", "-f", "count.yaml", "-o", "out.txt"]);
    expect(code).toBe(2);
    expect(stderr).toContain("once for each file");
  });
});
