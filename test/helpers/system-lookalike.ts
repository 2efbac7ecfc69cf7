/**
 * An execution environment that refuses what AWS Lambda refuses: /var/task and /opt read-only, a fresh /tmp of 512 MB, user 993 without
 * a capability, no namespaces, chroot, mounts or ptrace(2). It runs the built supervisor from its layer's place.
 */
import { type ChildProcess, fork } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import {
  chmodSync,
  closeSync,
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { dump } from "js-yaml";
import { program, ROOT } from "./system-needs.ts";

/** Makes the folders' places in a private mount namespace, then becomes the rest as a user without rights. */
const SETUP = [
  "set -e",
  "task=$1; opt=$2; shift 2",
  // Libraries must come from the layer, not from what this machine has installed.
  'for f in /usr/lib/*/fakechroot; do [ ! -d "$f" ] || mount -t tmpfs tmpfs "$f"; done',
  "mount -t tmpfs tmpfs /var; mkdir /var/task; chmod 755 /var",
  'mount --bind "$task" /var/task; mount -o remount,ro,bind /var/task',
  'mount --bind "$opt" /opt; mount -o remount,ro,bind /opt',
  "mount -t tmpfs -o size=512m,mode=1777 tmpfs /tmp",
  "cd /var/task",
  'exec setpriv --reuid=993 --regid=990 --clear-groups --inh-caps=-all --bounding-set=-all --no-new-privs "$@"',
].join("\n");

export interface LookAlikeOptions {
  /** Writes the image into a folder as a function's package has it. */
  readonly pack: (folder: string) => Promise<void>;
  /** Reference under which it was packed. */
  readonly reference: string;
  /** Files that the layer has in /opt/udocker/lib: name → path. */
  readonly libraries?: Readonly<Record<string, string>>;
  /** Content of the init script. */
  readonly script?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Another Node than this one: further files of /opt (name → path), and the words that run it there. */
  readonly node?: { readonly files: Readonly<Record<string, string>>; readonly words: readonly string[] };
  /** Where ptrace(2) is to be had: default false, as on Lambda. */
  readonly ptrace?: boolean;
}

export interface LookAlikeAnswer {
  readonly statusCode: number;
  /** What the command wrote, or the failure's message. */
  readonly text: string;
}

export class LambdaLookAlike {
  readonly folder = mkdtempSync(join(tmpdir(), "scar-lookalike-"));
  #child: ChildProcess | undefined;
  #waiting = new Map<string, (answer: { response?: { statusCode: number; body: string }; error?: Error }) => void>();

  static async start(options: LookAlikeOptions): Promise<LambdaLookAlike> {
    const made = new LambdaLookAlike();
    await made.#write(options);
    await made.#launch(options);
    return made;
  }

  get log(): string {
    return readFileSync(join(this.folder, "log"), "utf8");
  }

  async invoke(payload: unknown, remainingMs = 60_000): Promise<LookAlikeAnswer> {
    const id = randomUUID();
    const answer = new Promise<{ response?: { statusCode: number; body: string }; error?: Error }>((resolve) =>
      this.#waiting.set(id, resolve),
    );
    this.#child!.send({ id, payload, requestId: randomUUID(), remainingMs });
    const { response, error } = await answer;
    if (response === undefined) throw new Error(`the handler threw: ${JSON.stringify(error)}\n${this.log}`);
    const body = Buffer.from(response.body, "base64").toString();
    return { statusCode: response.statusCode, text: response.statusCode === 200 ? body : JSON.parse(body).exception };
  }

  /** Runs a script in the container. */
  run(script: string, remainingMs?: number): Promise<LookAlikeAnswer> {
    return this.invoke({ script: Buffer.from(script).toString("base64") }, remainingMs);
  }

  stop(): void {
    this.#child?.kill("SIGKILL");
    rmSync(this.folder, { recursive: true, force: true });
  }

  async #write({ pack, reference, libraries = {}, node, script }: LookAlikeOptions): Promise<void> {
    chmodSync(this.folder, 0o755);
    const [task, opt] = [join(this.folder, "task"), join(this.folder, "opt")];
    mkdirSync(join(task, "udocker"), { recursive: true });
    mkdirSync(join(opt, "udocker/lib"), { recursive: true });
    await pack(join(task, "udocker"));
    const config = { name: "fn", container: { image_file: reference, timeout_threshold: 1 } };
    const initScript = script === undefined ? {} : { init_script: "init.sh" };
    writeFileSync(join(task, "function_config.yaml"), dump({ ...config, ...initScript }));
    if (script !== undefined) writeFileSync(join(task, "init.sh"), script);
    writeFileSync(
      join(task, "fn.mjs"),
      'export { handler as lambda_handler } from "/opt/scar-supervisor/handler.mjs";\n',
    );
    const dist = process.env["SCAR_BUILD_DIR"] ?? `${ROOT}dist`;
    cpSync(join(dist, "supervisor"), join(opt, "scar-supervisor"), { recursive: true });
    copyFileSync(`${ROOT}test/supervisor/invoke-handler.mjs`, join(opt, "invoke-handler.mjs"));
    copyFileSync(`${ROOT}test/helpers/lookalike-filter.pl`, join(opt, "filter.pl"));
    const ofNode = Object.entries(node?.files ?? {});
    const ofEngine = Object.entries(libraries).map(([name, path]) => [`udocker/lib/${name}`, path] as const);
    for (const [name, path] of [...ofNode, ...ofEngine]) {
      mkdirSync(dirname(join(opt, name)), { recursive: true });
      copyFileSync(path, join(opt, name));
    }
  }

  async #launch({ env, node, ptrace = false }: LookAlikeOptions): Promise<void> {
    const log = openSync(join(this.folder, "log"), "a");
    const words = [
      ...["--mount", "--propagation", "private", "--", "sh", "-c", SETUP, "sh"],
      ...[join(this.folder, "task"), join(this.folder, "opt")],
      ...[program("perl"), "/opt/filter.pl", ptrace ? "ptrace" : "no-ptrace"],
      ...(node?.words ?? [process.execPath]),
    ];
    const child = fork("/opt/invoke-handler.mjs", ["/var/task/fn.mjs"], {
      execPath: program("unshare"),
      execArgv: words,
      stdio: ["ignore", log, log, "ipc"],
      env: {
        PATH: "/usr/local/bin:/usr/bin:/bin:/opt/bin",
        // As Lambda's runtimes have it: none of it may reach the container.
        LD_LIBRARY_PATH: "/var/lang/lib:/lib64:/usr/lib64:/var/runtime:/var/task/lib:/opt/lib",
        AWS_LAMBDA_RUNTIME_API: "127.0.0.1:9001",
        AWS_LAMBDA_FUNCTION_NAME: "fn",
        LAMBDA_TASK_ROOT: "/var/task",
        AWS_ACCESS_KEY_ID: "AKIDTEST",
        AWS_SECRET_ACCESS_KEY: "secret",
        AWS_REGION: "us-east-1",
        ...env,
      },
    });
    this.#child = child;
    closeSync(log);
    child.on("message", (message: { id: string; response?: { statusCode: number; body: string }; error?: Error }) => {
      this.#waiting.get(message.id)?.(message);
      this.#waiting.delete(message.id);
    });
    const failed = once(child, "exit").then(() => Promise.reject(new Error(`the environment ended:\n${this.log}`)));
    await Promise.race([once(child, "message"), failed]);
    failed.catch(() => {});
  }
}
