/** `container.registry_auth` of scar.cfg: what stands there as `${env:NAME}` is taken from the environment of the command. */
import type { Problem } from "../errors.ts";
import { fromEnvironment } from "../fdl/environment.ts";
import type { Tree } from "../fdl/tree.ts";
import { merge, treeOf, valueAt } from "./merge.ts";

const PATH = "lambda.container.registry_auth";

/** scar.cfg's `aws` section with its login filled in, and a problem for every variable that is missing, where `isNeeded`. */
export function withRegistryLogin(
  aws: Tree,
  file: string,
  env: Readonly<Record<string, string | undefined>>,
  isNeeded: boolean,
): { readonly aws: Tree; readonly problems: readonly Problem[] } {
  const login = valueAt(aws, PATH);
  if (login === undefined) return { aws, problems: [] };
  const filled = fromEnvironment(
    treeOf(PATH, login),
    env,
    () => isNeeded,
    () => ({ location: file }),
  );
  const problems = filled.problems.map((problem) => ({ ...problem, path: `aws.${problem.path}` }));
  return { aws: merge(aws, filled.value), problems };
}
