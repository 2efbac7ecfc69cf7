import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestLocal, type TestLocal } from "../helpers/local.ts";
import { documents, Project } from "./init-project.ts";

let local: TestLocal;
let project: Project;

beforeAll(async () => {
  local = await startTestLocal();
  project = await Project.create(local);
  project.fdl("tool.yaml", { name: "tool", timeout: 20, memory: 512 });
  await project.ok("init", "-f", "tool.yaml");
});
afterAll(() => local.stop());

/** What the container wrote: the text below the three lines of the request. */
const outputOf = (stdout: string): string => stdout.split("\n").slice(3).join("\n");

describe("run", () => {
  it("runs the function's own script", async () => {
    expect(outputOf(await project.ok("run", "-n", "tool"))).toBe("counting event.json\n\n");
  });

  it("runs a command, its flags, blanks and quotes as they are", async () => {
    const stdout = await project.ok("run", "-n", "tool", "printf", "[%s]", "a b", "'q'", "ñ", "-n");
    expect(outputOf(stdout)).toBe("[a b]['q'][ñ][-n]\n");
  });

  it("runs a script instead of the function's own", async () => {
    project.write("other.sh", "#!/bin/sh\necho other\n");
    expect(outputOf(await project.ok("run", "-n", "tool", "-s", "other.sh"))).toBe("other\n\n");
    expect(outputOf(await project.ok("run", "-f", "tool.yaml", "-s", "other.sh"))).toBe("other\n\n");
  });

  it("gives variables to this run alone, to a command and to the function's own script", async () => {
    const show = ["sh", "-c", 'echo "[$A][$B]"'];
    const variables = ["-e", "A=1", "-eB=x = $y", "-e", "A=2"];
    expect(outputOf(await project.ok("run", "-n", "tool", ...variables, ...show))).toBe("[2][x = $y]\n\n");
    expect(outputOf(await project.ok("run", "-n", "tool", ...show))).toBe("[][]\n\n");
    project.write("show.sh", 'echo "[$A][$EVENT]"');
    expect(outputOf(await project.ok("run", "-n", "tool", "-e", "A=1", "-s", "show.sh"))).toMatch(
      /^\[1\]\[\{"script":"[\w+/=]+"\}\]\n/,
    );
  });

  it("understands the lines of the first manuals", async () => {
    const { code, stdout, stderr } = await project.scar(["run", "-e", "A=5", "tool", "sh", "-c", "echo $A"]);
    expect({ code, output: outputOf(stdout), stderr }).toEqual({
      code: 0,
      output: "5\n\n",
      stderr: "deprecated: scar run NAME: write scar run -n NAME\n",
    });
  });

  it("lets a command win over a script", async () => {
    expect(outputOf(await project.ok("run", "-n", "tool", "-s", "other.sh", "echo", "command"))).toBe("command\n\n");
  });

  it("answers in JSON", async () => {
    const [answer] = documents(await project.ok("run", "-n", "tool", "-j", "echo", "hi"));
    expect(answer).toEqual({
      LambdaOutput: {
        StatusCode: 200,
        Payload: "hi\n",
        LogGroupName: "/aws/lambda/tool",
        LogStreamName: expect.stringContaining("[$LATEST]"),
        RequestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      },
    });
  });

  it("answers with everything to -v", async () => {
    const [answer] = documents(await project.ok("run", "-n", "tool", "-v", "echo", "hi"));
    expect(answer).toMatchObject({
      LambdaOutput: {
        ResponseMetadata: { HTTPStatusCode: 200 },
        LogResult: expect.stringContaining("START RequestId"),
        Payload: { statusCode: 200, isBase64Encoded: true },
      },
    });
  });

  it("saves the output's very bytes", async () => {
    const { code, stdout } = await project.scar(["run", "-n", "tool", "-o", "out.bin", "printf", "\\001\\377"]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: "" });
    expect([...readFileSync(project.path("out.bin"))]).toEqual([1, 255]);
  });

  it("launches without waiting", async () => {
    expect(await project.ok("run", "-n", "tool", "-a")).toMatch(
      /^Request Id: .+\nFunction 'tool' launched correctly\n$/,
    );
    expect(documents(await project.ok("run", "-n", "tool", "-a", "-j"))).toEqual([
      { LambdaOutput: { StatusCode: 202, RequestId: expect.any(String) } },
    ]);
  });
});

describe("run that fails", () => {
  it("ends with 1 when the command does, and says where its log is", async () => {
    const { code, stdout, stderr } = await project.scar(["run", "-n", "tool", "sh", "-c", "echo before; exit 3"]);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^Request Id: .+\nLog Group Name: .+\nLog Stream Name: .+\n$/);
    expect(stderr).toContain("Function 'tool' failed: the command ended with exit code 3\nlast output:\nbefore\n");
    expect(stderr).toContain("scar log -n tool -ri ");
    expect(stderr.split("before")).toHaveLength(2);
  });

  it("keeps stdout JSON when the command fails", async () => {
    const { code, stdout, stderr } = await project.scar(["run", "-n", "tool", "-j", "false"]);
    expect(code).toBe(1);
    expect(documents(stdout)).toMatchObject([{ LambdaOutput: { StatusCode: 200 } }]);
    expect(JSON.parse(stderr.trim().split("\n").at(-1)!)).toMatchObject({ Error: { Code: "FunctionFailed" } });
  });

  it("tells that there is no such function", async () => {
    const { code, stdout, stderr } = await project.scar(["run", "-n", "nope"]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toContain("Unable to find the function 'nope'");
    expect(await project.scar(["run", "-n", "nope", "-a"])).toMatchObject({ code: 1, stdout: "", stderr });
  });

  it("names a script that is missing, before the function is called", async () => {
    const { code, stderr } = await project.scar(["run", "-n", "tool", "-s", "no.sh"]);
    expect(code).toBe(2);
    expect(stderr).toContain(project.path("no.sh"));
  });

  it("looks for the output file's folder before the function runs", async () => {
    const { code, stdout, stderr } = await project.scar(["run", "-n", "tool", "-o", "nowhere/out.txt"]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toContain("'nowhere/out.txt'");
  });

  it("refuses to guess which of several functions is meant", async () => {
    project.fdl("two.yaml", { name: "one" }, { name: "two" });
    const { code, stderr } = await project.scar(["run", "-f", "two.yaml"]);
    expect(code).toBe(2);
    expect(stderr).toContain("'one', 'two'");
    expect(stderr).toContain("--function");
  });
});
