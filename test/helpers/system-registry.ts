/** The distribution project's registry (Debian's docker-registry) on loopback, with a folder and a port of its own. */
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { program } from "./system-needs.ts";
import { check, end, until } from "./system-process.ts";

export interface DockerRegistrySettings {
  /** Asks everybody for this name and password (htpasswd). */
  readonly user?: { readonly name: string; readonly password: string };
  /** HTTPS, with a certificate for 127.0.0.1 that signs itself (openssl). */
  readonly tls?: boolean;
}

export interface DockerRegistry {
  /** `127.0.0.1:PORT`. */
  readonly host: string;
  /** Its certificate (PEM), with `tls`. */
  readonly certificate: string;
  /** Kills it at once, connections and all. */
  kill(): Promise<void>;
  /** Starts it again in the same place. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

export async function startDockerRegistry(settings: DockerRegistrySettings = {}): Promise<DockerRegistry> {
  const folder = mkdtempSync(join(tmpdir(), "scar-registry-"));
  const host = `127.0.0.1:${await freePort()}`;
  const certificate = join(folder, "certificate.pem");
  if (settings.tls) await makeCertificate(join(folder, "key.pem"), certificate);
  writeFileSync(join(folder, "config.yml"), await configOf(folder, host, settings));
  let server = start(folder);
  const ready = () => isReady(host, settings.tls === true, folder, server);
  const kill = async (): Promise<void> => {
    if (server.exitCode === null && server.signalCode === null) {
      const gone = new Promise((resolve) => server.once("exit", resolve));
      server.kill("SIGKILL");
      await gone;
    }
  };
  const close = async (): Promise<void> => {
    if (server.pid !== undefined && server.exitCode === null && server.signalCode === null) await end(server.pid);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await ready();
  } catch (error) {
    await close();
    throw error;
  }
  return {
    host,
    certificate,
    kill,
    restart: async () => {
      await kill();
      server = start(folder);
      await ready();
    },
    close,
  };
}

function start(folder: string): ChildProcess {
  const output = openSync(join(folder, "log"), "a");
  const server = spawn(program("docker-registry"), ["serve", join(folder, "config.yml")], {
    stdio: ["ignore", output, output],
    env: { PATH: process.env["PATH"], HOME: folder, OTEL_TRACES_EXPORTER: "none" },
  });
  closeSync(output);
  return server;
}

async function isReady(host: string, tls: boolean, folder: string, server: ChildProcess): Promise<void> {
  await until("docker-registry", 20, async () => {
    if (server.exitCode !== null)
      throw new Error(`docker-registry has ended:\n${readFileSync(join(folder, "log"), "utf8")}`);
    if (tls) return /listening on/.test(readFileSync(join(folder, "log"), "utf8")) || undefined;
    return (await fetch(`http://${host}/v2/`).catch(() => undefined)) !== undefined || undefined;
  });
}

async function configOf(folder: string, host: string, { user, tls }: DockerRegistrySettings): Promise<string> {
  const lines = [
    "version: 0.1",
    "log: { level: info }",
    `storage: { filesystem: { rootdirectory: ${folder}/data }, delete: { enabled: true } }`,
    tls
      ? `http: { addr: "${host}", tls: { certificate: ${folder}/certificate.pem, key: ${folder}/key.pem } }`
      : `http: { addr: "${host}" }`,
  ];
  if (user !== undefined) {
    const file = join(folder, "htpasswd");
    writeFileSync(file, await check(program("htpasswd"), ["-niB", user.name], { input: user.password }));
    lines.push(`auth: { htpasswd: { realm: test, path: ${file} } }`);
  }
  return `${lines.join("\n")}\n`;
}

/** Makes a certificate for 127.0.0.1 and the hosts named that signs itself; both files are PEM. */
export async function makeCertificate(key: string, certificate: string, hosts: readonly string[] = []): Promise<void> {
  const names = ["IP:127.0.0.1", ...hosts.map((name) => `DNS:${name}`)].join();
  await check(
    program("openssl"),
    [
      ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"],
      ["-subj", "/CN=test registry", "-addext", `subjectAltName=${names}`],
      ["-keyout", key, "-out", certificate],
    ].flat(),
  );
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address !== null ? address.port : 0;
}
