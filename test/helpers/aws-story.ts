/** Every command once, as a process without a custom endpoint: what it asks for goes to AWS's own names (`aws-by-name.ts`). */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { makeMachineImage } from "../../demo/machine-image.ts";
import { type AwsByName, startAwsByName } from "./aws-by-name.ts";
import { ROLE } from "./lambda.ts";
import { distDir, startTestLocal, type TestLocal } from "./local.ts";
import { type Finished, run } from "./system-process.ts";

const LARGE = Buffer.alloc(9 * 1024 * 1024, "large");

const STORY: readonly (readonly string[])[] = [
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

export class AwsStory {
  readonly folder: string;
  readonly aws: AwsByName;
  readonly #local: TestLocal;

  private constructor(folder: string, local: TestLocal, aws: AwsByName) {
    this.folder = folder;
    this.#local = local;
    this.aws = aws;
  }

  /** @param folder home and working folder of the commands. @param at of the server with AWS's names */
  static async start(folder: string, at?: Parameters<typeof startAwsByName>[2]): Promise<AwsStory> {
    mkdirSync(join(folder, "up"));
    writeFileSync(join(folder, "up", "small.txt"), "small");
    writeFileSync(join(folder, "up", "large.bin"), LARGE);
    await makeMachineImage({ file: join(folder, "image.tar"), tag: "tools:1", programs: ["sh", "cat"] });
    writeFileSync(join(folder, "run.sh"), '#!/bin/sh\n[ -z "$INPUT_FILE_PATH" ] || cat "$INPUT_FILE_PATH"\n');
    const common = { memory: 256, init_script: "run.sh", container: { image_file: "image.tar" } };
    const behind = { name: "behind", ...common, input: [{ storage_provider: "s3", path: "store/in" }] };
    const aws = [
      { lambda: behind, iam: { role: ROLE } },
      { lambda: { name: "answers", ...common }, iam: { role: ROLE }, api_gateway: { name: "answers" } },
    ];
    writeFileSync(join(folder, "fn.yaml"), JSON.stringify({ functions: { aws } }));
    const local = await startTestLocal();
    try {
      return new AwsStory(folder, local, await startAwsByName(local.server, folder, at));
    } catch (error) {
      await local.stop();
      throw error;
    }
  }

  async stop(): Promise<void> {
    this.aws.close();
    await this.#local.stop();
  }

  /** Runs `scar ARGS`. @param env more of it. @param through a program that runs it */
  scar(
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
    through: readonly string[] = [],
  ): Promise<Finished> {
    const { region, accessKeyId, secretAccessKey } = this.#local.server;
    const [file = "", ...rest] = [...through, process.execPath, join(distDir, "main.js"), ...args];
    return run(file, rest, {
      cwd: this.folder,
      env: {
        PATH: process.env["PATH"],
        HOME: this.folder,
        TMPDIR: this.folder,
        NODE_EXTRA_CA_CERTS: this.aws.certificate,
        AWS_ACCESS_KEY_ID: accessKeyId,
        AWS_SECRET_ACCESS_KEY: secretAccessKey,
        AWS_REGION: region,
        ...env,
      },
    });
  }

  /** The whole story; each command must succeed, and the files come back as they went. @returns what was printed */
  async play(scar: (args: readonly string[]) => Promise<Finished>): Promise<string> {
    let shown = "";
    for (const args of STORY) {
      const { status, stdout, stderr } = await scar(args);
      expect({ args, status, stderr: status === 0 ? "" : stderr }).toEqual({ args, status: 0, stderr: "" });
      shown += stdout + stderr;
    }
    expect(shown).toContain("up/large.bin");
    const brought = (file: string) => readFileSync(join(this.folder, "down", "up", file));
    expect([brought("small.txt").toString(), brought("large.bin").equals(LARGE)]).toEqual(["small", true]);
    return shown;
  }
}
