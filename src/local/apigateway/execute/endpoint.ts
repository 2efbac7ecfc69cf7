/** Requests to deployed APIs: from the address to the function and back. */
import { readBody } from "../../http/body.ts";
import type { Credentials } from "../../http/credentials.ts";
import { misbehave } from "../../http/misbehave.ts";
import { AwsError, type AwsResponse, type LocalSettings, type OpenRequest } from "../../service.ts";
import type { ApiStore } from "../store.ts";
import { domainName, type ExecuteAddress, executeAddress } from "./address.ts";
import { authorize, nothingThere } from "./authorize.ts";
import { type CallPorts, callFunction } from "./call-function.ts";
import { checkHead, headerValues, newTracing, queryValues, type Tracing } from "./client-request.ts";
import type { Exchange } from "./exchange.ts";
import { mappedEvent } from "./mapped-event.ts";
import { mappedResponse } from "./mapped-response.ts";
import { checkOwnOrigin } from "./own-origin.ts";
import { proxyEvent } from "./proxy-event.ts";
import { proxyResponse } from "./proxy-response.ts";
import { bodyTooLarge, forbidden, internalError, Refusal, refusalResponse } from "./refusal.ts";
import { routeTo } from "./routing.ts";

/** Bytes, AWS's limit. */
const MAX_BODY = 10 * 1024 * 1024;

export interface ExecutePorts {
  readonly store: ApiStore;
  readonly settings: LocalSettings;
  readonly credentials: Credentials;
  readonly functions: CallPorts["functions"];
}

/** Answers a request whose address is an API's. Never rejects for what a client did. */
export async function serveExecute(ports: ExecutePorts, request: OpenRequest): Promise<AwsResponse> {
  const address = executeAddress(request.headers.host, request.path)!;
  const tracing = newTracing(request);
  const apigwId = { "x-amz-apigw-id": tracing.extendedRequestId };
  try {
    const exchange = await admit(ports, request, address, tracing);
    const { headers, ...response } = await serve(ports, exchange);
    return { ...response, headers: { ...headers, ...apigwId, "X-Amzn-Trace-Id": tracing.traceId } };
  } catch (error) {
    const refusal = error instanceof AwsError ? new Refusal(error.status, error.code, error.message) : error;
    if (!(refusal instanceof Refusal)) throw error;
    const { headers, ...response } = refusalResponse(refusal);
    return { ...response, headers: { ...headers, ...apigwId } };
  }
}

/** All that is checked before the function is called, in API Gateway's order. Throws refusals. */
async function admit(
  { store, settings, credentials }: ExecutePorts,
  request: OpenRequest,
  address: ExecuteAddress,
  tracing: Tracing,
): Promise<Exchange> {
  const time = Date.now();
  checkOwnOrigin(request.headers);
  checkHead(request);
  await misbehave(settings.behaviour, "execute-api");
  const api = store.get(address.apiId);
  const stage = api?.stages.find(({ stageName }) => stageName === address.stage);
  const deployment = api?.deployments.find(({ id }) => id === stage?.deploymentId);
  if (!api || !stage || !deployment || api.disableExecuteApiEndpoint) throw forbidden();
  const { resources, binaryMediaTypes } = deployment.snapshot;
  const route = routeTo(resources, address.path, request.method);
  if (!route) throw nothingThere(request);
  if (Number(request.headers["content-length"] ?? 0) > MAX_BODY) throw bodyTooLarge(MAX_BODY);
  const body = await readBody(request.body, MAX_BODY).catch((error: unknown) => {
    throw error instanceof AwsError && error.status === 413 ? bodyTooLarge(MAX_BODY) : error;
  });
  return {
    request,
    address,
    api,
    stage,
    binaryMediaTypes,
    route,
    caller: route.method.authorizationType === "AWS_IAM" ? authorize(request, body, credentials) : undefined,
    headers: headerValues(request, tracing),
    query: queryValues(request),
    body,
    tracing,
    accountId: settings.accountId,
    domainName: domainName(api.id, settings.port),
    time,
  };
}

async function serve({ functions, settings }: ExecutePorts, exchange: Exchange): Promise<AwsResponse> {
  const integration = exchange.route.method.methodIntegration;
  if (!integration) throw internalError();
  const call = { functions, region: settings.region };
  if (integration.type === "AWS") {
    await callFunction(call, exchange, integration, mappedEvent(exchange, integration));
    return mappedResponse(exchange, integration);
  }
  const payload = await callFunction(call, exchange, integration, proxyEvent(exchange));
  return proxyResponse(payload, exchange.request.headers.accept, exchange.binaryMediaTypes);
}
