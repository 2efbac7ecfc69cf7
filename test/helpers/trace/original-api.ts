/** What SCAR 4.3.1 makes of the API of a function (c09-api-gateway). */
import { ACCOUNT, type TraceApi, type TracePermission } from "./account.ts";

const HEADER = "request.header.X-Amz-Invocation-Type";
const LAMBDA = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/";

export function originalApi(functionName: string): TraceApi {
  const uri = `${LAMBDA}arn:aws:lambda:us-east-1:${ACCOUNT}:function:${functionName}/invocations`;
  const requestParameters = { [`integration.${HEADER}`]: `method.${HEADER}` };
  const any = {
    authorizationType: "NONE",
    requestParameters: { [`method.${HEADER}`]: false },
    integration: { type: "AWS_PROXY", httpMethod: "POST", uri, requestParameters },
  };
  return {
    name: functionName,
    description: "API created automatically with SCAR",
    types: ["REGIONAL"],
    tags: {},
    methods: { "/{proxy+}": { ANY: any } },
    stages: ["scar"],
  };
}

export const originalPermissions = (id: string): TracePermission[] =>
  ["*", "scar/ANY"].map((path) => ({
    principal: "apigateway.amazonaws.com",
    source: `arn:aws:execute-api:us-east-1:${ACCOUNT}:${id}/${path}`,
    account: undefined,
  }));
