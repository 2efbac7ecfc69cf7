/** `put` and `get` over HTTPS: the certificate is checked, and what comes back is what went. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { type AddressInfo, connect } from "node:net";
import { join } from "node:path";
import { createServer, type Server } from "node:tls";
import { afterAll, beforeAll, expect, it } from "vitest";
import { distDir, startTestLocal, type TestLocal } from "../helpers/local.ts";
import { temporaryFolder } from "../helpers/run.ts";
import { describeSystem, NEEDS, program } from "../helpers/system-needs.ts";
import { check, run } from "../helpers/system-process.ts";

/** One that is small, and one that goes in parts. */
const FILES = { "small.bin": Buffer.alloc(5000, 1), "large.bin": Buffer.alloc(17 * 1024 * 1024, 2) };

describeSystem("put and get over HTTPS", [NEEDS.openssl], () => {
  const cwd = temporaryFolder();
  const [key, certificate] = [join(cwd, "key.pem"), join(cwd, "certificate.pem")];
  let local: TestLocal;
  let server: Server;

  beforeAll(async () => {
    const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"];
    const files = ["-keyout", key, "-out", certificate, "-days", "2"];
    await check(program("openssl"), ["req", "-x509", "-newkey", "rsa:2048", "-nodes", ...files, ...subject]);
    local = await startTestLocal();
    server = createServer({ key: readFileSync(key), cert: readFileSync(certificate) }, (from) => {
      const to = connect(local.server.port, "127.0.0.1");
      from.on("error", () => to.destroy());
      to.on("error", () => from.destroy());
      from.pipe(to).pipe(from);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    mkdirSync(join(cwd, "up"));
    for (const [name, content] of Object.entries(FILES)) writeFileSync(join(cwd, "up", name), content);
  });
  afterAll(async () => {
    server.close();
    await local.stop();
  });

  const scar = (args: readonly string[], env: Readonly<Record<string, string>>) => {
    const { region, accessKeyId, secretAccessKey } = local.server;
    return run(process.execPath, [join(distDir, "main.js"), ...args], {
      cwd,
      env: {
        PATH: process.env["PATH"],
        HOME: cwd,
        AWS_ENDPOINT_URL: `https://localhost:${(server.address() as AddressInfo).port}`,
        AWS_ACCESS_KEY_ID: accessKeyId,
        AWS_SECRET_ACCESS_KEY: secretAccessKey,
        AWS_REGION: region,
        ...env,
      },
    });
  };

  it("brings back what went", async () => {
    const env = { NODE_EXTRA_CA_CERTS: certificate };
    expect(await scar(["put", "-b", "store", "-p", "up"], env)).toMatchObject({
      status: 0,
      stderr: "Bucket 'store' created.\n",
    });
    expect(await scar(["get", "-b", "store", "-p", "down"], env)).toMatchObject({ status: 0, stderr: "" });
    for (const [name, content] of Object.entries(FILES))
      expect(readFileSync(join(cwd, "down", name)).equals(content)).toBe(true);
  });

  it("sends nothing to a server that nobody vouches for", async () => {
    const { status, stderr } = await scar(["get", "-b", "store", "-p", "none"], {});
    expect(status).toBe(1);
    expect(stderr).toMatch(
      /^scar: cannot trust https:\/\/localhost:\d+ for s3:\w+: it signed its certificate itself\n/,
    );
    expect(stderr).toContain("NODE_EXTRA_CA_CERTS");
  });
});
