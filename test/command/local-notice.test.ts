import { afterEach, beforeEach, expect, it } from "vitest";
import { runScar, temporaryFolder } from "../helpers/run.ts";

let home: string;
let env: Record<string, string>;
beforeEach(() => {
  home = temporaryFolder();
  env = { HOME: home, SCAR_LOCAL_PORT: "0" };
});
afterEach(async () => {
  await runScar(["local", "stop"], { env });
});

it("tells once that it started the local AWS, and how to end it", async () => {
  const first = await runScar(["--local", "ls", "-j"], { env });
  expect(first).toMatchObject({ code: 0, stdout: '{"Functions":[]}\n' });
  expect(first.stderr).toMatch(
    /^The local AWS was started at http:\/\/127\.0\.0\.1:\d+ \('scar local stop' ends it\)\.\n$/,
  );
  expect(await runScar(["--local", "ls", "-j"], { env })).toEqual({
    code: 0,
    stdout: '{"Functions":[]}\n',
    stderr: "",
  });
});
