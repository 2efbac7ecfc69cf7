/** What a user does wrong, from the outside: a clear message, the right status, no stack trace, and nothing left behind. */
import { copyFileSync, existsSync, readdirSync, readFileSync, truncateSync } from "node:fs";
import { type AddressInfo, createServer, type Server } from "node:net";
import { afterAll, beforeAll, expect, it } from "vitest";
import { describeSystem, NEEDS, ordinaryUser } from "../helpers/system-needs.ts";
import { check, type Finished, until } from "../helpers/system-process.ts";
import { pidsRunning } from "../helpers/system-procfs.ts";
import { saveSmallImage } from "../helpers/system-rootfs.ts";
import { ScarUser } from "../helpers/system-scar.ts";
import { tarOf } from "../unit/container/image-fixtures.ts";

/** A failure as users should see it. */
function expectFailure(result: Finished, status: number, ...words: readonly (string | RegExp)[]): void {
  expect(result, result.stderr).toMatchObject({ status, stdout: "" });
  for (const word of words) expect(result.stderr).toMatch(word);
  expect(result.stderr).not.toMatch(/^\s+at /m);
}

describeSystem("a local AWS that cannot start", [NEEDS.ordinaryUser], () => {
  const bob = new ScarUser({ user: ordinaryUser() });
  afterAll(() => bob.close());

  it("names a state folder that may not be written", async () => {
    // Nobody but root may write there, and root could write anywhere.
    const folder = "/usr/scar-state";
    const result = await bob.scar(["--local", "ls"], { env: { ...bob.env, SCAR_LOCAL_DIR: folder } });
    expectFailure(result, 1, folder);
    expect(existsSync(folder)).toBe(false);
  });

  it("names a state folder that is a file", async () => {
    const file = bob.write("state", "not a folder");
    const result = await bob.scar(["--local", "ls"], { env: { ...bob.env, SCAR_LOCAL_DIR: file } });
    expectFailure(result, 1, file);
    expect(readFileSync(file, "utf8")).toBe("not a folder");
  });

  it("names a port that is in use", async () => {
    const other = await listen();
    try {
      const port = String((other.address() as AddressInfo).port);
      const result = await bob.scar(["--local", "ls"], { env: { ...bob.env, SCAR_LOCAL_PORT: port } });
      expectFailure(result, 1, port, /in use/);
      expect(bob.serverPid()).toBeUndefined();
    } finally {
      other.close();
    }
  });

  it("starts as soon as the reason is gone", async () => {
    expect(await bob.scar(["--local", "ls"])).toMatchObject({ status: 0 });
    expect(bob.serverPid()).toBeDefined();
  });
});

function listen(): Promise<Server> {
  const server = createServer();
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => resolve(server));
  });
}

const DEFINITION = `
functions:
  aws:
    - lambda:
        name: victim
        memory: 256
        timeout: 10
        container:
          image_file: small.tar
          timeout_threshold: 5
`;

