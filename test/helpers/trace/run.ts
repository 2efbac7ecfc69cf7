/** Runs a step of a trace as a whole command on the local AWS, in the folder and the account that it had. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { makeMachineImage } from "../../../demo/machine-image.ts";
import { apiGateway } from "../apis.ts";
import { startTestLocal, type TestLocal } from "../local.ts";
import { clientConfig, localClients } from "../local-clients.ts";
import { startRegistry, type TestRegistry } from "../registry.ts";
import { cowsayImage } from "../registry-cowsay.ts";
import { runScar, temporaryFolder } from "../run.ts";
import type { Trace, TraceStep } from "../traces.ts";
import type { TraceAccount } from "./account.ts";
import type { TraceClients } from "./apis.ts";
import { withAwsFiles } from "./aws-files.ts";
import { normalised } from "./compare.ts";
import { LOCAL_PATH } from "./endpoint.ts";
import { contentOf, possible } from "./files.ts";
import { homeFiles, newFiles } from "./new-files.ts";
import type { Outcome } from "./outcome.ts";
import { type PlaceOptions, placeAccount } from "./place.ts";
import { TraceProxy } from "./proxy.ts";
import { type AccountFound, emptyOut, readAccount } from "./read.ts";

export interface TraceRun extends Outcome {
  /** Requests that changed something, as `PUT /bucket`. */
  readonly writes: readonly string[];
}

const COWSAY = "grycap/cowsay";

export class TraceAws {
  readonly #local: TestLocal;
  readonly #proxy: TraceProxy;
  readonly #owner: string;
  readonly #clients: TraceClients;
  #archive: Buffer | undefined;
  #registry: TestRegistry | undefined;
  #placed: { readonly asked: string; readonly found: AccountFound } | undefined;

  private constructor(local: TestLocal, proxy: TraceProxy, owner: string) {
    this.#local = local;
    this.#proxy = proxy;
    this.#owner = owner;
    this.#clients = { ...localClients(local.server), apiGateway: apiGateway(local.server) };
  }

  static async start(): Promise<TraceAws> {
    const local = await startTestLocal({ accountId: "123456789012" });
    const { UserId } = await new STSClient(clientConfig(local.server)).send(new GetCallerIdentityCommand({}));
    return new TraceAws(local, await TraceProxy.start(local.server.port), UserId!);
  }

  async stop(): Promise<void> {
    await this.#registry?.close();
    await this.#proxy.close();
    await this.#local.stop();
  }

