/** What docs and schema say of a field beside its own data: the default, and whether it is served. */
import { DEFAULTS } from "../src/config/defaults.ts";
import { valueAt } from "../src/config/merge.ts";
import { unservedNote } from "../src/fdl/served.ts";
import { isTree } from "../src/fdl/tree.ts";

/** Where one element of `functions.aws` begins; the defaults are in its terms. */
const AWS = "functions.aws.";

/** The built-in default at a field's path (`functions.aws.lambda.memory`), if it is one value. */
export function defaultOf(path: string): unknown {
  if (!path.startsWith(AWS)) return undefined;
  const value = valueAt(DEFAULTS, path.slice(AWS.length));
  return isTree(value) ? undefined : value;
}

/** "Not supported yet." and the like. */
export function noteOf(path: string): string | undefined {
  const note = path === "functions.oscar" ? "not supported yet" : awsNote(path);
  return note === undefined ? undefined : `${note[0]!.toUpperCase()}${note.slice(1)}.`;
}

function awsNote(path: string): string | undefined {
  return path.startsWith(AWS) ? unservedNote(path.slice(AWS.length)) : undefined;
}
