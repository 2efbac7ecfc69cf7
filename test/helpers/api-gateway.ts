/** REST APIs of the local AWS by signed requests, as the official SDKs send them (`@aws-sdk/client-api-gateway` is no dependency). */
import { type IncomingHttpHeaders, request } from "node:http";
import { AddPermissionCommand, type LambdaClient } from "@aws-sdk/client-lambda";
import type { LocalServer } from "../../src/local/control.ts";
import { send, sign } from "./local-signed.ts";

export interface GatewayAnswer {
  readonly status: number;
  /** `X-Amzn-ErrorType` */
  readonly error: string | undefined;
  // biome-ignore lint/suspicious/noExplicitAny: whatever document it is
  readonly document: any;
}

/** One request of the control plane. */
export async function gateway(
  server: LocalServer,
  method: string,
  path: string,
  input?: unknown,
): Promise<GatewayAnswer> {
  const body = input === undefined ? "" : JSON.stringify(input);
  const headers = { accept: "application/json", "content-type": "application/json" };
  const raw = { port: server.port, method, path, body, headers };
  const { status, headers: answered, text } = await send(sign(raw, { ...server, service: "apigateway" }));
  const error = answered["x-amzn-errortype"];
  return {
    status,
    error: typeof error === "string" ? error : undefined,
    document: text === "" ? undefined : JSON.parse(text),
  };
}

/** The same, which must succeed; its document. */
export async function gatewayOk(server: LocalServer, method: string, path: string, input?: unknown) {
  const { status, document } = await gateway(server, method, path, input);
  if (status >= 300) throw new Error(`${method} ${path}: ${status} ${JSON.stringify(document)}`);
  return document;
}

export const lambdaUri = (functionArn: string): string =>
  `arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/${functionArn}/invocations`;

const INVOCATION_TYPE = "method.request.header.X-Amz-Invocation-Type";

/** What SCAR and scar put before a function: ANY with AWS_PROXY, the header X-Amz-Invocation-Type passed on. */
export async function proxyMethod(
  server: LocalServer,
  resource: string,
  functionArn: string,
  {
    verb = "ANY",
    authorizationType = "NONE",
    timeoutInMillis,
  }: { verb?: string; authorizationType?: string; timeoutInMillis?: number } = {},
): Promise<void> {
  const path = `${resource}/methods/${verb}`;
  await gatewayOk(server, "PUT", path, { authorizationType, requestParameters: { [INVOCATION_TYPE]: false } });
  await gatewayOk(server, "PUT", `${path}/integration`, {
    type: "AWS_PROXY",
    httpMethod: "POST",
    uri: lambdaUri(functionArn),
    requestParameters: { "integration.request.header.X-Amz-Invocation-Type": INVOCATION_TYPE },
    timeoutInMillis,
  });
}

export interface ProxyApi {
  readonly id: string;
  /** `/restapis/ID` */
  readonly path: string;
  readonly rootId: string;
  /** The resource `/{proxy+}`. */
  readonly proxyId: string;
}

/** A REGIONAL API with ANY on `/` and `/{proxy+}`, not deployed. */
export async function proxyApi(
  server: LocalServer,
  functionArn: string,
  more: object = {},
  method: Parameters<typeof proxyMethod>[3] = {},
): Promise<ProxyApi> {
  const input = { name: "api", endpointConfiguration: { types: ["REGIONAL"] }, ...more };
  const { id, rootResourceId: rootId } = await gatewayOk(server, "POST", "/restapis", input);
  const path = `/restapis/${id}`;
  const proxy = await gatewayOk(server, "POST", `${path}/resources/${rootId}`, { pathPart: "{proxy+}" });
  for (const resource of [rootId, proxy.id])
    await proxyMethod(server, `${path}/resources/${resource}`, functionArn, method);
  return { id, path, rootId, proxyId: proxy.id };
}

export const deploy = (server: LocalServer, api: Pick<ProxyApi, "path">, stageName = "scar"): Promise<{ id: string }> =>
  gatewayOk(server, "POST", `${api.path}/deployments`, { stageName });

/** What an API answered, body as bytes. */
export interface ApiAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly text: string;
  /** The body as JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: what a function of a test answers
  json(): any;
}

export interface ApiRequest {
  readonly method?: string;
  /** Values of a list are sent one by one. */
  readonly headers?: Readonly<Record<string, string | string[]>>;
  readonly body?: string | Buffer;
}

/** A request to `/_aws/execute-api/…`, or any other path, exactly as given. */
export function askApi(port: number, path: string, { method, headers, body }: ApiRequest = {}): Promise<ApiAnswer> {
  return new Promise((resolve, reject) => {
    const length = body === undefined ? {} : { "content-length": String(Buffer.byteLength(body)) };
    const options = {
      host: "127.0.0.1",
      port,
      method: method ?? (body === undefined ? "GET" : "POST"),
      path,
      headers: { ...length, ...headers },
      agent: false,
    };
    const sent = request(options, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        const bytes = Buffer.concat(chunks);
        const text = bytes.toString();
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: bytes,
          text,
          json: () => JSON.parse(text),
        });
      });
    });
    // A server that refuses a large body may close before it has all of it.
    sent.on("error", reject);
    sent.end(body);
  });
}

/** Lets API Gateway invoke a function for an API. */
export async function allow(
  lambda: LambdaClient,
  functionName: string,
  apiId: string,
  more = "/*",
  statement = "api",
): Promise<void> {
  await lambda.send(
    new AddPermissionCommand({
      FunctionName: functionName,
      StatementId: `${statement}-${apiId}`,
      Action: "lambda:InvokeFunction",
      Principal: "apigateway.amazonaws.com",
      SourceArn: `arn:aws:execute-api:us-east-1:000000000000:${apiId}${more}`,
      SourceAccount: "000000000000",
    }),
  );
}

/** The asynchronous route of scar's APIs. */
export async function asyncRoute(
  server: LocalServer,
  api: ProxyApi,
  functionArn: string,
  requestTemplates: Record<string, string>,
  contentHandling?: string,
): Promise<void> {
  const { id } = await gatewayOk(server, "POST", `${api.path}/resources/${api.rootId}`, { pathPart: "async" });
  const path = `${api.path}/resources/${id}/methods/ANY`;
  await gatewayOk(server, "PUT", path, { authorizationType: "NONE" });
  await gatewayOk(server, "PUT", `${path}/integration`, {
    type: "AWS",
    httpMethod: "POST",
    uri: lambdaUri(functionArn),
    requestParameters: { "integration.request.header.X-Amz-Invocation-Type": "'Event'" },
    passthroughBehavior: "WHEN_NO_TEMPLATES",
    requestTemplates,
    contentHandling,
  });
  await gatewayOk(server, "PUT", `${path}/responses/202`, {
    responseParameters: { "method.response.header.amz-lambda-request-id": false },
  });
  await gatewayOk(server, "PUT", `${path}/integration/responses/202`, {
    responseParameters: {
      "method.response.header.amz-lambda-request-id": "integration.response.header.x-amzn-RequestId",
    },
    responseTemplates: { "application/json": '{"message": "accepted"}' },
  });
}
