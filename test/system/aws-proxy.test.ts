/** AWS behind a proxy, under AWS's own names, which nothing of this machine knows: the proxy leads to a server with a certificate for them. */
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { AwsStory } from "../helpers/aws-story.ts";
import { type ForwardProxy, startForwardProxy } from "../helpers/forward-proxy.ts";
import { temporaryFolder } from "../helpers/run.ts";
import { describeSystem, NEEDS } from "../helpers/system-needs.ts";

describeSystem("AWS behind a proxy", [NEEDS.openssl], () => {
  let story: AwsStory;
  let proxy: ForwardProxy;

  beforeAll(async () => {
    story = await AwsStory.start(temporaryFolder());
  });
  beforeEach(async () => {
    proxy?.close();
    proxy = await startForwardProxy(`127.0.0.1:${story.aws.port}`);
  });
  afterAll(async () => {
    proxy?.close();
    await story?.stop();
  });

  const scar = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
    story.scar(args, { HTTPS_PROXY: `http://me:secret-word@${proxy.name}`, ...env });
  const hosts = () => [...new Set(proxy.asked.map((line) => /^CONNECT (\S+):443 /.exec(line)?.[1]))].sort();

  it("every command reaches AWS's own hosts through it", async () => {
    expect(await story.play((args) => scar(args))).not.toContain("secret-word");
    expect(hosts()).toEqual(
      expect.arrayContaining([
        "apigateway.us-east-1.amazonaws.com",
        expect.stringMatching(/^[a-z0-9]{10}\.execute-api\.us-east-1\.amazonaws\.com$/),
        "iam.amazonaws.com",
        "lambda.us-east-1.amazonaws.com",
        "logs.us-east-1.amazonaws.com",
        "store.s3.us-east-1.amazonaws.com",
        "tagging.us-east-1.amazonaws.com",
      ]),
    );
    const logins = proxy.asked.map((line) => line.split(" ").slice(2).join(" "));
    expect(new Set(logins)).toEqual(new Set([`Basic ${btoa("me:secret-word")}`]));
  });

  it("is told when the proxy refuses, without its password", async () => {
    const refusing = await startForwardProxy("127.0.0.1:1", false);
    const { status, stdout, stderr } = await scar(["ls"], { HTTPS_PROXY: `http://me:secret-word@${refusing.name}` });
    refusing.close();
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(stderr).toMatch(
      new RegExp(`the proxy ${refusing.name} answers 407 for \\S+\\.amazonaws\\.com:443 \\(it wants another user name`),
    );
    expect(stderr).toContain("check HTTPS_PROXY");
    expect(stderr).not.toContain("secret-word");
  });

  it("is told when the variable names none, before anything is asked", async () => {
    const { status, stderr } = await scar(["ls"], { HTTPS_PROXY: "socks5://somewhere:1080" });
    expect(status).toBe(1);
    expect(stderr).toContain("the environment variable HTTPS_PROXY names a proxy of the kind 'socks5://'");
    expect(proxy.asked).toEqual([]);
  });

  it("is told when it puts a certificate of its own in the place of AWS's", async () => {
    const { status, stderr } = await scar(["ls"], { NODE_EXTRA_CA_CERTS: "" });
    expect(status).toBe(1);
    expect(stderr).toMatch(/^scar: cannot trust AWS in region 'us-east-1' for \S+: it signed its certificate itself\n/);
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
