/**
 * AWS behind a proxy, under AWS's own names, which nothing of this machine knows: the proxy leads to a server with a certificate for them.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { makeMachineImage } from "../../demo/machine-image.ts";
import { type AwsByName, startAwsByName } from "../helpers/aws-by-name.ts";
import { type ForwardProxy, startForwardProxy } from "../helpers/forward-proxy.ts";
import { ROLE } from "../helpers/lambda.ts";
import { distDir, startTestLocal, type TestLocal } from "../helpers/local.ts";
import { temporaryFolder } from "../helpers/run.ts";
import { describeSystem, NEEDS } from "../helpers/system-needs.ts";
import { run } from "../helpers/system-process.ts";

const REGION = "us-east-1";
const LARGE = Buffer.alloc(9 * 1024 * 1024, "large");

describeSystem("AWS behind a proxy", [NEEDS.openssl], () => {
  const cwd = temporaryFolder();
  let local: TestLocal;
  let aws: AwsByName;
  let proxy: ForwardProxy;

  beforeAll(async () => {
    local = await startTestLocal();
    aws = await startAwsByName(local.server, cwd);
    mkdirSync(join(cwd, "up"));
    writeFileSync(join(cwd, "up", "small.txt"), "small");
    writeFileSync(join(cwd, "up", "large.bin"), LARGE);
    await makeMachineImage({ file: join(cwd, "image.tar"), tag: "tools:1", programs: ["sh", "cat"] });
    writeFileSync(join(cwd, "run.sh"), '#!/bin/sh\n[ -z "$INPUT_FILE_PATH" ] || cat "$INPUT_FILE_PATH"\n');
    const common = { memory: 256, init_script: "run.sh", container: { image_file: "image.tar" } };
    const behind = { name: "behind", ...common, input: [{ storage_provider: "s3", path: "store/in" }] };
    const functions = [
      { lambda: behind, iam: { role: ROLE } },
      { lambda: { name: "answers", ...common }, iam: { role: ROLE }, api_gateway: { name: "answers" } },
    ];
    writeFileSync(join(cwd, "fn.yaml"), JSON.stringify({ functions: { aws: functions } }));
  });
  beforeEach(async () => {
    proxy?.close();
    proxy = await startForwardProxy(`127.0.0.1:${aws.port}`);
  });
  afterAll(async () => {
    proxy?.close();
    aws?.close();
    await local?.stop();
  });

  const scar = (args: readonly string[], env: Readonly<Record<string, string>> = {}) => {
    const { accessKeyId, secretAccessKey } = local.server;
    return run(process.execPath, [join(distDir, "main.js"), ...args], {
      cwd,
      env: {
        PATH: process.env["PATH"],
        HOME: cwd,
        TMPDIR: cwd,
        NODE_EXTRA_CA_CERTS: aws.certificate,
        HTTPS_PROXY: `http://me:secret-word@${proxy.name}`,
        AWS_ACCESS_KEY_ID: accessKeyId,
        AWS_SECRET_ACCESS_KEY: secretAccessKey,
        AWS_REGION: REGION,
        ...env,
      },
    });
  };
  const hosts = () => [...new Set(proxy.asked.map((line) => /^CONNECT (\S+):443 /.exec(line)?.[1]))].sort();

  it("every command reaches AWS's own hosts through it", async () => {
    const story: readonly (readonly string[])[] = [
      ["init", "-f", "fn.yaml"],
      ["ls"],
      ["put", "-b", "store/up", "-p", "up"],
      ["ls", "-b", "store/up"],
      ["get", "-b", "store/up", "-p", "down"],
      ["put", "-b", "store/in", "-p", "up/small.txt"],
      ["run", "-n", "behind", "--wait"],
      ["run", "-n", "answers"],
      ["invoke", "-n", "answers", "-db", "up/small.txt"],
      ["log", "-n", "behind"],
      ["update", "-f", "fn.yaml"],
      ["update", "-a"],
      ["role", "--create", "-f", "fn.yaml"],
      ["rm", "-f", "fn.yaml"],
    ];
    let shown = "";
    for (const args of story) {
      const { status, stdout, stderr } = await scar(args);
      expect({ args, status, stderr: status === 0 ? "" : stderr }).toEqual({ args, status: 0, stderr: "" });
      shown += stdout + stderr;
    }
    expect(shown).toContain("up/large.bin");
    expect(shown).not.toContain("secret-word");
    const brought = (file: string) => readFileSync(join(cwd, "down", "up", file));
    expect([brought("small.txt").toString(), brought("large.bin").equals(LARGE)]).toEqual(["small", true]);
    expect(hosts()).toEqual(
      expect.arrayContaining([
        `lambda.${REGION}.amazonaws.com`,
        `logs.${REGION}.amazonaws.com`,
        `apigateway.${REGION}.amazonaws.com`,
        expect.stringMatching(/^[a-z0-9]{10}\.execute-api\.us-east-1\.amazonaws\.com$/),
        "iam.amazonaws.com",
        `store.s3.${REGION}.amazonaws.com`,
        `tagging.${REGION}.amazonaws.com`,
      ]),
    );
    expect(new Set(proxy.asked.map((line) => line.split(" ").slice(2).join(" ")))).toEqual(
      new Set([`Basic ${btoa("me:secret-word")}`]),
    );
  });

  it("is told when the proxy refuses, without its password", async () => {
    const { name } = proxy;
    const refusing = await startForwardProxy("127.0.0.1:1", false);
    const { status, stdout, stderr } = await scar(["ls"], { HTTPS_PROXY: `http://me:secret-word@${refusing.name}` });
    refusing.close();
    expect({ status, stdout, name }).toEqual({ status: 1, stdout: "", name });
    expect(stderr).toMatch(
      new RegExp(`the proxy ${refusing.name} answers 407 for \\S+\\.amazonaws\\.com:443 \\(it wants another user name`),
    );
    expect(stderr).toContain("check HTTPS_PROXY");
    expect(stderr).not.toContain("secret-word");
  });

  it("is told when the variable names none, before anything is asked", async () => {
    const { status, stderr } = await scar(["ls"], { HTTPS_PROXY: "socks5://somewhere:1080" });
    expect(status).toBe(1);
    expect(stderr).toMatch(/environment variable https_proxy|environment variable HTTPS_PROXY/);
    expect(proxy.asked).toEqual([]);
  });

  it("is left out where NO_PROXY says so", async () => {
    const put = (env: Readonly<Record<string, string>>) =>
      scar(["put", "-b", "store/up", "-p", "up/small.txt"], { AWS_ENDPOINT_URL: "https://direct.invalid", ...env });
    expect((await put({ NO_PROXY: "amazonaws.com, .invalid" })).status).toBe(1);
    expect(proxy.asked).toEqual([]);
    expect((await put({ NO_PROXY: "amazonaws.com" })).status).toBe(1);
    expect(hosts()).toEqual(["direct.invalid"]);
  });
});
