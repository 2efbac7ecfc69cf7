import { kindOf } from "./shown.ts";
import type { Tree } from "./tree.ts";
import type { Validation } from "./validate.ts";

/** Names and values of environment variables; `null` unsets one. No message shows a value: many are secret. */
export function checkVariables(value: Tree, path: string, on: Validation): void {
  for (const [name, item] of Object.entries(value)) {
    const inner = `${path}.${name}`;
    if (!/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name)) {
      on.problem(inner, "the name of a variable has letters, digits and '_', and begins with no digit");
    } else if (typeof item === "object" && item !== null) on.problem(inner, `must be text, not ${kindOf(item)}`);
    else if (typeof item === "string" && item.includes("\0")) on.problem(inner, "must not contain a NUL character");
  }
}
