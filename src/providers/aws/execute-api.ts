/** Carries out the steps about REST APIs. API Gateway's client is loaded for them alone. */
import { apiSourceArn } from "./api/definition.ts";
import { apiArn } from "./arn.ts";
import { allowApi, removePermissions } from "./controllers/permissions.ts";
import type { ExecutionOptions } from "./execute.ts";
import type { Made } from "./made.ts";
import type { ApiStep } from "./plan/api-step.ts";

/** AWS's answer; undefined where nothing had to be changed. */
export async function carryOutApiStep(
  step: ApiStep,
  { clients, signal, notice }: ExecutionOptions,
  made: Made,
): Promise<object | undefined> {
  switch (step.kind) {
    case "create-api": {
      const [client, once] = await Promise.all([clients.apiGateway(), clients.apiGatewayOnce()]);
      const { createApi } = await import("./controllers/api-creation.ts");
      const created = await createApi({ client, once }, step.api, signal);
      made.apis.set(step.functionName, created.id);
      return created;
    }
    case "deploy-api": {
      const id = made.apiId(step.functionName, step.reference);
      const { deployApi } = await import("./controllers/api-deployment.ts");
      await deployApi(await clients.apiGateway(), { id, arn: apiArn(step, id) }, step.api);
      return { id };
    }
    case "allow-api": {
      const apiId = made.apiId(step.functionName, step.reference);
      const sourceArn = apiSourceArn(step.identity, step.region, apiId);
      const { accountId } = step.identity;
      await allowApi(await clients.lambda(), { functionName: step.functionName, apiId, sourceArn, accountId });
      return {};
    }
    case "forbid-api":
      await removePermissions(await clients.lambda(), step.functionName, step.statementIds);
      return {};
    case "delete-api":
      return (await made.apiRemovals()).delete(await clients.apiGatewayOnce(), step.apiId, { signal, notice });
  }
}