describeSystem("scripts and files that go wrong", [NEEDS.ordinaryUser, NEEDS.ldd], () => {
  const bob = new ScarUser({ user: ordinaryUser() });

  beforeAll(async () => {
    await saveSmallImage(bob.folder, { programs: ["sleep", "setsid"] });
    bob.write("victim.yaml", DEFINITION);
    bob.write("fine.sh", "echo fine\n");
    await bob.local(["init", "-f", "victim.yaml"]);
  });
  afterAll(() => bob.close());

  const runScript = (script: string): Promise<Finished> => {
    bob.write("script.sh", script);
    return bob.scar(["--local", "run", "-n", "victim", "-s", "script.sh"]);
  };

  /** The same warm function is none the worse for it. */
  const expectFine = async (): Promise<void> => {
    expect(await bob.local(["run", "-n", "victim", "-s", "fine.sh"])).toContain("fine");
  };

  it("a script that fails ends with status 1 and its own words", async () => {
    const result = await runScript("echo before the failure\nexit 42\n");
    expect(result.status).toBe(1);
    expect(result.stdout + result.stderr).toContain("before the failure");
    expect(result.stderr).toContain("42");
    expect(result.stderr).not.toMatch(/^\s+at /m);
    await expectFine();
  });

  it("a script that oversleeps is killed with all its children", async () => {
    const running = runScript("echo asleep\nsleep 98761 & setsid sleep 98762 & sleep 98763\n");
    await expectSeen("98761", "98762", "98763");
    const result = await running;
    expect(result.status).toBe(1);
    expect(result.stderr).toMatch(/timed out|time limit|deadline/i);
    await expectNoneLeft("98761", "98762", "98763");
    await expectFine();
  });

  it("a script that forks daemons does not hold its function, and the daemons are gone", async () => {
    const running = runScript(
      "(sleep 98764 </dev/null >/dev/null 2>&1 &)\n(setsid sleep 98765 &)\nsleep 1.5\necho forked\n",
    );
    await expectSeen("98764", "98765");
    const result = await running;
    expect(result, result.stderr).toMatchObject({ status: 0 });
    expect(result.stdout).toContain("forked");
    await expectNoneLeft("98764", "98765");
    await expectFine();
  });

  /** The processes can be seen from here at all. */
  async function expectSeen(...seconds: readonly string[]): Promise<void> {
    for (const one of seconds) {
      await until(`sleep ${one}`, 10, () => (pidsRunning("sleep", one).length > 0 ? true : undefined), 20);
    }
  }

  async function expectNoneLeft(...seconds: readonly string[]): Promise<void> {
    for (const one of seconds) {
      await until(`end of sleep ${one}`, 5, () => (pidsRunning("sleep", one).length === 0 ? true : undefined));
    }
  }

  it("an image archive cut short deploys nothing", async () => {
    copyFileSync(bob.path("small.tar"), bob.path("cut.tar"));
    truncateSync(bob.path("cut.tar"), 1_000_000);
    bob.write("cut.yaml", DEFINITION.replace("victim", "cut").replace("small.tar", "cut.tar"));
    const result = await bob.scar(["--local", "init", "-f", "cut.yaml"]);
    expectFailure(result, 1, "cut.tar");
    expect(await bob.local(["ls"])).not.toMatch(/^cut /m);
  });

  it("an image archive that is not there deploys nothing", async () => {
    bob.write("absent.yaml", DEFINITION.replace("victim", "absent").replace("small.tar", "absent.tar"));
    const result = await bob.scar(["--local", "init", "-f", "absent.yaml"]);
    expect(result.status).toBe(2);
    expect(result.stderr).toContain("absent.tar");
    expect(await bob.local(["ls"])).not.toMatch(/^absent /m);
  });

  it("an image that names files outside of its root is not unpacked", async () => {
    const further = [await tarOf([{ name: `../../../../../../${bob.path("escaped")}`, content: "out" }])];
    await saveSmallImage(bob.folder, { name: "outside", programs: [], further });
    bob.write("outside.yaml", DEFINITION.replace("victim", "outside").replace("small.tar", "outside.tar"));
    await bob.local(["init", "-f", "outside.yaml"]);
    const result = await bob.scar(["--local", "run", "-n", "outside", "-s", "fine.sh"]);
    expect(result.status).toBe(1);
    expect(result.stderr).toMatch(/^scar: .*outside:latest, layer 2 of 2.*escaped' leads out of the image's root/m);
    expect(await check("find", [bob.folder, "-name", "escaped"])).toBe("");
  });

  it("an image's absolute links lead into the image, and its devices are left out", async () => {
    const target = bob.mkdir("target");
    const further = [
      await tarOf([
        { name: "link", type: "symlink", linkname: target },
        { name: "link/written", content: "inside" },
        { name: "device", type: "character-device", devmajor: 1, devminor: 3 },
      ]),
    ];
    await saveSmallImage(bob.folder, { name: "links", programs: ["cat", "ls"], further });
    bob.write("links.yaml", DEFINITION.replace("victim", "links").replace("small.tar", "links.tar"));
    await bob.local(["init", "-f", "links.yaml"]);
    bob.write("look.sh", `cat /link/written && ls -l ${target} && ! ls /device\n`);
    const seen = await bob.local(["run", "-n", "links", "-s", "look.sh"]);
    expect(seen).toContain("inside");
    expect(readdirSync(target)).toEqual([]);
  });
});
