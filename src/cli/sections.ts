/** The elements of `functions.aws` that a command line is about: those of the file of `-f`, or the one that the flags describe. */
import { dirname, resolve as resolvePath } from "node:path";
import { checkDocument, type Place } from "../config/check.ts";
import { withAbsoluteFiles } from "../config/sources.ts";
import type { Problem } from "../errors.ts";
import type { StorageProviders } from "../fdl/contract.ts";
import { fromEnvironment, isReadByEveryCommand } from "../fdl/environment.ts";
import { FDL } from "../fdl/fields.ts";
import { unservedTopFields } from "../fdl/served.ts";
import { isTree, type Tree } from "../fdl/tree.ts";
import { type Locate, validate } from "../fdl/validate.ts";
import { type CommandSpec, optionsOf } from "./command-table.ts";
import { flagsOf } from "./usage.ts";

/** The elements, and how to say where each stands. */
export interface Sections {
  readonly list: readonly Tree[];
  readonly storageProviders: StorageProviders;
  readonly problems: readonly Problem[];
  readonly unknown: readonly Problem[];
  readonly place: Place;
  /** The whole file; empty without one. */
  readonly top: Tree;
}

export interface SectionSources {
  readonly command: CommandSpec;
  /** The file of `-f`, as given. */
  readonly file: string | undefined;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Whether every variable that the file names must be there, not only those that each command reads. */
  readonly isWhole: boolean;
}

/** Throws ScarError `FileNotFound`, `FileNotReadable`, `InvalidYaml`; what is wrong inside the file is in `problems`. */
export async function readSections(sources: SectionSources): Promise<Sections> {
  const { command, file } = sources;
  return file === undefined ? flagsAlone(command) : await fromFile(file, sources);
}

/** Without `-f`, the flags describe one function: what is missing is a flag. An image alone needs no name. */
function flagsAlone(command: CommandSpec): Sections {
  const place: Place = (_index, path) => {
    const option = optionsOf(command).find((known) => known.path?.includes(path));
    return { path: option === undefined ? path : flagsOf(option) };
  };
  const section = command.needs === "image" ? { lambda: { name: command.name } } : {};
  return { list: [section], storageProviders: {}, problems: [], unknown: [], place, top: {} };
}

async function fromFile(file: string, { cwd, env, isWhole }: SectionSources): Promise<Sections> {
  const { readFdl } = await import("../fdl/file.ts");
  const path = resolvePath(cwd, file);
  const document = await readFdl(path, file);
  const locate: Locate = (at, part) => ({ location: document.locate(at, part) });
  const filled = fromEnvironment(document.value, env, (at) => isWhole || isReadByEveryCommand(at), locate);
  const top = filled.value;
  const found = validate(top, FDL, "", locate, filled);
  const functions = isTree(top["functions"]) ? top["functions"] : {};
  const list = Array.isArray(functions["aws"]) ? functions["aws"].filter(isTree) : [];
  const problems = [...filled.problems, ...found.problems, ...checkDocument(top, locate, filled)];
  if (problems.length === 0 && list.length === 0 && unservedTopFields(top).length === 0) {
    const at = "functions.aws";
    problems.push({ path: at, message: "is missing: the file defines no function", location: document.locate(at) });
  }
  return {
    list: list.map((section) => withAbsoluteFiles(section, dirname(path))),
    storageProviders: (top["storage_providers"] ?? {}) as StorageProviders,
    problems,
    unknown: [...found.unknown, ...optionsInFile(top, document.locate("scar"))],
    place: (i, at) => {
      const whole = `functions.aws[${i}].${at}`;
      const written = filled.written.get(whole);
      return { path: whole, location: document.locate(whole), ...(written === undefined ? {} : { written }) };
    },
    top,
  };
}

/** The original took its own options from a file too; here the command line alone has them. */
function optionsInFile(top: Tree, location: string): Problem[] {
  const options = top["scar"];
  if (!isTree(options) || Object.keys(options).length === 0) return [];
  return [{ path: "scar", message: "is not read from a file: give these options on the command line", location }];
}
