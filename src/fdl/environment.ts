/** `${env:NAME}` in the texts of an FDL: the value of an environment variable of the command. `$${env:NAME}` is the text itself. */
import type { Problem } from "../errors.ts";
import { isTree, type Tree } from "./tree.ts";

type Env = Readonly<Record<string, string | undefined>>;

/** What messages must know of the values that came from variables. */
export interface Origins {
  /** Paths of these values, each with the text that stands in the file: messages show it and not the value. */
  readonly written: ReadonlyMap<string, string>;
  /** Those of them whose variable is not set, and not needed: they are left as written and have no value to check. */
  readonly unset: ReadonlySet<string>;
}

export const NO_ORIGINS: Origins = { written: new Map(), unset: new Set() };

export interface FromEnvironment extends Origins {
  readonly value: Tree;
  readonly problems: readonly Problem[];
}

/** Also what only begins like a reference, which is a mistake. */
const REFERENCE = /(\$?)\$\{env:([^}]*)(\}?)/g;
const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/;

/**
 * The tree with its references filled in, keys excepted. A variable that is missing or empty is a problem where `isNeeded`, and left
 * alone elsewhere. A filled-in value is text, and is not looked at again. Without `env` nothing is filled in: all stays as written.
 */
export function fromEnvironment(
  tree: Tree,
  env: Env | undefined,
  isNeeded: (path: string) => boolean,
  locate: (path: string) => Partial<Problem>,
): FromEnvironment {
  const problems: Problem[] = [];
  const written = new Map<string, string>();
  const unset = new Set<string>();

  const filled = (text: string, path: string): string => {
    let found = false;
    const whole = text.replace(REFERENCE, (reference, literal: string, name: string, close: string) => {
      if (literal !== "") return env === undefined ? reference : reference.slice(1);
      found = true;
      const missing = env === undefined ? "" : missingOf(name, env);
      const wrong = malformed(name, close) ?? (isNeeded(path) ? missing : undefined);
      if (wrong) problems.push({ path, message: wrong, ...locate(path) });
      if (wrong === undefined && missing === undefined) return env![name]!;
      unset.add(path);
      return reference;
    });
    if (found) written.set(path, text);
    return whole;
  };
  const walk = (value: unknown, path: string): unknown => {
    if (typeof value === "string") return value.includes("${env:") ? filled(value, path) : value;
    if (Array.isArray(value)) return value.map((item, i) => walk(item, `${path}[${i}]`));
    if (!isTree(value)) return value;
    const entries = Object.entries(value).map(([key, item]) => [key, walk(item, path === "" ? key : `${path}.${key}`)]);
    return Object.fromEntries(entries);
  };
  return { value: walk(tree, "") as Tree, problems, written, unset };
}

function malformed(name: string, close: string): string | undefined {
  if (close === "") return `'\${env:' has no end: write \${env:NAME}, or $\${env: for the text itself`;
  if (VARIABLE.test(name)) return undefined;
  return `the NAME in \${env:NAME} has letters, digits and '_', and begins with no digit; $\${env: is the text itself`;
}

function missingOf(name: string, env: Env): string | undefined {
  if (!Object.hasOwn(env, name) || env[name] === undefined) return `the environment variable ${name} is not set`;
  return env[name] === "" ? `the environment variable ${name} is empty` : undefined;
}

/**
 * Whether a command that neither deploys nor opens an image reads the field at this path of an FDL: who only runs or removes a function
 * needs no login, role or variable of it.
 */
export function isReadByEveryCommand(path: string): boolean {
  return EVERY_COMMAND.test(path);
}

const EVERY_COMMAND =
  /^functions\.aws\[\d+\]\.(?:[a-z0-9_]+\.(?:boto_profile|region)$|lambda\.(?:name|input|output|run_script|execution_mode|deployment\.bucket)(?![a-z_])|cloudwatch\.|api_gateway\.)/;
