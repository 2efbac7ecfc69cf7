/** Whether a scar.cfg holds what nobody else may read. */
import { isTree, type Tree } from "../fdl/tree.ts";
import { isSecretName } from "./secret-names.ts";

/** The path of the first secret in a file, if it has one: a password, or a value whose name says so. */
export function secretIn(value: Tree, path = ""): string | undefined {
  for (const [key, item] of Object.entries(value)) {
    const inner = path === "" ? key : `${path}.${key}`;
    // `${env:NAME}` is no secret, only where one is.
    if (typeof item === "string" && item !== "" && !item.startsWith("${env:") && isSecretName(key)) return inner;
    const below = isTree(item) ? secretIn(item, inner) : undefined;
    if (below !== undefined) return below;
  }
  return undefined;
}
