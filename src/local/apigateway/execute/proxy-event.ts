/** The event that a function gets through AWS_PROXY: payload format 1.0. */
import { orNull } from "./client-request.ts";
import type { Exchange } from "./exchange.ts";
import { DEFAULT_TYPE, isBinary } from "./media-types.ts";

export function proxyEvent(exchange: Exchange): unknown {
  const { request, address, stage, route, headers, query, body, binaryMediaTypes } = exchange;
  const binary = body.length > 0 && isBinary(request.headers["content-type"] ?? DEFAULT_TYPE, binaryMediaTypes);
  return {
    resource: route.resource.path,
    path: address.path,
    httpMethod: request.method,
    headers: headers.single,
    multiValueHeaders: headers.multi,
    queryStringParameters: orNull(query.single),
    multiValueQueryStringParameters: orNull(query.multi),
    pathParameters: route.pathParameters,
    stageVariables: orNull(stage.variables ?? {}),
    requestContext: requestContext(exchange),
    body: body.length === 0 ? null : body.toString(binary ? "base64" : "utf8"),
    isBase64Encoded: binary,
  };
}

function requestContext({
  request,
  address,
  api,
  stage,
  route,
  caller,
  tracing,
  accountId,
  domainName,
  time,
}: Exchange): unknown {
  return {
    resourceId: route.resource.id,
    resourcePath: route.resource.path,
    httpMethod: request.method,
    extendedRequestId: tracing.extendedRequestId,
    requestTime: clfTime(time),
    path: `/${stage.stageName}${address.path}`,
    accountId,
    protocol: `HTTP/${request.httpVersion}`,
    stage: stage.stageName,
    domainPrefix: api.id,
    requestTimeEpoch: time,
    requestId: request.requestId,
    identity: {
      cognitoIdentityPoolId: null,
      accountId: caller?.identity.accountId ?? null,
      cognitoIdentityId: null,
      caller: caller?.identity.userId ?? null,
      sourceIp: request.remoteAddress,
      principalOrgId: null,
      accessKey: caller?.accessKey ?? null,
      cognitoAuthenticationType: null,
      cognitoAuthenticationProvider: null,
      userArn: caller?.identity.arn ?? null,
      userAgent: request.headers["user-agent"] ?? null,
      user: caller?.identity.userId ?? null,
    },
    domainName,
    deploymentId: stage.deploymentId,
    apiId: api.id,
  };
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** `09/Apr/2015:12:34:56 +0000` */
export function clfTime(time: number): string {
  const [, year, month, day, clock] = /^(\d+)-(\d\d)-(\d\d)T([\d:]{8})/.exec(new Date(time).toISOString())!;
  return `${day}/${MONTHS[Number(month) - 1]}/${year}:${clock} +0000`;
}
