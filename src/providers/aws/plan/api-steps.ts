/** The steps that give functions their REST APIs, and take away what they have too many. Pure. */
import type { FunctionSpec } from "../../../fdl/spec.ts";
import { type ApiDefinition, defineApi, deploymentDescription } from "../api/definition.ts";
import type { RemoteApi } from "../controllers/apis.ts";
import type { FunctionApis } from "./api-state.ts";
import type { ApiReference } from "./api-step.ts";
import type { InitState } from "./init-state.ts";
import type { Plan, Step } from "./steps.ts";

/** By the stage in which it is done. */
export interface ApiSteps {
  readonly create: readonly Step[];
  readonly deploy: readonly Step[];
  readonly allow: readonly Step[];
  /** Before the permissions go: by these an update that was cut finds what has no tags. */
  readonly remove: readonly Step[];
  readonly forbid: readonly Step[];
}

const NONE: FunctionApis = { apis: [], permissions: [], gone: [] };

/** The API that a function is to have; undefined: none. */
export function apiReference(
  { lambda, api_gateway }: FunctionSpec,
  state: Pick<InitState, "apis">,
): ApiReference | undefined {
  if (api_gateway === undefined) return undefined;
  const [first] = (state.apis.get(lambda.name) ?? NONE).apis;
  return first === undefined ? "created" : { id: first.id };
}

/**
 * @param differs whether what is there has to be deployed again; default: always
 * @param isAllowed whether a permission that is there counts; default: it is given anew (twice does no harm)
 */
export function apiSteps(
  spec: FunctionSpec,
  state: Pick<InitState, "apis" | "identity" | "region">,
  differs: (found: RemoteApi, wanted: ApiDefinition) => boolean = () => true,
  isAllowed: (apiId: string) => boolean = () => false,
): ApiSteps {
  const { identity, region } = state;
  const functionName = spec.lambda.name;
  const { apis, permissions, gone } = state.apis.get(functionName) ?? NONE;
  const reference = apiReference(spec, state);
  const [kept] = reference === undefined ? [] : apis;
  const tooMany = apis.filter((api) => api !== kept);
  const remove = tooMany.map(({ id }): Step => ({ kind: "delete-api", functionName, apiId: id }));
  // One that is gone was deleted by an update that was cut before it took the permission away.
  const forbid = [...tooMany.map(({ id }) => id), ...gone].flatMap((id): Step[] => {
    const statementIds = permissions.filter(({ apiId }) => apiId === id).map(({ statementId }) => statementId);
    return statementIds.length === 0 ? [] : [{ kind: "forbid-api", functionName, apiId: id, statementIds }];
  });
  if (reference === undefined) return { create: [], deploy: [], allow: [], remove, forbid };
  const api = defineApi(spec.api_gateway!, identity, region, functionName);
  return {
    create: reference === "created" ? [{ kind: "create-api", functionName, api }] : [],
    deploy:
      kept === undefined || differs(kept, api)
        ? [{ kind: "deploy-api", functionName, reference, api, region, partition: identity.partition }]
        : [],
    allow:
      kept !== undefined && isAllowed(kept.id)
        ? []
        : [{ kind: "allow-api", functionName, reference, region, identity }],
    remove,
    forbid,
  };
}

/** @param deployed description of what its stage serves */
export function apiDiffers(found: RemoteApi, wanted: ApiDefinition, deployed: string | undefined): boolean {
  return (
    found.name !== wanted.name ||
    found.binaryMediaTypes.length !== wanted.binaryMediaTypes.length ||
    wanted.binaryMediaTypes.some((type) => !found.binaryMediaTypes.includes(type)) ||
    Object.entries(wanted.tags).some(([key, value]) => found.tags[key] !== value) ||
    deployed !== deploymentDescription(wanted)
  );
}

/** What the user should know of the endpoints that a plan deploys. */
export function publicApiNotices(plan: Plan): string[] {
  return plan.flat().flatMap((step) => {
    if (step.kind !== "deploy-api" || step.api.authorizationType !== "NONE") return [];
    return [
      `The endpoint of function '${step.functionName}' is public: whoever knows its address can call it, at your cost ('api_gateway.method.authorizationType: AWS_IAM' admits signed calls alone).`,
    ];
  });
}
