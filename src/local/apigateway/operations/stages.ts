/** Stages: the names under which deployments are served. */
import { badRequest, conflict, limitExceeded, noSuchStage } from "../errors.ts";
import { bounded, flag, given, readInput, readTags, refuse, text, textMap } from "../input.ts";
import { LIMITS, type RestApi, type Stage } from "../model.ts";
import { applyPatch, type PatchPaths } from "../patch.ts";
import { awsNow } from "../store.ts";
import { accepted, answer, type Operation, requireApi, requireDeployment } from "./context.ts";

export const createStage: Operation = async (context, request, [apiId]) => {
  const input = await readInput(request);
  const api = requireApi(context, apiId!);
  refuse(input, "CreateStage", ["cacheClusterEnabled", "cacheClusterSize", "canarySettings", "documentationVersion"]);
  const stageName = checkStageName(text(input, "stageName") ?? "");
  const { id: deploymentId } = requireDeployment(api, text(input, "deploymentId") ?? "");
  if (api.stages.some((stage) => stage.stageName === stageName)) throw conflict("Stage already exists");
  if (api.stages.length >= LIMITS.stages) {
    throw limitExceeded(`Maximum number of stages for this API has been reached. Limit is ${LIMITS.stages}`);
  }
  const now = awsNow();
  const stage: Stage = {
    stageName,
    deploymentId,
    ...given("description", bounded(input, "description")),
    ...given("variables", checkVariables(textMap(input, "variables"))),
    tracingEnabled: flag(input, "tracingEnabled"),
    tags: readTags(textMap(input, "tags") ?? {}),
    createdDate: now,
    lastUpdatedDate: now,
  };
  context.store.put({ ...api, stages: [...api.stages, stage] });
  return answer(201, shown(stage));
};

export const getStage: Operation = (context, _request, [apiId, name]) =>
  answer(200, shown(requireStage(requireApi(context, apiId!), name!)));

export const getStages: Operation = (context, request, [apiId]) => {
  const deploymentId = request.query.get("deploymentId");
  const { stages } = requireApi(context, apiId!);
  return answer(200, {
    item: stages.filter((stage) => deploymentId === null || stage.deploymentId === deploymentId).map(shown),
  });
};

const PATHS: PatchPaths = { deploymentId: "text", description: "text", variables: "map", tracingEnabled: "flag" };

export const updateStage: Operation = async (context, request, [apiId, name]) => {
  const input = await readInput(request);
  const api = requireApi(context, apiId!);
  const before = requireStage(api, name!);
  const patched = applyPatch(before, input, PATHS, {
    operation: "UpdateStage",
    // Settings of methods (`/*/*/throttling/rateLimit`, `/~1path/GET/logging/loglevel`) have three parts or more.
    unserved:
      /^\/(?:(?:cacheCluster|canarySettings|accessLogSettings|clientCertificateId|documentationVersion|webAclArn)|[^/]+\/[^/]+\/)/,
  });
  requireDeployment(api, patched.deploymentId);
  checkVariables(patched.variables);
  const stage = { ...patched, lastUpdatedDate: awsNow() };
  context.store.put({ ...api, stages: api.stages.map((one) => (one === before ? stage : one)) });
  return answer(200, shown(stage));
};

export const deleteStage: Operation = (context, _request, [apiId, name]) => {
  const api = requireApi(context, apiId!);
  requireStage(api, name!);
  context.store.put({ ...api, stages: api.stages.filter(({ stageName }) => stageName !== name) });
  return accepted;
};

export function requireStage(api: RestApi, name: string): Stage {
  const stage = api.stages.find(({ stageName }) => stageName === name);
  if (!stage) throw noSuchStage();
  return stage;
}

export function checkStageName(name: string): string {
  if (!/^[a-zA-Z0-9_-]+$/.test(name)) throw badRequest("Stage name only allows a-zA-Z0-9_-");
  if (name.length > LIMITS.stageName)
    throw badRequest(`Stage name cannot be longer than ${LIMITS.stageName} characters`);
  return name;
}

export function checkVariables(variables: Stage["variables"]): Stage["variables"] {
  for (const [name, value] of Object.entries(variables ?? {})) {
    if (!/^\w+$/.test(name)) throw badRequest(`Stage variable name '${name}' only allows a-zA-Z0-9_`);
    if (!/^[\w\-.~:/?#&=,]+$/.test(value)) {
      throw badRequest(`Stage variable value '${value}' does not match [A-Za-z0-9-._~:/?#&=,]+`);
    }
  }
  return variables;
}

function shown({ variables, tags, ...stage }: Stage): unknown {
  return {
    ...stage,
    cacheClusterEnabled: false,
    cacheClusterStatus: "NOT_AVAILABLE",
    methodSettings: {},
    ...(variables && Object.keys(variables).length > 0 && { variables }),
    ...(Object.keys(tags).length > 0 && { tags }),
  };
}
