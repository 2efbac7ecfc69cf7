/** The two that are compared: this scar and the original, each with a home of its own, both with the same server. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { LocalServer } from "../../src/local/control.ts";
import { type Measured, measure } from "../measured/programs.ts";

export interface Place {
  /** For what the benchmark makes. */
  readonly folder: string;
  /** Of the built bundles. */
  readonly dist: string;
  readonly server: LocalServer;
  /** Addresses of the proxies before the AWS and before the releases of the original's supervisor. */
  readonly endpoint: string;
  readonly releases: string;
}

/** Virtual environment of `.ci/install-bench`; benchmarks are started in the repository's folder. */
export const ORIGINAL = resolve(process.env["SCAR_BENCH_ORIGINAL"] ?? ".scratch/original");

export const NAMES = ["scar", "original"] as const;

export type Name = (typeof NAMES)[number];

export interface Contender {
  readonly name: Name;
  /** Runs the command line; throws when it fails. */
  run(args: readonly string[]): Promise<Measured>;
  /** A folder of its own: made, below its working folder. */
  folder(name: string): string;
}

export const ROLE = "arn:aws:iam::000000000000:role/bench";

export function contenders(place: Place): Contender[] {
  return NAMES.map((name) => contender(name, place));
}

function contender(name: Name, { folder, dist, server, endpoint, releases }: Place): Contender {
  const home = join(folder, name, "home");
  const cwd = join(folder, name, "work");
  for (const path of [cwd, join(home, ".aws"), join(home, ".scar"), join(home, "tmp")])
    mkdirSync(path, { recursive: true });
  const keys = `aws_access_key_id = ${server.accessKeyId}\naws_secret_access_key = ${server.secretAccessKey}\n`;
  writeFileSync(join(home, ".aws", "credentials"), `[default]\n${keys}`, { mode: 0o600 });
  writeFileSync(join(home, ".aws", "config"), `[default]\nregion = ${server.region}\n`);
  writeFileSync(join(home, ".scar", "scar.cfg"), JSON.stringify(CONFIG));
  const env = {
    PATH: process.env["PATH"],
    LANG: "C.UTF-8",
    HOME: home,
    TMPDIR: join(home, "tmp"),
    AWS_ENDPOINT_URL: endpoint,
    AWS_EC2_METADATA_DISABLED: "true",
    RELEASES: releases,
    CACHE: join(home, "cache"),
    PYTHONDONTWRITEBYTECODE: "1",
  };
  const program = (verb: string | undefined): readonly string[] => {
    if (name === "scar") return [process.execPath, join(dist, "main.js")];
    // What works as it is, is the original's own program.
    if (verb === "init" || verb === "ls") return [join(ORIGINAL, "bin/python"), resolve("bench/original/original.py")];
    return [join(ORIGINAL, "bin/scar")];
  };
  return {
    name,
    async run(args) {
      const [file, ...first] = program(args[0]);
      const measured = await measure({ file: file!, args: [...first, ...args], cwd, env });
      // The original ends with status 0 whatever happened.
      if (/Error|Traceback|error occurred/.test(measured.stdout + measured.stderr))
        throw new Error(`${name} ${args.join(" ")} failed:\n${measured.stdout}${measured.stderr}`);
      return measured;
    },
    folder(below) {
      const path = join(cwd, below);
      mkdirSync(path, { recursive: true });
      return path;
    },
  };
}

/** The original's default file with a role, and with a runtime that the local AWS takes; both read it. */
const CONFIG = {
  scar: { config_version: "1.1.0" },
  aws: {
    iam: { boto_profile: "default", role: ROLE },
    lambda: {
      boto_profile: "default",
      region: "us-east-1",
      execution_mode: "lambda",
      timeout: 300,
      memory: 512,
      description: "Automatically generated lambda function",
      runtime: "nodejs24.x",
      layers: [],
      invocation_type: "RequestResponse",
      asynchronous: false,
      log_type: "Tail",
      log_level: "INFO",
      environment: { Variables: {} },
      deployment: { max_payload_size: 52428800, max_s3_payload_size: 262144000 },
      container: { environment: { Variables: {} }, timeout_threshold: 10 },
      supervisor: { version: "latest", layer_name: "faas-supervisor", license_info: "Apache 2.0" },
    },
    s3: { boto_profile: "default", region: "us-east-1", event: { Records: [] } },
    api_gateway: { boto_profile: "default", region: "us-east-1" },
    cloudwatch: { boto_profile: "default", region: "us-east-1", log_retention_policy_in_days: 30 },
    batch: { boto_profile: "default", region: "us-east-1" },
  },
};
