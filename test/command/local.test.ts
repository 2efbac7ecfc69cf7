import { existsSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type RunResult, runScar, temporaryFolder } from "../helpers/run.ts";

let cwd: string;
let env: Record<string, string>;
beforeEach(() => {
  cwd = temporaryFolder();
  env = { SCAR_LOCAL_DIR: join(cwd, "state"), SCAR_LOCAL_PORT: "0" };
});
afterEach(() => local("stop"));

const local = (line: string): Promise<RunResult> => runScar(["local", ...line.split(" ")], { cwd, env });
const endpoint = /http:\/\/127\.0\.0\.1:\d+/;

describe("scar local", () => {
  it("start, status, env, stop", async () => {
    expect(await local("status -j")).toMatchObject({ code: 0, stdout: expect.stringContaining('"State":"stopped"') });

    const started = await local("start");
    expect(started).toMatchObject({ code: 0, stdout: expect.stringMatching(endpoint) });
    const url = endpoint.exec(started.stdout)![0];
    expect((await local("start")).stdout).toBe(`The local AWS runs already at ${url}\n`);

    const { Local } = JSON.parse((await local("status -j")).stdout);
    expect(Local).toMatchObject({
      State: "running",
      Endpoint: url,
      Region: "us-east-1",
      Folder: env["SCAR_LOCAL_DIR"],
    });
    expect((await local("status")).stdout).toContain(`The local AWS runs at ${url}\n`);

    const variables = await local("env");
    expect(variables.stdout).toContain(`export AWS_ENDPOINT_URL='${url}'\n`);
    expect(variables.stdout).toMatch(/^(export AWS_[A-Z_]+='[^']+'\n)+$/);
    expect(JSON.parse((await local("env -j")).stdout)).toMatchObject({
      AWS_ENDPOINT_URL: url,
      AWS_REGION: "us-east-1",
    });

    expect((await local("stop")).stdout).toBe("The local AWS was stopped.\n");
    expect((await local("stop")).stdout).toBe("The local AWS did not run.\n");
    await expect(fetch(url)).rejects.toThrow();
  });

  it("--local starts it when it does not run", async () => {
    expect(await runScar(["ls", "--local"], { cwd, env })).toMatchObject({ code: 0 });
    expect((await local("status")).stdout).toMatch(endpoint);
  });

  it("reset deletes the state, and asks first", async () => {
    await local("start");
    const asked = await local("reset");
    expect(asked).toMatchObject({ code: 2, stdout: "", stderr: expect.stringContaining("--yes") });
    const no = await runScar(["local", "reset"], { cwd, env, tty: true, stdin: "\n" });
    expect(no).toMatchObject({ code: 0, stdout: "", stderr: expect.stringContaining("[y/N] Nothing was deleted.") });
    expect(existsSync(env["SCAR_LOCAL_DIR"]!)).toBe(true);
    const yes = await runScar(["local", "reset"], { cwd, env, tty: true, stdin: "y\n" });
    expect(yes).toMatchObject({ code: 0, stdout: "The local AWS is empty again.\n" });
    expect(existsSync(env["SCAR_LOCAL_DIR"]!)).toBe(false);
    expect((await local("reset --yes")).stdout).toBe("There was nothing to delete.\n");
  });

  it("env needs a running one", async () => {
    expect(await local("env")).toEqual({
      code: 1,
      stdout: "",
      stderr: "scar: the local AWS does not run\n  hint: run 'scar local start'\n",
    });
  });
});

describe("bad input", () => {
  it.each([["--port 70000"], ["--port -1"]])("start %s", async (line) => {
    expect(await local(`start ${line}`)).toMatchObject({
      code: 2,
      stdout: "",
      stderr: expect.stringContaining("not a port"),
    });
  });

  it("a port in use is named, and nothing runs", async () => {
    const taken = createServer();
    await new Promise<void>((ready) => taken.listen(0, "127.0.0.1", ready));
    const { port } = taken.address() as { port: number };
    try {
      const { code, stderr } = await local(`start --port ${port}`);
      expect(code).toBe(1);
      expect(stderr).toContain(String(port));
      expect((await local("status -j")).stdout).toContain('"State":"stopped"');
    } finally {
      taken.close();
    }
  });

  it("another port than that of the running one", async () => {
    await local("start");
    const { code, stderr } = await local("start --port 1");
    expect(code).toBe(1);
    expect(stderr).toMatch(/^scar: the local AWS runs already, on port \d+ and not 1\n/);
  });

  it("a state folder that cannot be", async () => {
    writeFileSync(join(cwd, "file"), "");
    env["SCAR_LOCAL_DIR"] = join(cwd, "file", "state");
    const { code, stderr } = await local("start");
    expect(code).toBe(1);
    expect(stderr).toContain(env["SCAR_LOCAL_DIR"]);
    expect(stderr).not.toContain("internal error");
  });
});
