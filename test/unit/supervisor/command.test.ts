import { randomUUID } from "node:crypto";
import { closeSync, mkdtempSync, readFileSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type CommandEnd, runCommand } from "../../../src/supervisor/run/command.ts";
import { OutputPipe } from "../../../src/supervisor/run/output-pipe.ts";

let pipe: OutputPipe;
let folder: string;
beforeAll(async () => {
  pipe = await OutputPipe.create();
  folder = mkdtempSync(join(tmpdir(), "scar-command-"));
});
afterAll(() => {
  pipe.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Ran extends CommandEnd {
  readonly output: string;
}

async function run(script: string, timeoutMs = 20_000, output: OutputPipe | undefined = pipe): Promise<Ran> {
  const variable = `TMP_OUTPUT_DIR=${join(folder, randomUUID())}`;
  const [name, value] = variable.split("=") as [string, string];
  let text = "";
  const end = await runCommand({
    plan: {
      file: "/bin/sh",
      args: ["-c", script],
      env: { PATH: process.env["PATH"] ?? "", [name]: value },
      cleanup: async () => {},
    },
    timeoutMs,
    mark: { variable, folders: [folder] },
    pipe: output,
    onOutput: (chunk) => {
      text += chunk;
    },
  });
  return { ...end, output: text };
}

const isRunning = (pid: string): boolean => {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
};

describe("a command's end", () => {
  it("is its exit code", async () => {
    expect(await run("echo out; echo err >&2; exit 7")).toMatchObject({
      exitCode: 7,
      signal: null,
      timedOut: false,
      drained: true,
      output: "out\nerr\n",
    });
  });

  it("is its signal", async () => {
    expect(await run("kill -TERM $$")).toMatchObject({ exitCode: null, signal: "SIGTERM", timedOut: false });
  });

  it("is the deadline, and the whole group's end", async () => {
    const ran = await run("sleep 300 & echo $!; sleep 300", 300);
    expect(ran).toMatchObject({ timedOut: true, signal: "SIGKILL", drained: true });
    expect(isRunning(ran.output.trim())).toBe(false);
  });

  it("is told when there is no such program", async () => {
    const plan = { file: "/no/such/program", args: [], env: {}, cleanup: async () => {} };
    const mark = { variable: "NONE=none", folders: [] };
    await expect(runCommand({ plan, timeoutMs: 1000, mark, pipe, onOutput: () => {} })).rejects.toThrow(
      /not started.*\/no\/such\/program/,
    );
    expect(await run("echo next")).toMatchObject({ exitCode: 0, output: "next\n" });
  });
});

describe("what a command leaves", () => {
  it.each([
    ["in its group", "sleep 300 & echo $!"],
    ["in a session of its own, known by its environment", "setsid sleep 300 & echo $!"],
    [
      "without environment, known by its folder",
      "cd $0; env -i $(command -v setsid) $(command -v sleep) 300 & echo $!",
    ],
  ])("%s is killed", async (_, script) => {
    const ran = await run(script.replace("$0", `'${folder}'`));
    expect(ran).toMatchObject({ exitCode: 0, drained: true, survivors: [] });
    expect(ran.output).toMatch(/^\d+\n$/);
    expect(isRunning(ran.output.trim())).toBe(false);
  });
});

describe("output", () => {
  it("keeps the order of the two streams, also when opened by name", async () => {
    const { output } = await run("for i in 1 2 3; do echo o$i; echo e$i >&2; echo n$i > /dev/stderr; done");
    expect(output.split("\n").join(" ")).toBe("o1 e1 n1 o2 e2 n2 o3 e3 n3 ");
  });

  it("is whole when it comes faster than it is read", async () => {
    expect((await run("head -c 5000000 /dev/zero | tr '\\0' x")).output).toHaveLength(5_000_000);
  });

  it("arrives without a pipe of ours too", async () => {
    const { output } = await run("echo a; echo b >&2", 20_000, undefined);
    expect(output.split("\n").sort()).toEqual(["", "a", "b"]);
  });

  it("of concurrent commands stays apart", async () => {
    const both = await Promise.all(["a", "b"].map((own) => run(`for n in 1 2 3; do echo ${own}; sleep 0.05; done`)));
    expect(both.map(({ output }) => output)).toEqual(["a\na\na\n", "b\nb\nb\n"]);
  });

  it("of a process that outlives all killing does not reach the next command", async () => {
    const ends = pipe.open()!;
    await pipe.release(false);
    expect((await run("echo mine")).output).toBe("mine\n");
    writeSync(ends.writeFd, "foreign");
    expect((await run("echo mine")).output).toBe("mine\n");
    closeSync(ends.writeFd);
    ends.reader.destroy();
  });
});

it("stdin is at its end", async () => {
  expect((await run("read line || echo end")).output).toBe("end\n");
});
