/** The original's recorded runs (test/fixtures/traces) and the configurations in them. */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { load } from "js-yaml";

const FOLDER = fileURLToPath(new URL("../fixtures/traces/", import.meta.url));

export interface TraceStep {
  /** With the program's name. */
  readonly argv: readonly string[];
  readonly exit_code: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly stdin?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly setup?: TraceSetup;
  readonly scar_tmp_yaml?: string | null;
  readonly calls: readonly TraceCall[];
  /** Files that were made in the working folder. */
  readonly new_files?: Readonly<Record<string, { readonly len: number }>>;
  readonly home_files_after?: Readonly<Record<string, unknown>>;
  readonly fake_state_after?: unknown;
  /** The text of scar.cfg. */
  readonly config: string;
  /** There was no scar.cfg before the step. */
  readonly isFirstRun: boolean;
}

/** What was changed in the stand-in for AWS before a step. */
export interface TraceSetup {
  /** Resources that are there. */
  readonly seed?: Readonly<Record<string, unknown>>;
  /** Calls that fail. */
  readonly fail?: readonly TraceFault[];
  /** Ways in which it answers. */
  readonly settings?: Readonly<Record<string, unknown>>;
}

export interface TraceFault {
  readonly service: string;
  readonly operation: string;
  readonly code: string;
  readonly status: number;
  readonly message: string;
  /** Part of the key. */
  readonly match?: string;
  /** Default: always. */
  readonly times?: number;
}

/** A call of an SDK, or a request to another host (`http`). */
export interface TraceCall {
  readonly service?: string;
  readonly operation?: string;
  readonly params?: unknown;
  /** Verb and address. */
  readonly http?: string;
  readonly headers?: Readonly<Record<string, string>> | null;
  readonly body?: unknown;
  readonly status?: number | null;
}

export interface Trace {
  /** `b05-init-all-flags` */
  readonly name: string;
  readonly files: Readonly<Record<string, string>>;
  readonly fake_setup: TraceSetup;
  readonly steps: readonly TraceStep[];
}

const readJson = (name: string): Record<string, unknown> =>
  JSON.parse(readFileSync(`${FOLDER}${name}`, "utf8")) as Record<string, unknown>;

/** All of them, by name. */
export function traces(): Trace[] {
  const usual = readJson("scar.cfg.json");
  const unfilled = structuredClone(usual) as { aws: { iam: { role: string } } };
  unfilled.aws.iam.role = "";
  return readdirSync(FOLDER)
    .filter((file) => /^[a-z]\d\d-.*\.json$/.test(file))
    .sort()
    .map((file) => {
      const { files, fake_setup, steps, ...trace } = readJson(file) as unknown as Trace & {
        readonly scar_cfg: unknown;
      };
      // Without one, its first step makes the default file.
      const common = trace.scar_cfg === null ? unfilled : typeof trace.scar_cfg === "object" ? trace.scar_cfg : usual;
      return {
        name: file.replace(".json", ""),
        files,
        fake_setup,
        steps: steps.map((step) => {
          const own = Reflect.get(step, "scar_cfg") ?? undefined;
          // Its files were kept where the step began without any.
          const isFirstRun = trace.scar_cfg === null && own === undefined && step.home_files_after !== undefined;
          return { ...step, config: textOf(own ?? common), isFirstRun };
        }),
      };
    });
}

/** Some steps have a scar.cfg of their own, broken ones as text. */
const textOf = (config: unknown): string => (typeof config === "string" ? config : JSON.stringify(config));

interface CreateFunction {
  readonly Environment?: { readonly Variables?: Readonly<Record<string, string>> };
}

/**
 * The configurations that a step put into the functions it made (their variable `FDL`): the whole lambda section and the storage
 * providers, without what only `init` adds.
 */
export function deployedConfigs(step: TraceStep): { lambda: Record<string, unknown>; storage_providers: unknown }[] {
  return step.calls.flatMap(({ operation, params }) => {
    const encoded = (params as CreateFunction | undefined)?.Environment?.Variables?.["FDL"];
    if (operation !== "CreateFunction" || encoded === undefined) return [];
    const decoded = JSON.parse(Buffer.from(encoded, "base64").toString("utf8"));
    const { storage_providers, tags: _tags, handler: _handler, batch: _batch, ecr: _ecr, ...lambda } = decoded;
    for (const name of ["IMAGE_ID", "API_GATEWAY_ID"]) delete lambda.environment.Variables[name];
    // The supervisor's own layer, and the release that 'latest' was.
    lambda.layers = lambda.layers?.filter((arn: string) => !arn.includes(":layer:faas-supervisor:"));
    if (lambda.supervisor.version === "1.5.8") lambda.supervisor.version = "latest";
    return [{ lambda, storage_providers }];
  });
}

/** A merged configuration as far as it was kept. */
export interface KeptConfig {
  readonly value: unknown;
  /** Where it was cut: what comes after is not known. */
  readonly isCut: boolean;
}

/** Reads `scar_tmp_yaml`, without the line that was cut. */
export function keptConfig(text: string): KeptConfig {
  const whole = text.replace(/… \(\d+ characters\)$/, "");
  const isCut = whole !== text;
  const lines = whole.split("\n");
  if (isCut) lines.pop();
  // A key whose value is gone, or a list's dash without its item.
  while (isCut && /^[\s-]*[^:]*:?\s*$/.test(lines.at(-1)!)) lines.pop();
  return { value: load(lines.join("\n")), isCut };
}

export type Path = readonly (string | number)[];

/** Every leaf with its path, in the order of a file whose keys are sorted; empty maps and lists are leaves. */
export function leaves(value: unknown, path: Path = []): [Path, unknown][] {
  if (typeof value !== "object" || value === null) return [[path, value]];
  const entries: [string | number, unknown][] = Array.isArray(value)
    ? value.map((item, i) => [i, item])
    : Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  if (entries.length === 0) return [[path, value]];
  return entries.flatMap(([key, item]) => leaves(item, [...path, key]));
}

/** Whether `a` stands before `b` in such a file. */
export function isBefore(a: Path, b: Path): boolean {
  const at = a.findIndex((key, i) => key !== b[i]);
  return at >= 0 && at < b.length && a[at]! < b[at]!;
}

/** `functions.aws[0].lambda` */
export function shownPath(path: Path): string {
  return path.map((key, i) => (typeof key === "number" ? `[${key}]` : `${i > 0 ? "." : ""}${key}`)).join("");
}
