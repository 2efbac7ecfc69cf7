/**
 * Functions on machines that refuse namespaces: the server runs where none can be made, and what the demo shows still works, by PRoot
 * and by an installed Docker.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { LocalServer } from "../../src/local/control.ts";
import { call, createNodeFunction, lambdaClient } from "../helpers/lambda.ts";
import { type DockerEngine, startDocker } from "../helpers/system-docker.ts";
import { describeSystem, NEEDS, program } from "../helpers/system-needs.ts";
import { check, type Finished, isAlive, until } from "../helpers/system-process.ts";
import { pidsWithEnvironment } from "../helpers/system-procfs.ts";
import { addPrograms, makeRoot, saveSmallImage } from "../helpers/system-rootfs.ts";
import { ScarUser } from "../helpers/system-scar.ts";

/** A user namespace in which no further namespace may be made, without capabilities: what restricted machines look like. */
const REFUSE = [
  "-Ur",
  "sh",
  "-c",
  'echo 0 >/proc/sys/user/max_user_namespaces; exec setpriv --bounding-set=-all --inh-caps=-all "$@"',
  "sh",
];

const definition = (name: string): string => `
functions:
  aws:
    - lambda:
        name: ${name}
        memory: 256
        timeout: 60
        init_script: shout.sh
        container:
          image_file: small.tar
        input:
          - storage_provider: s3
            path: ${name}/in
        output:
          - storage_provider: s3
            path: ${name}/out
`;

const SCRIPT = `echo "shouting $(basename "$INPUT_FILE_PATH")"
(setsid sleep 1000 >/dev/null 2>&1 &)
tr a-z A-Z <"$INPUT_FILE_PATH" >"$TMP_OUTPUT_DIR/$(basename "$INPUT_FILE_PATH")"
`;

/** A user with a definition of a function that writes a file in capitals, in an image of this machine's shell. */
async function userWith(name: string, env: Readonly<Record<string, string>> = {}): Promise<ScarUser> {
  const user = new ScarUser({ env });
  await saveSmallImage(user.folder, { programs: ["basename", "setsid", "sleep", "tr"] });
  user.write("shout.sh", SCRIPT);
  user.write("shout.yaml", definition(name));
  user.write("hello.txt", "hello\n");
  return user;
}

/** Deploys, puts a file, waits for its output, and gives that. */
async function shout(user: ScarUser, name: string, init: () => Promise<Finished>): Promise<string> {
  expect(await init()).toMatchObject({ status: 0 });
  await user.local(["put", "-b", `${name}/in`, "-p", "hello.txt"]);
  await until("the output", 60, async () =>
    (await user.local(["ls", "-b", `${name}/out`])).includes("hello.txt") ? true : undefined,
  );
  await user.local(["get", "-b", `${name}/out`, "-p", user.mkdir("fetched")]);
  return readFileSync(user.path("fetched/out/hello.txt"), "utf8");
}

const serverLog = (user: ScarUser): string => readFileSync(user.path("local", "server.log"), "utf8");

describeSystem("functions where namespaces are refused, by PRoot", [NEEDS.proot, NEEDS.ldd], () => {
  let user: ScarUser;
  const name = "shout-by-proot";

  beforeAll(async () => {
    user = await userWith(name);
  });
  afterAll(() => user?.close());

  it("turns a file put into a bucket into its output, and says what is not limited", async () => {
    const words = user.words(["--local", "init", "-f", "shout.yaml"]);
    const init = () => user.run(program("unshare"), [...REFUSE, ...words]);
    expect(await shout(user, name, init)).toBe("HELLO\n");
    expect(serverLog(user)).toContain("functions run in: PRoot; the size of /tmp is not limited");
    expect(await user.local(["log", "-n", name])).toContain("shouting hello.txt");
  });

  it("leaves no process when the server is killed", async () => {
    const processes = () => pidsWithEnvironment(`AWS_LAMBDA_FUNCTION_NAME=${name}`);
    expect(processes()).not.toEqual([]);
    const server = user.serverPid()!;
    process.kill(server, "SIGKILL");
    await until("end of the server", 10, () => (isAlive(server) ? undefined : true));
    await until("end of its functions", 10, () => (processes().length === 0 ? true : undefined));
  });
});

describeSystem("functions by Docker", [NEEDS.root, NEEDS.docker, NEEDS.ldd], () => {
  let engine: DockerEngine;
  let user: ScarUser;
  const name = "shout-by-docker";

  beforeAll(async () => {
    engine = await startDocker();
    await importImage(engine, "scar-test-runtime");
    user = await userWith(name, {
      SCAR_LOCAL_SANDBOX: "docker",
      SCAR_LOCAL_DOCKER_IMAGE: "scar-test-runtime",
      DOCKER_HOST: engine.host,
      PATH: `${dirname(program("docker"))}:${process.env["PATH"]}`,
    });
  });
  afterAll(async () => {
    await user?.close();
    await engine?.close();
  });

  it("turns a file put into a bucket into its output, in a container", async () => {
    expect(await shout(user, name, () => user.scar(["--local", "init", "-f", "shout.yaml"]))).toBe("HELLO\n");
    expect(serverLog(user)).toContain("functions run in: Docker (scar-test-runtime)");
    expect(await engine.docker(["ps", "--format", "{{.Image}}"])).toBe("scar-test-runtime\n");
  });

  it("enforces memory and the size of /tmp", async () => {
    const server = JSON.parse(readFileSync(user.path("local", "server.json"), "utf8")) as LocalServer;
    const lambda = lambdaClient(server);
    const source = `
      import { writeFileSync } from "node:fs";
      export const handler = async ({ mb, file }) => {
        try { writeFileSync("/tmp/big", Buffer.alloc(file * 1048576)); } catch (error) { return error.code; }
        const held = Buffer.alloc(mb * 1048576, 1);
        await new Promise((done) => setTimeout(done, 5000));
        return held.length;
      };`;
    await createNodeFunction(lambda, "limits", source, { MemorySize: 256, Timeout: 30 });
    expect((await call(lambda, "limits", { mb: 0, file: 600 })).value).toBe("ENOSPC");
    const { value, log } = await call(lambda, "limits", { mb: 400, file: 0 });
    expect(value.errorMessage).toContain("Runtime exited with error: signal: killed");
    expect(log).toMatch(/Max Memory Used: 256 MB\tStatus: error/);
  });

  it("removes a killed server's containers at the next start", async () => {
    const containers = () => engine.docker(["ps", "--all", "--quiet"]);
    process.kill(user.serverPid()!, "SIGKILL");
    await until("end of the server", 10, () => (user.serverPid() === undefined ? true : undefined));
    expect(await user.local(["ls"])).toContain(name);
    await until("end of the containers", 10, async () => ((await containers()) === "" ? true : undefined));
  });
});

/** An image of this machine's programs that a sandbox needs, with the libraries of this machine's Node.js. */
async function importImage({ docker }: DockerEngine, tag: string): Promise<void> {
  const folder = mkdtempSync("/tmp/scar-image-");
  try {
    const root = join(folder, "root");
    makeRoot(root);
    const programs = ["sh", "cat", "id", "unshare", "mount", "rm"].map((name) => program(name));
    await addPrograms(root, [...programs, process.execPath]);
    rmSync(join(root, process.execPath));
    writeFileSync(join(root, "etc/passwd"), "root:x:0:0::/:/bin/sh\n");
    const archive = join(folder, "image.tar");
    await check("tar", ["-C", root, "--owner=0", "--group=0", "-cf", archive, "."]);
    await docker(["import", archive, tag]);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
