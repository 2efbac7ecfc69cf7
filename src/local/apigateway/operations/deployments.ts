/** Deployments: what stages serve, as the API was when each was made. */
import { badRequest, limitExceeded } from "../errors.ts";
import { bounded, flag, given, readInput, refuse, text, textMap } from "../input.ts";
import { type Deployment, LIMITS, type RestApi, type Snapshot, type Stage } from "../model.ts";
import { awsNow, newId } from "../store.ts";
import { accepted, answer, type Operation, page, requireApi, requireDeployment } from "./context.ts";
import { checkStageName, checkVariables } from "./stages.ts";

export const createDeployment: Operation = async (context, request, [apiId]) => {
  const input = await readInput(request);
  const api = requireApi(context, apiId!);
  refuse(input, "CreateDeployment", ["cacheClusterEnabled", "cacheClusterSize", "canarySettings"]);
  const deployment: Deployment = {
    id: newId(6, (id) => api.deployments.some((one) => one.id === id)),
    ...given("description", bounded(input, "description")),
    createdDate: awsNow(),
    snapshot: snapshotOf(api),
  };
  const stageName = text(input, "stageName") ?? "";
  const variables = textMap(input, "variables");
  if (variables) checkVariables(variables);
  const before = api.stages.find((stage) => stage.stageName === stageName);
  if (stageName !== "" && !before && api.stages.length >= LIMITS.stages) {
    throw limitExceeded(`Maximum number of stages for this API has been reached. Limit is ${LIMITS.stages}`);
  }
  const now = awsNow();
  const stage: Stage = {
    tracingEnabled: flag(input, "tracingEnabled"),
    tags: {},
    createdDate: now,
    ...before,
    stageName,
    deploymentId: deployment.id,
    lastUpdatedDate: now,
    ...given("description", bounded(input, "stageDescription") ?? before?.description),
    ...given("variables", variables ?? before?.variables),
  };
  if (stageName !== "") checkStageName(stageName);
  const others = api.stages.filter((one) => one !== before);
  context.store.put({
    ...api,
    deployments: [...api.deployments, deployment],
    stages: stageName === "" ? api.stages : [...others, stage],
  });
  return answer(201, shown(deployment));
};

export const getDeployments: Operation = (context, request, [apiId]) => {
  const byId = [...requireApi(context, apiId!).deployments].sort((a, b) => (a.id < b.id ? -1 : 1));
  return page(request, byId, shown);
};

export const getDeployment: Operation = (context, request, [apiId, id]) => {
  const deployment = requireDeployment(requireApi(context, apiId!), id!);
  const summary = request.query.getAll("embed").includes("apisummary");
  return answer(200, { ...shown(deployment), ...(summary && { apiSummary: summaryOf(deployment.snapshot) }) });
};

export const deleteDeployment: Operation = (context, _request, [apiId, id]) => {
  const api = requireApi(context, apiId!);
  requireDeployment(api, id!);
  if (api.stages.some(({ deploymentId }) => deploymentId === id)) {
    throw badRequest("Active stages pointing to this deployment must be moved or deleted");
  }
  context.store.put({ ...api, deployments: api.deployments.filter((one) => one.id !== id) });
  return accepted;
};

/** Throws `BadRequestException` for an API that could not be served. */
function snapshotOf({ binaryMediaTypes, resources }: RestApi): Snapshot {
  const methods = resources.flatMap(({ resourceMethods }) => Object.values(resourceMethods));
  if (methods.length === 0) throw badRequest("The REST API doesn't contain any methods");
  if (methods.some(({ methodIntegration }) => !methodIntegration))
    throw badRequest("No integration defined for method");
  return { binaryMediaTypes, resources };
}

const shown = ({ snapshot, ...rest }: Deployment): object => rest;

/** Path → verb → what is asked of its callers. */
function summaryOf({ resources }: Snapshot): unknown {
  const served = resources.filter(({ resourceMethods }) => Object.keys(resourceMethods).length > 0);
  return Object.fromEntries(
    served.map(({ path, resourceMethods }) => {
      const methods = Object.values(resourceMethods).map(({ httpMethod, authorizationType, apiKeyRequired }) => [
        httpMethod,
        { authorizationType, apiKeyRequired },
      ]);
      return [path, Object.fromEntries(methods)];
    }),
  );
}