  /** `argv`: the command line, without the program's name. */
  async run(trace: Trace, number: number, account: TraceAccount, argv: readonly string[]): Promise<TraceRun> {
    const step = trace.steps[number]!;
    const [cwd, home] = [temporaryFolder(), temporaryFolder()];
    await this.#writeFiles(trace, step, cwd, home);
    const invoke = step.setup?.settings?.["invoke"] as Readonly<Record<string, string>> | undefined;
    const named = `${step.argv.join(" ")} ${JSON.stringify(trace.files)} ${step.config}`;
    // Only one command reads logs.
    const held = step.argv[1] === "log" ? account : withoutLogLines(account);
    const before = await this.#place(held, {
      owner: this.#owner,
      fails: invoke?.["*"] === "error",
      runs: ["run", "invoke"].includes(step.argv[1] ?? ""),
      named,
    });
    this.#proxy.begin({
      faults: step.setup?.fail ?? [],
      timesOut: invoke?.["*"] === "timeout",
      endpoints: endpointsOf(trace, number),
    });
    const env = this.#environment(step, home);
    // The one image that is run: that of a preheated function which does not time out.
    const image = step.argv.includes("-ph") && invoke === undefined ? await this.#imageInRegistry() : COWSAY;
    const result = await withAwsFiles(env, () =>
      runScar(
        argv.map((one) => (one === "harness" ? join(cwd, "abs") : one === COWSAY ? image : possible(one))),
        // Its questions were asked of whatever stdin was.
        { cwd, env, tty: step.stdin !== undefined && step.stdin !== null, stdin: step.stdin ?? "" },
      ),
    );
    const known = Object.keys(account.functions);
    const after = await readAccount(this.#clients, this.#owner, known, before.ids);
    const replaced = [
      ...[...after.ids].flatMap(([id, own]) => [
        [`${this.#proxy.endpoint}${LOCAL_PATH}${own}`, `https://${id}.execute-api.us-east-1.amazonaws.com`] as const,
        [own, id] as const,
      ]),
      [join(home, ""), "{HOME}"],
      [cwd, "{CWD}"],
      [this.#owner, "{owner}"],
      [image, COWSAY],
    ] as const;
    return {
      exit: result.code,
      stdout: normalised(result.stdout, replaced),
      stderr: normalised(result.stderr, replaced),
      before: before.account,
      after: JSON.parse(JSON.stringify(after.account).replaceAll(image, COWSAY)),
      invocations: JSON.parse(normalised(JSON.stringify(this.#proxy.invocations), replaced)),
      requests: JSON.parse(normalised(JSON.stringify(this.#proxy.requests), replaced)),
      files: { ...newFiles(cwd, trace), ...(step.home_files_after !== undefined && homeFiles(home)) },
      writes: [...this.#proxy.writes],
    };
  }

  /** What is there already stays, when the step before changed nothing. */
  async #place(account: TraceAccount, options: PlaceOptions): Promise<AccountFound> {
    const asked = JSON.stringify([account, options]);
    if (this.#placed?.asked === asked && this.#proxy.writes.length === 0) return this.#placed.found;
    await emptyOut(this.#clients);
    const ids = await placeAccount(this.#clients, account, options);
    const found = await readAccount(this.#clients, this.#owner, Object.keys(account.functions), ids);
    this.#placed = { asked, found };
    return found;
  }

  async #imageInRegistry(): Promise<string> {
    this.#registry ??= await startRegistry({ images: [await cowsayImage(COWSAY)] });
    return `${this.#registry.host}/${COWSAY}`;
  }

  /** Of `docker save`. */
  async #image(): Promise<Buffer> {
    if (this.#archive === undefined) {
      const file = join(temporaryFolder(), "image.tar");
      await makeMachineImage({ file, tag: "tools:1" });
      this.#archive = readFileSync(file);
    }
    return this.#archive;
  }

  async #writeFiles(trace: Trace, step: TraceStep, cwd: string, home: string): Promise<void> {
    const write = (path: string, content: string | Buffer) => {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, content, { mode: path.endsWith(".sh") ? 0o755 : 0o600 });
    };
    for (const [name, content] of Object.entries(trace.files)) {
      if (name === "big.bin" && !step.argv.includes(name)) continue;
      const found = contentOf(trace.name, name, content);
      write(join(cwd, name), found === "image" ? await this.#image() : found);
    }
    if (trace.name === "d09-put") mkdirSync(join(cwd, "empty"));
    if (!step.isFirstRun) write(join(home, ".scar/scar.cfg"), step.config);
    // `scar ls` without any, in b13.
    if (/no ~\/\.aws/.test(String(Reflect.get(step, "about")))) return;
    const { accessKeyId, secretAccessKey } = this.#local.server;
    const keys = `aws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\n`;
    write(join(home, ".aws/credentials"), `[default]\n${keys}[other]\n${keys}`);
    const settings = `region = us-east-1\n${isListing(step) ? `endpoint_url = ${this.#proxy.endpoint}\n` : ""}`;
    write(join(home, ".aws/config"), `[default]\n${settings}[profile other]\n${settings}`);
  }

  #environment(step: TraceStep, home: string): Record<string, string> {
    const { env = {} } = step;
    return {
      HOME: home,
      ...(!isListing(step) && { AWS_ENDPOINT_URL: this.#proxy.endpoint }),
      AWS_EC2_METADATA_DISABLED: "true",
      AWS_SHARED_CREDENTIALS_FILE: join(home, ".aws/credentials"),
      AWS_CONFIG_FILE: join(home, ".aws/config"),
      // The images of the recordings are not looked at.
      HTTPS_PROXY: "http://127.0.0.1:9",
      ...Object.fromEntries(Object.entries(env).map(([name, value]) => [name, value.replace("/home/user", home)])),
    };
  }
}

/** The table of functions is as wide as the addresses in it: AWS's own, when scar itself is given no other. */
const isListing = ({ argv }: TraceStep): boolean => argv[1] === "ls" && !argv.includes("-b");

/** How the stand-in's endpoints failed, from the step on that says so. */
const endpointsOf = ({ steps }: Trace, number: number): string | undefined =>
  steps
    .slice(0, number + 1)
    .flatMap(({ setup }) => (setup?.settings?.["exec_api"] as string | undefined) ?? [])
    .at(-1);

function withoutLogLines({ logGroups, ...account }: TraceAccount): TraceAccount {
  const empty = Object.entries(logGroups).map(([name, group]) => [name, { ...group, events: [] }]);
  return { ...account, logGroups: Object.fromEntries(empty) };
}
