/**
 * The published package, as its users have it: packed, installed globally by an ordinary user without rights, and used from there.
 * (The demo as an ordinary user is a step of `.ci/run` of its own.)
 */
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { describeSystem, NEEDS, ordinaryUser, ROOT } from "../helpers/system-needs.ts";
import { check, type Finished, type RunOptions, until } from "../helpers/system-process.ts";
import { pidsWithEnvironment, supervisorPids } from "../helpers/system-procfs.ts";
import { saveSmallImage } from "../helpers/system-rootfs.ts";
import { ScarUser } from "../helpers/system-scar.ts";

/** A name that no other test gives: its processes are looked for on the whole machine. */
const NAME = "shout-as-user";

const DEFINITION = `
functions:
  aws:
    - lambda:
        name: ${NAME}
        memory: 256
        timeout: 60
        init_script: shout.sh
        container:
          image_file: small.tar
        input:
          - storage_provider: s3
            path: words/in
        output:
          - storage_provider: s3
            path: words/out
`;

const SCRIPT = `echo "shouting $(basename "$INPUT_FILE_PATH")"
tr a-z A-Z <"$INPUT_FILE_PATH" >"$TMP_OUTPUT_DIR/$(basename "$INPUT_FILE_PATH")"
`;

describeSystem("the package, installed globally by an ordinary user", [NEEDS.ordinaryUser, NEEDS.ldd], () => {
  const bob = new ScarUser({ user: ordinaryUser() });
  const version = (JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { version: string }).version;
  let packed: { filename: string; files: { path: string }[] };

  beforeAll(async () => {
    // The bundles were built when the run began: packing must not build them again.
    const pack = ["pack", "--json", "--ignore-scripts", "--pack-destination", bob.folder];
    packed = (JSON.parse(await check("npm", pack, { cwd: ROOT })) as [typeof packed])[0];
    await saveSmallImage(bob.folder, { programs: ["basename", "tr"] });
    bob.write("shout.sh", SCRIPT);
    bob.write("shout.yaml", DEFINITION);
  });
  afterAll(() => bob.close());

  /** The installed command, found on the PATH as a shell would. */
  const scar = (args: readonly string[], options: RunOptions = {}): Promise<Finished> =>
    bob.run("/bin/sh", ["-c", 'scar "$@"', "sh", ...args], {
      ...options,
      env: { ...bob.env, PATH: `${bob.path("prefix/bin")}:${bob.env["PATH"]}` },
    });

  const local = async (...args: readonly string[]): Promise<string> => {
    const result = await scar(["--local", ...args]);
    expect(result, args.join(" ")).toMatchObject({ status: 0 });
    return result.stdout;
  };

  it("holds what runs, and none of the repository's own programs", () => {
    const files = packed.files.map((file) => file.path);
    expect(files).toEqual(expect.arrayContaining(["LICENSE", "README.md", "dist/main.js", "package.json"]));
    expect(files.filter((path) => /^(src|test|bench|demo|dist\/dev)\//.test(path))).toEqual([]);
  });

  it("installs without another package", async () => {
    const args = ["install", "--global", "--offline", "--no-audit", "--no-fund", "--prefix", bob.mkdir("prefix")];
    const installed = await bob.run("npm", [...args, bob.path(packed.filename)]);
    expect(installed, installed.stderr).toMatchObject({ status: 0 });
    expect(await scar(["--version"])).toEqual({ status: 0, stdout: `SCAR ${version}\n`, stderr: "" });
  });

  it("turns a file put into a bucket into its output", async () => {
    expect(await local("init", "-f", "shout.yaml")).toContain(`Function '${NAME}' successfully created.`);
    writeFileSync(bob.path("hello.txt"), "hello from an ordinary user\n", { mode: 0o644 });
    await local("put", "-b", "words/in", "-p", "hello.txt");
    await until("the output", 60, async () =>
      (await local("ls", "-b", "words/out")).includes("out/hello.txt") ? true : undefined,
    );
    await local("get", "-b", "words/out", "-p", bob.mkdir("fetched"));
    expect(readFileSync(bob.path("fetched/out/hello.txt"), "utf8")).toBe("HELLO FROM AN ORDINARY USER\n");
  });

  it("runs a command in the image, shows the log and lists", async () => {
    expect(await local("run", "-n", NAME, "basename", "/a/folder/name")).toMatch(/^name$/m);
    expect(await local("log", "-n", NAME)).toContain("shouting hello.txt");
    expect(await local("ls")).toMatch(new RegExp(`^${NAME} +256 +60 `, "m"));
  });

  it("keeps its state and its keys to its owner", () => {
    expect(statSync(bob.path("local")).mode & 0o077).toBe(0);
    expect(statSync(bob.path("local", "server.json")).mode & 0o077).toBe(0);
  });

  it("stops, leaving no process and no temporary file", async () => {
    const processes = (): number[] => [
      ...pidsWithEnvironment(`SCAR_LOCAL_DIR=${bob.path("local")}`),
      ...supervisorPids(NAME),
    ];
    expect(processes()).toContain(bob.serverPid());
    expect(supervisorPids(NAME)).not.toEqual([]);
    expect(await scar(["local", "stop"])).toMatchObject({ status: 0 });
    await until("end of all processes", 10, () => (processes().length === 0 ? true : undefined));
    expect(readdirSync(bob.path("tmp"))).toEqual([]);
  });

  it("starts again with what it had, and removes it", async () => {
    expect(await local("ls")).toMatch(new RegExp(`^${NAME} +256 +60 `, "m"));
    expect(await local("ls", "-b", "words/out")).toBe("out/hello.txt\n");
    expect(await local("rm", "-n", NAME)).toContain(`Function '${NAME}' successfully deleted.`);
    expect(await local("ls")).not.toContain(NAME);
  });
});
