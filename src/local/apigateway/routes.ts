/** API Gateway's REST paths: which operation a request is, and those that are known and not served. */
import { AwsError, type AwsRequest, notServed } from "../service.ts";
import { badRequest } from "./errors.ts";
import type { Operation } from "./operations/context.ts";
import * as deployments from "./operations/deployments.ts";
import * as responses from "./operations/integration-responses.ts";
import * as integrations from "./operations/integrations.ts";
import * as methods from "./operations/methods.ts";
import * as resources from "./operations/resources.ts";
import * as apis from "./operations/rest-apis.ts";
import * as stages from "./operations/stages.ts";
import * as tags from "./operations/tags.ts";

type Route = readonly [method: string, path: string, operation: Operation | string];

const METHOD = "/restapis/*/resources/*/methods/*";

/** `*` stands for one part of the path, `**` for the rest. A text names an operation that is not served. */
const SERVED: readonly Route[] = [
  ["POST", "/restapis", apis.createRestApi],
  ["GET", "/restapis", apis.getRestApis],
  ["GET", "/restapis/*", apis.getRestApi],
  ["PATCH", "/restapis/*", apis.updateRestApi],
  ["DELETE", "/restapis/*", apis.deleteRestApi],
  ["GET", "/restapis/*/resources", resources.getResources],
  ["POST", "/restapis/*/resources/*", resources.createResource],
  ["GET", "/restapis/*/resources/*", resources.getResource],
  ["DELETE", "/restapis/*/resources/*", resources.deleteResource],
  ["PUT", METHOD, methods.putMethod],
  ["GET", METHOD, methods.getMethod],
  ["PATCH", METHOD, methods.updateMethod],
  ["DELETE", METHOD, methods.deleteMethod],
  ["PUT", `${METHOD}/responses/*`, methods.putMethodResponse],
  ["GET", `${METHOD}/responses/*`, methods.getMethodResponse],
  ["PATCH", `${METHOD}/responses/*`, methods.updateMethodResponse],
  ["DELETE", `${METHOD}/responses/*`, methods.deleteMethodResponse],
  ["PUT", `${METHOD}/integration`, integrations.putIntegration],
  ["GET", `${METHOD}/integration`, integrations.getIntegration],
  ["PATCH", `${METHOD}/integration`, integrations.updateIntegration],
  ["DELETE", `${METHOD}/integration`, integrations.deleteIntegration],
  ["PUT", `${METHOD}/integration/responses/*`, responses.putIntegrationResponse],
  ["GET", `${METHOD}/integration/responses/*`, responses.getIntegrationResponse],
  ["PATCH", `${METHOD}/integration/responses/*`, responses.updateIntegrationResponse],
  ["DELETE", `${METHOD}/integration/responses/*`, responses.deleteIntegrationResponse],
  ["POST", "/restapis/*/deployments", deployments.createDeployment],
  ["GET", "/restapis/*/deployments", deployments.getDeployments],
  ["GET", "/restapis/*/deployments/*", deployments.getDeployment],
  ["DELETE", "/restapis/*/deployments/*", deployments.deleteDeployment],
  ["POST", "/restapis/*/stages", stages.createStage],
  ["GET", "/restapis/*/stages", stages.getStages],
  ["GET", "/restapis/*/stages/*", stages.getStage],
  ["PATCH", "/restapis/*/stages/*", stages.updateStage],
  ["DELETE", "/restapis/*/stages/*", stages.deleteStage],
  ["GET", "/tags/**", tags.getTags],
  ["PUT", "/tags/**", tags.tagResource],
  ["DELETE", "/tags/**", tags.untagResource],
];

