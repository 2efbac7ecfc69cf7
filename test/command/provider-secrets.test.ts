/** Keys of storage providers travel in the function's package, and are seen nowhere else. */
import { readFileSync } from "node:fs";
import { GetFunctionCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { dump } from "js-yaml";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type BehindProxy, behindProxy } from "../helpers/behind-proxy.ts";
import { startTestLocal, type TestLocal } from "../helpers/local.ts";
import { clientConfig } from "../helpers/local-clients.ts";
import { zipContents } from "../helpers/zip-contents.ts";
import { Project, s3 } from "./init-project.ts";

const SECRETS = ["minio-secret-of-one", "minio-secret-of-two", "s3-secret-of-one", "onedata-token-of-one"];

const ROLE = "arn:aws:iam::000000000000:role/scar-local";

let local: TestLocal;
let project: Project;
let aws: BehindProxy;
let printed: string;

beforeAll(async () => {
  local = await startTestLocal();
  project = await Project.create(local);
  aws = await behindProxy(local, project.folder);
  project.write("env.sh", '#!/bin/sh\nenv > "$TMP_OUTPUT_DIR/env"\nenv\n');
});
afterAll(async () => {
  aws?.close();
  await local.stop();
});

function file(minioSecret: string, output = s3("data/out")): string {
  const lambda = {
    name: "keeper",
    init_script: "env.sh",
    log_level: "DEBUG",
    container: { image_file: "image.tar" },
    input: s3("data/in"),
    output,
  };
  const storage_providers = {
    minio: { lab: { endpoint: "https://minio.example", access_key: "lab", secret_key: minioSecret } },
    s3: { other: { access_key: "other", secret_key: "s3-secret-of-one", region: "us-east-1" } },
    onedata: { space: { oneprovider_host: "one.example", token: "onedata-token-of-one", space: "data" } },
  };
  project.write("keeper.yaml", dump({ functions: { aws: [{ iam: { role: ROLE }, lambda }] }, storage_providers }));
  return "keeper.yaml";
}

/** Runs scar as on AWS (with --local it keeps no scar.log), and keeps what it said. */
async function scar(...argv: readonly string[]): Promise<number> {
  const { status, stdout, stderr } = await aws.scar(argv);
  printed += stdout + stderr;
  return status;
}

function secretsIn(text: string): readonly string[] {
  return SECRETS.filter((secret) => text.includes(secret) || text.includes(Buffer.from(secret).toString("base64")));
}

it("shows them to nobody, whatever is asked", async () => {
  printed = "";
  const lambda = new LambdaClient(clientConfig(local.server));
  expect(await scar("init", "-f", file("minio-secret-of-one"), "--show-config")).toBe(0);
  expect(await scar("init", "-f", "keeper.yaml", "--dry-run", "-j", "-v")).toBe(0);
  expect(await scar("init", "-f", "keeper.yaml", "-j", "-v")).toBe(0);
  expect(await scar("update", "-f", file("minio-secret-of-two"), "-j", "-v")).toBe(0);
  expect(await scar("run", "-n", "keeper", "--no-files", "-j", "-v")).toBe(0);
  expect(await scar("ls", "-j", "-v")).toBe(0);
  expect(await scar("log", "-n", "keeper")).toBe(0);

  const { Configuration, Tags, Code } = await lambda.send(new GetFunctionCommand({ FunctionName: "keeper" }));
  const fdl = Buffer.from(Configuration!.Environment!.Variables!["FDL"]!, "base64").toString();
  expect(fdl).toContain("env.sh");
  expect(secretsIn(JSON.stringify({ Configuration, Tags }) + fdl)).toEqual([]);

  project.write("deployed.zip", Buffer.from(await (await fetch(Code!.Location!)).arrayBuffer()));
  const contents = await zipContents(project.path("deployed.zip"));
  const config = contents.get("function_config.yaml");
  expect(config).toContain("minio-secret-of-two");
  contents.delete("function_config.yaml");
  expect(secretsIn([...contents.values()].join("\n"))).toEqual([]);

  expect(await scar("rm", "-f", "keeper.yaml", "-j", "-v")).toBe(0);
  expect(printed).toContain("TMP_OUTPUT_DIR=");
  expect(secretsIn(printed)).toEqual([]);
  const log = readFileSync(project.path(".scar/scar.log"), "utf8");
  expect(log).toContain("scar rm --json --verbose --conf-file keeper.yaml");
  expect(secretsIn(log)).toEqual([]);
});

it("names a provider that is not served yet without its keys", async () => {
  printed = "";
  file("minio-secret-of-one", [{ storage_provider: "minio.lab", path: "out" }]);
  expect(await scar("init", "-f", "keeper.yaml", "-j", "-v")).toBe(1);
  expect(printed).toContain("minio.lab");
  expect(printed).toContain("not supported yet");
  expect(secretsIn(printed)).toEqual([]);
});
