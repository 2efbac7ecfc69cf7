import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestLocal } from "../helpers/local.ts";

const main = fileURLToPath(new URL("../../dist/main.js", import.meta.url));
const CLIENTS = [
  "S3Client",
  "LambdaClient",
  "CloudWatchLogsClient",
  "STSClient",
  "ResourceGroupsTaggingAPIClient",
  "APIGatewayClient",
  "ECRClient",
  "IAMClient",
  // No client, and larger than any.
  "ZipArchive",
];

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "scar-loaded-"));
  writeFileSync(
    join(folder, "hooks.mjs"),
    `import { appendFileSync } from "node:fs";
     export async function load(url, context, next) {
       if (url.startsWith("file:")) appendFileSync(${JSON.stringify(join(folder, "loaded"))}, url + "\\n");
       return next(url, context);
     }`,
  );
  const hooks = JSON.stringify(pathToFileURL(join(folder, "hooks.mjs")).href);
  writeFileSync(join(folder, "register.mjs"), `import { register } from "node:module"; register(${hooks});`);
  writeFileSync(join(folder, "file.txt"), "x");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The SDK clients whose code a command line loads; nothing listens at its endpoint, unless `env` names another. */
function clientsOf(argv: readonly string[], env: Readonly<Record<string, string>> = {}): string[] {
  const code = codeOf(argv, env);
  return CLIENTS.filter((name) =>
    code.some((text) => new RegExp(`\\b${name} ?= ?class\\b|class ${name}\\b`).test(text)),
  );
}

/** The text of each file that it loads. */
function codeOf(argv: readonly string[], env: Readonly<Record<string, string>>): string[] {
  rmSync(join(folder, "loaded"), { force: true });
  spawnSync(process.execPath, ["--import", join(folder, "register.mjs"), main, ...argv], {
    cwd: folder,
    env: {
      HOME: folder,
      AWS_ACCESS_KEY_ID: "x",
      AWS_SECRET_ACCESS_KEY: "y",
      AWS_MAX_ATTEMPTS: "1",
      AWS_ENDPOINT_URL: "http://127.0.0.1:1",
      ...env,
    },
    timeout: 30_000,
  });
  expect(existsSync(join(folder, "loaded"))).toBe(true);
  return readFileSync(join(folder, "loaded"), "utf8")
    .trim()
    .split("\n")
    .map((url) => readFileSync(new URL(url), "utf8"));
}

describe("a command loads the SDK clients that it uses, and no other", () => {
  it.each<[string[], string[]]>([
    [["--version"], []],
    [["init", "--help"], []],
    [["init", "-m", "x"], []],
    [["ls", "-b", "bucket"], ["S3Client"]],
    [["put", "-b", "bucket", "-p", "file.txt"], ["S3Client"]],
    [["get", "-b", "bucket", "-p", "out"], ["S3Client"]],
    [["log", "-n", "f"], ["CloudWatchLogsClient"]],
    [
      ["invoke", "-n", "f"],
      ["LambdaClient", "APIGatewayClient"],
    ],
    [["run", "-n", "f"], ["LambdaClient"]],
    [
      ["rm", "-n", "f"],
      ["LambdaClient", "CloudWatchLogsClient", "STSClient"],
    ],
    [
      ["init", "-n", "f", "-s", "file.txt", "-i", "127.0.0.1:9/image", "-r", "arn:aws:iam::000000000000:role/r"],
      ["LambdaClient", "CloudWatchLogsClient", "STSClient", "ZipArchive"],
    ],
    [["ls"], ["LambdaClient", "STSClient", "ResourceGroupsTaggingAPIClient"]],
  ])("scar %s", (argv, clients) => {
    expect(clientsOf(argv)).toEqual(clients);
  });
});

it("put and get load none at all where their own requests are answered", async () => {
  const local = await startTestLocal();
  try {
    const { endpoint, region, accessKeyId, secretAccessKey } = local.server;
    const env = {
      AWS_ENDPOINT_URL: endpoint,
      AWS_REGION: region,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
    };
    expect(clientsOf(["put", "-b", "bucket", "-p", "file.txt"], env)).toEqual(["S3Client"]);
    // The bucket is there now.
    expect(clientsOf(["put", "-b", "bucket/in", "-p", "file.txt"], env)).toEqual([]);
    expect(clientsOf(["get", "-b", "bucket", "-p", "out"], env)).toEqual([]);
    expect(readFileSync(join(folder, "out/in/file.txt"), "utf8")).toBe("x");
  } finally {
    await local.stop();
  }
});

// Each takes a millisecond: where rolldown does not run there are three times as many.
it("what is loaded together is in one file", () => {
  expect(codeOf(["put", "-b", "bucket", "-p", "nowhere"], {}).length).toBeLessThan(14);
  expect(codeOf(["ls"], {}).length).toBeLessThan(30);
});
