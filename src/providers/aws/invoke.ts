/** Calls a function through its HTTP endpoint, as scar and the original make them. */
import { GetFunctionConfigurationCommand, type LambdaClient } from "@aws-sdk/client-lambda";
import { ScarError } from "../../errors.ts";
import { ENV } from "../../fdl/contract.ts";
import { type EndpointPath, endpointUrl } from "./api/endpoint.ts";
import { parseArn } from "./arn.ts";
import type { AwsClients } from "./clients.ts";
import { type Answer, readAnswer } from "./endpoint/answer.ts";
import { type ApiFacts, apiFacts } from "./endpoint/api.ts";
import { call } from "./endpoint/call.ts";
import { failureOf } from "./endpoint/failure.ts";
import { type Data, messageOf } from "./endpoint/message.ts";
import { type Query, queryString } from "./endpoint/query.ts";
import { signed } from "./endpoint/sign.ts";
import { functionNotFound, isAwsError } from "./errors.ts";

export interface EndpointInvocation {
  readonly functionName: string;
  readonly data: Data;
  readonly query: Query;
  readonly asynchronous: boolean;
  /** What the configuration says; counts where the API may not be read. */
  readonly authorization: string;
  /** For the proxy's variables. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  readonly notice: (text: string) => void;
}

export interface Invoked {
  readonly answer: Answer;
  /** Why it failed; undefined when it did not. */
  readonly failure: ScarError | undefined;
}

/** Asks API Gateway's proxy for an asynchronous call; scar's own route does so by itself. */
const EVENT = { "x-amz-invocation-type": "Event" };

/** Sends one request, once. Throws `FunctionNotFound`, `NoEndpoint`, `ApiNotFound`, `PayloadTooLarge`, and what keeps the request from an answer. */
export async function invokeEndpoint(clients: AwsClients, invocation: EndpointInvocation): Promise<Invoked> {
  const { functionName, asynchronous, notice } = invocation;
  const { apiId, partition } = await apiOf(await clients.lambda(), functionName);
  const facts = await factsOf(clients, apiId, invocation);
  const { binaryMediaTypes, authorization, hasAsync } = facts;
  const message = messageOf(invocation.data, facts, asynchronous);
  const path: EndpointPath = asynchronous && hasAsync ? "async" : "launch";
  const url = new URL(endpointUrl(clients.session, partition, apiId, path));
  url.search = queryString(invocation.query);
  const plain = { ...message, url, headers: { ...message.headers, ...(asynchronous && !hasAsync ? EVENT : {}) } };
  const isSigned = authorization === "AWS_IAM";
  const request = isSigned
    ? await signed(plain, clients.session.region, (await clients.lambda()).config.credentials)
    : plain;
  const answer = readAnswer(
    functionName,
    await call(request, invocation.env, invocation.signal),
    binaryMediaTypes.length > 0,
  );
  // The proxy wants an answer of the function's, and gets Lambda's: that the event was taken.
  if (asynchronous && !hasAsync && answer.response.status === 502) {
    notice(
      `The API '${apiId}' answered 502, as AWS does to asynchronous calls through a proxy integration: Lambda took the event.`,
    );
    return { answer, failure: undefined };
  }
  return { answer, failure: failureOf({ functionName, apiId, signed: isSigned, authorization }, answer) };
}

async function apiOf(lambda: LambdaClient, functionName: string): Promise<{ apiId: string; partition: string }> {
  try {
    const { Environment, FunctionArn = "" } = await lambda.send(
      new GetFunctionConfigurationCommand({ FunctionName: functionName }),
    );
    const apiId = Environment?.Variables?.[ENV.apiGatewayId];
    if (apiId) return { apiId, partition: parseArn(FunctionArn).partition };
  } catch (error) {
    throw isAwsError(error, "ResourceNotFoundException") ? functionNotFound(functionName, error) : error;
  }
  throw new ScarError("NoEndpoint", `Function '${functionName}' has no API: there is no endpoint to call`, {
    hint: `'scar run -n ${functionName}' runs it; api_gateway.name in its file and 'scar update -f' give it one`,
  });
}

async function factsOf(
  clients: AwsClients,
  apiId: string,
  { functionName, authorization, notice }: EndpointInvocation,
): Promise<ApiFacts> {
  let facts: ApiFacts | undefined;
  try {
    facts = await apiFacts(await clients.apiGateway(), apiId);
  } catch (error) {
    if (!isAwsError(error, "AccessDeniedException")) throw error;
    // Who may call an endpoint need not be allowed to look at it: then it is called as the original calls its own.
    notice(`You may not read the API '${apiId}' (apigateway:GET): it is called as one without binary media types.`);
    return { binaryMediaTypes: [], hasAsync: false, authorization };
  }
  if (facts !== undefined) return facts;
  throw new ScarError("ApiNotFound", `the API '${apiId}' of function '${functionName}' does not exist any more`, {
    hint: `'scar run -n ${functionName}' runs the function without it; 'scar update -f' makes a new one`,
  });
}
