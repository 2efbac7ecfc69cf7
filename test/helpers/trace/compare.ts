/** Values by path, and texts without what changes from run to run. */
import { leaves, shownPath } from "../traces.ts";

/** Leaves by path; nothing of an empty list. */
export const pathsOf = (value: object, root: string): Map<string, string> =>
  new Map(Object.keys(value).length === 0 ? [] : leaves(value, [root]).map(shown));

/** As it stands in a difference. */
export const text = (value: unknown): string => (value === undefined ? "nothing" : JSON.stringify(value));

export const shown = ([path, value]: [readonly (string | number)[], unknown]): [string, string] => [
  shownPath(path),
  text(value),
];

/** `path: theirs → ours`, where they are not equal. */
export function between(theirs: ReadonlyMap<string, string>, ours: ReadonlyMap<string, string>): string[] {
  const paths = new Set([...theirs.keys(), ...ours.keys()]);
  return [...paths].flatMap((path) => {
    const [one, other] = [theirs.get(path) ?? "nothing", ours.get(path) ?? "nothing"];
    return one === other ? [] : [`${path}: ${one} → ${other}`];
  });
}

export const lines = (written: string): string[] => written.split("\n").filter((line) => line !== "");

/** Ids, times and the like become their kinds. */
export function normalised(written: string, replaced: readonly (readonly [string, string])[] = []): string {
  let result = written;
  for (const [from, to] of replaced) if (from !== "") result = result.replaceAll(from, to);
  return (
    result
      .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, "{id}")
      .replace(/\d{4}\/\d\d\/\d\d\/\[\$LATEST\][0-9a-f]{32}/g, "{stream}")
      .replace(/\bA(?:KIA|SIA)[A-Z0-9]{8,}/g, "{key}")
      .replace(/\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d[.,]\d{3}(?:\+0000|Z)?/g, "{time}")
      // A question stands on a line of its own.
      .replace(/(\[Y\/n\]|Enter number:) /g, "$1\n")
  );
}
