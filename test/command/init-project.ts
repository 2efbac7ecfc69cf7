import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { dump } from "js-yaml";
import { makeMachineImage } from "../../demo/machine-image.ts";
import { writeZip } from "../../src/providers/aws/package/zip.ts";
import type { TestLocal } from "../helpers/local.ts";
import { type RunOptions, type RunResult, runScar, temporaryFolder } from "../helpers/run.ts";

/** Counts the bytes of its input file; an event that is none of S3 comes as a file too. */
const COUNT = `#!/bin/sh
name=$(basename "$INPUT_FILE_PATH")
echo "counting $name"
wc -c < "$INPUT_FILE_PATH" > "$TMP_OUTPUT_DIR/$name.count"
`;

/** A user's folder with an image, a script and FDL files, and scar with --local in it. */
export class Project {
  readonly folder = temporaryFolder();
  readonly #local: TestLocal;

  constructor(local: TestLocal) {
    this.#local = local;
  }

  static async create(local: TestLocal): Promise<Project> {
    const project = new Project(local);
    await makeMachineImage({ file: project.path("image.tar"), tag: "tools:1" });
    project.write("count.sh", COUNT);
    chmodSync(project.path("count.sh"), 0o755);
    return project;
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  write(name: string, content: string | Buffer): void {
    writeFileSync(this.path(name), content);
  }

  /** Writes an FDL with functions of the image and the counting script, and returns its name. */
  fdl(file: string, ...functions: readonly Readonly<Record<string, unknown>>[]): string {
    const aws = functions.map((lambda) => ({
      lambda: { container: { image_file: "image.tar" }, init_script: "count.sh", ...lambda },
    }));
    this.write(file, dump({ functions: { aws } }));
    return file;
  }

  scar(argv: readonly string[], options: RunOptions = {}): Promise<RunResult> {
    return runScar(["--local", ...argv], { cwd: this.folder, ...options, env: { ...this.#local.env, ...options.env } });
  }

  /** Runs scar and fails with its errors unless it succeeds. */
  async ok(...argv: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await this.scar(argv);
    if (code !== 0) throw new Error(`scar ${argv.join(" ")} ended with ${code}:\n${stdout}${stderr}`);
    return stdout;
  }
}

/** Code of a function that somebody else made. */
export async function foreignCode(): Promise<Buffer> {
  const text = "export const handler = () => 1;\n";
  const entry = { name: "index.mjs", source: { text }, size: text.length };
  const { path } = await writeZip([entry], join(temporaryFolder(), "code.zip"));
  return readFileSync(path);
}

/** An S3 place in an FDL. */
export const s3 = (...paths: readonly string[]) => paths.map((path) => ({ storage_provider: "s3", path }));

/** Documents of `-j`, one a line. */
export function documents(stdout: string): unknown[] {
  return stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));
}
