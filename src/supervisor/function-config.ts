import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { messageOf, notSupportedYet, ScarError } from "../errors.ts";
import {
  decodeFunctionConfig,
  FUNCTION_CONFIG_FILE,
  type FunctionConfig,
  type StorageLocation,
} from "../fdl/contract.ts";

/** The part of `function_config.yaml` that the supervisor acts on, checked. */
export interface SupervisorConfig {
  /** Registry reference of `container.image`. */
  readonly image: string | undefined;
  /** Login at the image's registry. */
  readonly registryLogin: { readonly username: string; readonly password: string } | undefined;
  /** Reference under which the package holds its image. */
  readonly packedImage: string | undefined;
  /** The FDL's container variables. */
  readonly variables: Readonly<Record<string, string>>;
  /** Seconds kept back for stage-out and the answer; default 10. */
  readonly timeoutThreshold: number;
  readonly logLevel: string | undefined;
  readonly outputs: readonly StorageLocation[];
  /** False: an object's event is passed on, the object is not downloaded. */
  readonly stageIn: boolean;
  /** Content of the init script. */
  readonly initScript: Buffer | undefined;
  /** The package holds a payload that the container may read. */
  readonly extraPayload: boolean;
}

/** Throws ScarError `InvalidFunctionConfig` or `NotSupportedYet`, naming the field. */
export async function loadFunctionConfig(taskRoot: string): Promise<SupervisorConfig> {
  const file = join(taskRoot, FUNCTION_CONFIG_FILE);
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (cause) {
    throw new ScarError("InvalidFunctionConfig", `${file} cannot be read: ${messageOf(cause)}`, { cause });
  }
  // The package is not under our control once it is deployed: nothing of it is taken on trust.
  const config = decodeFunctionConfig(text) as Partial<FunctionConfig>;
  const mode = config.execution_mode ?? "lambda";
  if (mode !== "lambda") throw notSupportedYet(`execution_mode: ${mode}`);
  const container = mapping(config.container, "container") as Partial<FunctionConfig["container"]>;
  const environment = mapping(container.environment, "container.environment");
  return {
    image: text_(container.image, "container.image"),
    registryLogin: registryLogin(mapping(container.registry_auth, "container.registry_auth")),
    packedImage: text_(container.image_file, "container.image_file"),
    variables: variables(mapping(environment["Variables"], "container.environment.Variables")),
    timeoutThreshold: threshold(container.timeout_threshold),
    logLevel: text_(config.log_level, "log_level"),
    outputs: outputs(config.output),
    stageIn: config.file_stage_in !== false,
    initScript: await initScript(taskRoot, text_(config.init_script, "init_script")),
    extraPayload: Boolean(config.extra_payload),
  };
}

/** This goes to the log: of what may hold a secret only the form is named. */
function invalid(field: string, expected: string, value: unknown): ScarError {
  const mayHide = field.startsWith("container.environment") || field.startsWith("container.registry_auth");
  const isOpen = (typeof value !== "object" || value === null) && !mayHide;
  const shown = isOpen ? JSON.stringify(value) : Array.isArray(value) ? "a list" : `a value of type ${typeof value}`;
  return new ScarError("InvalidFunctionConfig", `${FUNCTION_CONFIG_FILE}: ${field} is not ${expected}: ${shown}`);
}

function mapping(value: unknown, field: string): Record<string, unknown> {
  if (value === undefined || value === null) return {};
  if (typeof value !== "object" || Array.isArray(value)) throw invalid(field, "a mapping", value);
  return value as Record<string, unknown>;
}

function text_(value: unknown, field: string): string | undefined {
  if (value === undefined || value === null || value === "") return undefined;
  if (typeof value !== "string") throw invalid(field, "a text", value);
  return value;
}

function variables(values: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, String(value ?? "")]));
}

function registryLogin(values: Record<string, unknown>): SupervisorConfig["registryLogin"] {
  const username = text_(values["username"], "container.registry_auth.username");
  const password = text_(values["password"], "container.registry_auth.password");
  return username === undefined || password === undefined ? undefined : { username, password };
}

function threshold(value: unknown): number {
  if (value === undefined || value === null) return 10;
  const seconds = Number(value);
  if (!Number.isFinite(seconds) || seconds < 0)
    throw invalid("container.timeout_threshold", "a number of seconds", value);
  return seconds;
}

function outputs(value: unknown): StorageLocation[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw invalid("output", "a list", value);
  return value.map((item, i) => output(mapping(item, `output[${i}]`), `output[${i}]`));
}

function output(item: Record<string, unknown>, field: string): StorageLocation {
  const path = text_(item["path"], `${field}.path`);
  if (path === undefined) throw invalid(`${field}.path`, "bucket[/folder]", item["path"]);
  // An output that cannot be served must stop the run before it, not lose its files after it.
  const provider = text_(item["storage_provider"], `${field}.storage_provider`) ?? "s3";
  if (provider !== "s3") throw notSupportedYet(`${field}.storage_provider: ${provider}`);
  const prefix = names(item["prefix"], `${field}.prefix`);
  const suffix = names(item["suffix"], `${field}.suffix`);
  return { storage_provider: provider, path, ...(prefix && { prefix }), ...(suffix && { suffix }) };
}

function names(value: unknown, field: string): string[] | undefined {
  if (value === undefined || value === null) return undefined;
  if (!Array.isArray(value)) throw invalid(field, "a list", value);
  return value.map(String);
}

async function initScript(taskRoot: string, name: string | undefined): Promise<Buffer | undefined> {
  if (name === undefined) return undefined;
  const file = join(taskRoot, name);
  try {
    return await readFile(file);
  } catch (cause) {
    throw new ScarError("InvalidFunctionConfig", `init_script '${name}' cannot be read: ${messageOf(cause)}`, {
      cause,
    });
  }
}
