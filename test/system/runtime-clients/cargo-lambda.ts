/** cargo-lambda's Runtime API and Invoke server, and the proxy that makes its Runtime API one as AWS documents it. */
import { type ChildProcess, spawn } from "node:child_process";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { createServer, request, type Server } from "node:http";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import { join } from "node:path";
import { until } from "../../helpers/system-process.ts";

/** Of the dummy project; cargo-lambda serves its Runtime API at `/.rt/NAME`. */
const FUNCTION = "dummy";
/** How long cargo-lambda lets a function run, ms: it sends this as the deadline, which is a point in time. */
const LIMIT_MS = 600_000;

export interface CargoLambda {
  readonly process: ChildProcess;
  /** Where functions are invoked. */
  readonly port: number;
}

/** What `cargo metadata` prints of a project with one program: cargo-lambda asks for nothing else of cargo. */
const METADATA = {
  packages: [
    {
      name: FUNCTION,
      version: "0.1.0",
      id: FUNCTION,
      dependencies: [],
      targets: [{ kind: ["bin"], crate_types: ["bin"], name: FUNCTION, src_path: "/dummy/main.rs", edition: "2021" }],
      features: {},
      manifest_path: "/dummy/Cargo.toml",
      edition: "2021",
    },
  ],
  workspace_members: [FUNCTION],
  target_directory: "/dummy/target",
  version: 1,
  workspace_root: "/dummy",
};

/** Starts it in `folder`, which holds the dummy project and the dummy cargo. */
export async function startCargoLambda(program: string, folder: string): Promise<CargoLambda> {
  const bin = join(folder, "bin");
  mkdirSync(bin);
  writeFileSync(join(folder, "Cargo.toml"), `[package]\nname = "${FUNCTION}"\nversion = "0.1.0"\nedition = "2021"\n`);
  writeFileSync(join(bin, "cargo"), `#!/bin/sh\ncat <<'END'\n${JSON.stringify(METADATA)}\nEND\n`);
  chmodSync(join(bin, "cargo"), 0o755);
  const port = await freePort();
  const args = ["lambda", "watch", "--only-lambda-apis", "--invoke-address", "127.0.0.1", "--invoke-port", `${port}`];
  const env = { PATH: `${bin}:/usr/bin:/bin`, HOME: folder };
  const child = spawn(program, args, { cwd: folder, env, stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      said += chunk;
    });
  }
  await until("cargo-lambda", 30, () => {
    if (child.exitCode !== null) throw new Error(`cargo-lambda ended: ${said}`);
    return said.includes("starting Runtime server") ? true : undefined;
  });
  return { process: child, port };
}

/** Its Runtime API on a port of its own, at the root, with a deadline that is a point in time. */
export async function startProxy({
  port,
}: CargoLambda): Promise<{ readonly server: Server; readonly address: string }> {
  const server = createServer((from, to) => {
    const path = `/.rt/${FUNCTION}${from.url}`;
    const { method, headers } = from;
    const onward = request({ host: "127.0.0.1", port, path, method, headers }, (answer) => {
      const deadline = answer.headers["lambda-runtime-deadline-ms"];
      const corrected = deadline === undefined ? {} : { "lambda-runtime-deadline-ms": `${Date.now() + LIMIT_MS}` };
      to.writeHead(answer.statusCode!, { ...answer.headers, ...corrected });
      answer.pipe(to);
    });
    onward.on("error", () => to.destroy());
    from.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { server, address: `127.0.0.1:${(server.address() as AddressInfo).port}` };
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createTcpServer().listen(0, "127.0.0.1", () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}
