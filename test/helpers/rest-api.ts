/** A REST API as SCAR 4.3.1 makes it (test/fixtures/traces/c09-api-gateway.json), for a function that is there: on the local AWS, with the official SDK. */
import {
  AddPermissionCommand,
  GetFunctionConfigurationCommand,
  LambdaClient,
  UpdateFunctionConfigurationCommand,
  waitUntilFunctionUpdatedV2,
} from "@aws-sdk/client-lambda";
import { apiGateway, createOriginalApi, type OriginalApi } from "./apis.ts";
import type { TestLocal } from "./local.ts";
import { clientConfig } from "./local-clients.ts";

export interface RestApi {
  readonly id: string;
  /** Of the path `launch`. */
  readonly url: string;
}

export interface RestApiOptions extends Pick<OriginalApi, "authorizationType" | "binaryMediaTypes"> {
  /** Whether the API may call the function; default true. */
  readonly permitted?: boolean;
}

export async function originalApi(
  local: TestLocal,
  FunctionName: string,
  { permitted = true, ...kind }: RestApiOptions = {},
): Promise<RestApi> {
  const lambda = new LambdaClient(clientConfig(local.server));
  const gateway = apiGateway(local.server);
  const { FunctionArn = "", Environment } = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName }));
  const [, partition, , region, account] = FunctionArn.split(":");
  const restApiId = await createOriginalApi(gateway, {
    name: `${FunctionName}-api`,
    functionArn: FunctionArn,
    ...kind,
  });
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
