/**
 * An image in Amazon ECR, as far as one can play it: its host behind a proxy, with a certificate of the test's own, and its API, which
 * gives the password that the registry wants to whoever asks as AWS asks.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type ForwardProxy, startForwardProxy } from "../helpers/forward-proxy.ts";
import { startRegistry, type TestRegistry } from "../helpers/registry.ts";
import { cowsayImage } from "../helpers/registry-cowsay.ts";
import { describeSystem, NEEDS } from "../helpers/system-needs.ts";
import { makeCertificate } from "../helpers/system-registry.ts";
import { ExecutionEnvironment, exceptionOf, outputOf } from "../supervisor/environment.ts";

const HOST = "123456789012.dkr.ecr.eu-west-3.amazonaws.com";
const PASSWORD = "for twelve hours";

describeSystem("an image in Amazon ECR", [NEEDS.registry], () => {
  let folder: string;
  let registry: TestRegistry;
  let proxy: ForwardProxy;
  let api: Server;
  const asked: { target: unknown; scope: unknown }[] = [];
  let isAllowed = true;
  let env: Record<string, string>;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "scar-ecr-"));
    const [key, certificate] = [join(folder, "key.pem"), join(folder, "certificate.pem")];
    await makeCertificate(key, certificate, [HOST]);
    registry = await startRegistry({
      images: [await cowsayImage("team/cowsay")],
      tls: { key: readFileSync(key, "utf8"), cert: readFileSync(certificate, "utf8") },
      access: { kind: "basic", users: { AWS: PASSWORD } },
    });
    proxy = await startForwardProxy(registry.host);
    api = createServer((request, response) => {
      const scope = /Credential=[^/]+\/(?:[^/]+\/){1}([^,]+)/.exec(request.headers.authorization ?? "")?.[1];
      asked.push({ target: request.headers["x-amz-target"], scope });
      request.resume();
      const token = Buffer.from(`AWS:${PASSWORD}`).toString("base64");
      const body = isAllowed
        ? { authorizationData: [{ authorizationToken: token, expiresAt: 1.9e9, proxyEndpoint: `https://${HOST}` }] }
        : { __type: "AccessDeniedException", message: "not authorized to perform: ecr:GetAuthorizationToken" };
      response.writeHead(isAllowed ? 200 : 400, { "content-type": "application/x-amz-json-1.1" });
      response.end(JSON.stringify(body));
    });
    await new Promise<void>((resolve) => api.listen(0, "127.0.0.1", resolve));
    env = {
      NODE_EXTRA_CA_CERTS: certificate,
      HTTPS_PROXY: `http://${proxy.name}`,
      AWS_ENDPOINT_URL_ECR: `http://127.0.0.1:${(api.address() as AddressInfo).port}`,
      AWS_ACCESS_KEY_ID: "AKIDROLE",
      AWS_SECRET_ACCESS_KEY: "role's secret",
    };
  });
  afterAll(async () => {
    api?.close();
    proxy?.close();
    await registry?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const start = () =>
    ExecutionEnvironment.start({ container: { image: `${HOST}/team/cowsay`, image_file: null }, env });

  it("is fetched with a login made of the function's role, in the registry's region", async () => {
    const environment = await start();
    expect(outputOf(await environment.invoke({}))).toBe("moo\n");
    expect(asked).toEqual([
      { target: "AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken", scope: "eu-west-3/ecr/aws4_request" },
    ]);
    expect(environment.log).not.toContain(PASSWORD);
    environment.stop();
  });

  it("says what the role needs where it gets no login", async () => {
    isAllowed = false;
    const environment = await start();
    const message = exceptionOf(await environment.invoke({}));
    expect(message).toMatch(/team\/cowsay: Amazon ECR gives no login: not authorized to perform/);
    expect(message).toContain("allow the function's role ecr:GetAuthorizationToken");
    environment.stop();
  });
});
