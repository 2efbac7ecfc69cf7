/** Which REST APIs are a function's own. */
import { ENV, TAG } from "../../../fdl/contract.ts";
import { functionArn, isOwner } from "../arn.ts";
import type { RemoteApi } from "../controllers/apis.ts";
import type { RemoteFunction } from "../controllers/functions.ts";
import type { ApiPermission } from "../controllers/permissions.ts";
import { isDenied } from "../errors.ts";
import type { RemoteState } from "../remote-state.ts";

export interface FunctionApis {
  /** The one that counts first: what the function's variable names, then the oldest. More than one only after a command was cut. */
  readonly apis: readonly RemoteApi[];
  /** Statements of the function's policy for APIs. */
  readonly permissions: readonly ApiPermission[];
  /** Ids of APIs that these name and that are there no more. */
  readonly gone: readonly string[];
}

/**
 * Ours carry tags with the function's name; the original's have none: they are known by the function's variable or its policy, and only as
 * long as they do call it. `looks`: whether to go through all APIs of the account for ours. Of a whole function its variable and policy tell.
 */
export async function functionApis(
  name: string,
  found: RemoteFunction | undefined,
  remote: RemoteState,
  looks: "needed" | "if-allowed" | "no",
): Promise<FunctionApis> {
  const [identity, permissions, tagged] = await Promise.all([
    remote.identity(),
    found === undefined ? [] : remote.apiPermissions(name),
    looks === "no" ? [] : taggedApis(remote, looks),
  ]);
  const isOwn = (owner: string | undefined) => owner === (found?.tags[TAG.owner] ?? "") || isOwner(identity, owner);
  const ours = tagged.filter(({ tags }) => tags[TAG.function] === name && isOwn(tags[TAG.owner]));
  const own = found?.variables[ENV.apiGatewayId];
  const named = [...(own ? [own] : []), ...permissions.map(({ apiId }) => apiId)];
  const unknown = [...new Set(named)].filter((id) => !ours.some((api) => api.id === id));
  const arn = functionArn(identity, remote.region, name);
  const gone: string[] = [];
  const others = await Promise.all(
    unknown.map(async (id) => {
      const api = await remote.api(id);
      if (api === undefined) {
        gone.push(id);
        return [];
      }
      const isOurs = api.tags[TAG.createdBy] === "scar" && api.tags[TAG.function] === name;
      return isOurs || (await remote.apiCalls(id, arn)) ? [api] : [];
    }),
  );
  const apis = [...others.flat(), ...ours].sort((a, b) => Number(b.id === own) - Number(a.id === own));
  return { apis, permissions, gone };
}

/** Who may not list APIs has none. */
async function taggedApis(remote: RemoteState, looks: "needed" | "if-allowed"): Promise<readonly RemoteApi[]> {
  try {
    return await remote.taggedApis();
  } catch (error) {
    if (looks === "if-allowed" && isDenied(error)) return [];
    throw error;
  }
}