/** Verb and path of the others, as AWS's API reference has them. */
const NAMED: readonly Route[] = [
  ["PUT", "/restapis/*", "PutRestApi"],
  ["PATCH", "/restapis/*/resources/*", "UpdateResource"],
  ["POST", METHOD, "TestInvokeMethod"],
  ["PATCH", "/restapis/*/deployments/*", "UpdateDeployment"],
  ["DELETE", "/restapis/*/stages/*/cache/authorizers", "FlushStageAuthorizersCache"],
  ["DELETE", "/restapis/*/stages/*/cache/data", "FlushStageCache"],
  ["GET", "/restapis/*/stages/*/exports/*", "GetExport"],
  ["GET", "/restapis/*/stages/*/sdks/*", "GetSdk"],
  ["PUT", "/restapis/*/documentation/parts", "ImportDocumentationParts"],
  ["GET", "/restapis/*/models/*/default_template", "GetModelTemplate"],
  ["POST", "/restapis/*/authorizers/*", "TestInvokeAuthorizer"],
  ["PUT", "/restapis/*/gatewayresponses/*", "PutGatewayResponse"],
  ["GET", "/account", "GetAccount"],
  ["PATCH", "/account", "UpdateAccount"],
  ["GET", "/usageplans/*/usage", "GetUsage"],
  ["PATCH", "/usageplans/*/keys/*/usage", "UpdateUsage"],
  ["POST", "/clientcertificates", "GenerateClientCertificate"],
  ["POST", "/rejectdomainnameaccessassociations", "RejectDomainNameAccessAssociation"],
  ...collection("/restapis/*/authorizers", "Authorizer"),
  ...collection("/restapis/*/documentation/parts", "DocumentationPart"),
  ...collection("/restapis/*/documentation/versions", "DocumentationVersion"),
  ...collection("/restapis/*/gatewayresponses", "GatewayResponse"),
  ...collection("/restapis/*/models", "Model"),
  ...collection("/restapis/*/requestvalidators", "RequestValidator"),
  ...collection("/domainnames/*/basepathmappings", "BasePathMapping"),
  ...collection("/usageplans/*/keys", "UsagePlanKey"),
  ...collection("/apikeys", "ApiKey"),
  ...collection("/clientcertificates", "ClientCertificate"),
  ...collection("/domainnameaccessassociations", "DomainNameAccessAssociation"),
  ...collection("/domainnames", "DomainName"),
  ...collection("/sdktypes", "SdkType"),
  ...collection("/usageplans", "UsagePlan"),
  ...collection("/vpclinks", "VpcLink"),
];

/** The five operations of things of one kind. */
function collection(path: string, kind: string): readonly Route[] {
  return [
    ["POST", path, `Create${kind}`],
    ["GET", path, `Get${kind}s`],
    ["GET", `${path}/**`, `Get${kind}`],
    ["PATCH", `${path}/**`, `Update${kind}`],
    ["DELETE", `${path}/**`, `Delete${kind}`],
  ];
}

const COMPILED = [...SERVED, ...NAMED].map(([method, path, operation]) => ({
  method,
  pattern: new RegExp(`^${path.replace(/\*\*|\*/g, (star) => (star === "**" ? "(.+)" : "([^/]+)"))}/?$`),
  operation,
}));

export interface Routed {
  readonly operation: Operation;
  /** Decoded. */
  readonly args: readonly string[];
}

/** Throws AwsError: 501 with the name of an operation that is not served, 404 for a path that is none of API Gateway's. */
export function route({ method, path }: Pick<AwsRequest, "method" | "path">): Routed {
  for (const candidate of COMPILED) {
    const match = candidate.method === method ? candidate.pattern.exec(path) : null;
    if (!match) continue;
    if (typeof candidate.operation === "string") throw notServed(candidate.operation);
    return { operation: candidate.operation, args: match.slice(1).map(decode) };
  }
  // HTTP and WebSocket APIs, whose clients sign with the same name.
  if (path.startsWith("/v2/")) throw notServed(`API Gateway V2 (${method} ${path})`);
  throw new AwsError(
    404,
    "UnknownOperationException",
    `${method} ${path} is no operation of API Gateway that is known here`,
  );
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw badRequest(`The path is not well encoded: ${text}`);
  }
}
