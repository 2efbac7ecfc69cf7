/** A REST API as SCAR 4.3.1 makes it (test/fixtures/traces/c09-api-gateway.json), for a function that is there: on the local AWS, with the official SDK. */
import {
  APIGatewayClient,
  CreateDeploymentCommand,
  CreateResourceCommand,
  CreateRestApiCommand,
  GetResourcesCommand,
  PutIntegrationCommand,
  PutMethodCommand,
} from "@aws-sdk/client-api-gateway";
import {
  AddPermissionCommand,
  GetFunctionConfigurationCommand,
  LambdaClient,
  UpdateFunctionConfigurationCommand,
  waitUntilFunctionUpdatedV2,
} from "@aws-sdk/client-lambda";
import type { TestLocal } from "./local.ts";
import { clientConfig } from "./local-clients.ts";

export interface RestApi {
  readonly id: string;
  /** Of the path `launch`. */
  readonly url: string;
}

export interface RestApiOptions {
  readonly authorizationType?: "NONE" | "AWS_IAM";
  /** The original's APIs have none. */
  readonly binaryMediaTypes?: string[];
  /** Whether the API may call the function; default true. */
  readonly permitted?: boolean;
}

const PARAMETER = "request.header.X-Amz-Invocation-Type";

export async function originalApi(
  local: TestLocal,
  FunctionName: string,
  { authorizationType = "NONE", binaryMediaTypes, permitted = true }: RestApiOptions = {},
): Promise<RestApi> {
  const config = clientConfig(local.server);
  const lambda = new LambdaClient(config);
  const gateway = new APIGatewayClient(config);
  const { FunctionArn = "", Environment } = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName }));
  const [, partition, , region, account] = FunctionArn.split(":");
  const { id: restApiId = "" } = await gateway.send(
    new CreateRestApiCommand({
      name: `${FunctionName}-api`,
      description: "API created automatically with SCAR",
      endpointConfiguration: { types: ["REGIONAL"] },
      ...(binaryMediaTypes === undefined ? {} : { binaryMediaTypes }),
    }),
  );
  const { items = [] } = await gateway.send(new GetResourcesCommand({ restApiId }));
  const parentId = items.find(({ path }) => path === "/")!.id!;
  const { id: resourceId = "" } = await gateway.send(
    new CreateResourceCommand({ restApiId, parentId, pathPart: "{proxy+}" }),
  );
  const method = { restApiId, resourceId, httpMethod: "ANY" };
  await gateway.send(
    new PutMethodCommand({ ...method, authorizationType, requestParameters: { [`method.${PARAMETER}`]: false } }),
  );
  await gateway.send(
    new PutIntegrationCommand({
      ...method,
      type: "AWS_PROXY",
      integrationHttpMethod: "POST",
      uri: `arn:${partition}:apigateway:${region}:lambda:path/2015-03-31/functions/${FunctionArn}/invocations`,
      requestParameters: { [`integration.${PARAMETER}`]: `method.${PARAMETER}` },
    }),
  );
  await gateway.send(new CreateDeploymentCommand({ restApiId, stageName: "scar" }));
  const api = `arn:${partition}:execute-api:${region}:${account}:${restApiId}`;
  for (const SourceArn of permitted ? [`${api}/*`, `${api}/scar/ANY`] : []) {
    const StatementId = crypto.randomUUID();
    const Principal = "apigateway.amazonaws.com";
    const Action = "lambda:InvokeFunction";
    await lambda.send(new AddPermissionCommand({ FunctionName, StatementId, Principal, Action, SourceArn }));
  }
  const Variables = { ...Environment?.Variables, API_GATEWAY_ID: restApiId };
  await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, Environment: { Variables } }));
  await waitUntilFunctionUpdatedV2({ client: lambda, maxWaitTime: 30, minDelay: 0.05 }, { FunctionName });
  lambda.destroy();
  gateway.destroy();
  return { id: restApiId, url: `${local.server.endpoint}/_aws/execute-api/${restApiId}/scar/launch` };
}
