import { existsSync } from "node:fs";
import { isAbsolute, join, normalize } from "node:path";
import { pathToFileURL } from "node:url";

export type Handler = (event: unknown, context: unknown) => unknown;

/** An error whose name Lambda shows as its type (`Runtime.HandlerNotFound`, …). */
export class RuntimeError extends Error {
  constructor(name: string, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = name;
  }
}

/** Lambda tries these in this order. */
const EXTENSIONS = [".js", ".mjs", ".cjs"];

/**
 * Loads `[FOLDER/]MODULE.EXPORT[.EXPORT…]`.
 * @param taskRoot folder of the function's code
 */
export async function loadHandler(taskRoot: string, name: string): Promise<Handler> {
  const slash = name.lastIndexOf("/") + 1;
  const dot = name.indexOf(".", slash);
  const module = name.slice(0, dot);
  if (dot <= slash || isAbsolute(module) || normalize(module).startsWith("..")) {
    throw new RuntimeError("Runtime.MalformedHandlerName", `Bad handler ${name}`);
  }
  const file = EXTENSIONS.map((extension) => join(taskRoot, module + extension)).find((path) => existsSync(path));
  if (file === undefined) {
    throw new RuntimeError("Runtime.ImportModuleError", `Error: Cannot find module '${module}' in ${taskRoot}`);
  }
  const loaded: unknown = await load(file);
  const path = name.slice(dot + 1).split(".");
  const handler = lookUp(loaded, path) ?? lookUp((loaded as { default?: unknown }).default, path);
  if (typeof handler !== "function") {
    throw new RuntimeError("Runtime.HandlerNotFound", `${name} is undefined or not exported`);
  }
  return handler as Handler;
}

async function load(file: string): Promise<unknown> {
  try {
    return await import(pathToFileURL(file).href);
  } catch (error) {
    if (error instanceof SyntaxError) throw new RuntimeError("Runtime.UserCodeSyntaxError", String(error), error);
    // Of `require` alone: what `import` does not find, and whatever a module throws, Lambda's runtime tells as it is.
    if ((error as NodeJS.ErrnoException | undefined)?.code === "MODULE_NOT_FOUND") {
      throw new RuntimeError("Runtime.ImportModuleError", String(error), error);
    }
    throw error;
  }
}

function lookUp(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((found, key) => (found as Record<string, unknown> | undefined)?.[key], value);
}
