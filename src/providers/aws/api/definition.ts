/** One function's REST API as API Gateway is to have it. Pure. */
import { createHash } from "node:crypto";
import type { ApiSection } from "../../../fdl/contract.ts";
import { functionArn, type Identity } from "../arn.ts";
import { ownTags } from "../plan/definition.ts";
import { BINARY_TEMPLATE, TEXT_TEMPLATE } from "./async-template.ts";
import { isBinary } from "./media-types.ts";

/** `authorizationType` of methods that are served. */
export type Authorization = ApiSection["authorizationType"];

export interface ApiDefinition {
  readonly name: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly authorizationType: Authorization;
  /** Media types whose bodies travel as bytes; none: all bodies are text. */
  readonly binaryMediaTypes: readonly string[];
  /** How API Gateway calls the function. */
  readonly uri: string;
}

/** A resource with its one method, ANY; field names are those of API Gateway's requests. */
export interface Route {
  readonly path: string;
  readonly authorizationType: Authorization;
  readonly requestParameters: Readonly<Record<string, boolean>>;
  readonly integration: {
    readonly type: "AWS" | "AWS_PROXY";
    readonly integrationHttpMethod: "POST";
    readonly uri: string;
    readonly requestParameters: Readonly<Record<string, string>>;
    readonly requestTemplates?: Readonly<Record<string, string>>;
    readonly passthroughBehavior?: "WHEN_NO_TEMPLATES";
    readonly contentHandling?: "CONVERT_TO_TEXT";
  };
  /** The one answer of an integration that is no proxy. */
  readonly answer?: {
    readonly statusCode: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly templates: Readonly<Record<string, string>>;
  };
}

const INVOCATION_TYPE = "request.header.X-Amz-Invocation-Type";
/** What a request without Content-Type counts as, what `scar invoke` sends, and what curl sends with `-d`. */
const TEXT_TYPES = ["application/json", "application/octet-stream", "application/x-www-form-urlencoded", "text/plain"];

export function defineApi(
  section: ApiSection,
  identity: Identity,
  region: string,
  functionName: string,
): ApiDefinition {
  const arn = functionArn(identity, region, functionName);
  return {
    name: section.name,
    tags: ownTags(identity, functionName),
    authorizationType: section.authorizationType,
    binaryMediaTypes: [...new Set(section.binary_media_types)].sort(),
    uri: invocationUri(identity.partition, region, arn),
  };
}

export function invocationUri(partition: string, region: string, functionArn: string): string {
  return `arn:${partition}:apigateway:${region}:lambda:path/2015-03-31/functions/${functionArn}/invocations`;
}

/** The original's `{proxy+}`, the same at the root, and `/async`: a proxy integration answers 502 when Lambda only takes the event. */
export function routesOf(api: ApiDefinition): readonly Route[] {
  return [proxy(api, "/"), proxy(api, "/{proxy+}"), asynchronous(api)];
}

function proxy({ authorizationType, uri }: ApiDefinition, path: string): Route {
  return {
    path,
    authorizationType,
    requestParameters: { [`method.${INVOCATION_TYPE}`]: false },
    integration: {
      type: "AWS_PROXY",
      integrationHttpMethod: "POST",
      uri,
      requestParameters: { [`integration.${INVOCATION_TYPE}`]: `method.${INVOCATION_TYPE}` },
    },
  };
}

function asynchronous({ authorizationType, uri, binaryMediaTypes }: ApiDefinition): Route {
  return {
    path: "/async",
    authorizationType,
    requestParameters: {},
    integration: {
      type: "AWS",
      integrationHttpMethod: "POST",
      uri,
      requestParameters: { [`integration.${INVOCATION_TYPE}`]: "'Event'" },
      requestTemplates: requestTemplates(binaryMediaTypes),
      // Another type would reach the function as it is, and be no event.
      passthroughBehavior: "WHEN_NO_TEMPLATES",
      ...(binaryMediaTypes.length > 0 && { contentHandling: "CONVERT_TO_TEXT" }),
    },
    answer: {
      statusCode: "202",
      headers: { "amz-lambda-request-id": "integration.response.header.x-amzn-RequestId" },
      templates: { "application/json": '{"message": "accepted"}' },
    },
  };
}

/** Templates are found by exact types: a range such as `image/*` takes only what is listed. */
function requestTemplates(binary: readonly string[]): Record<string, string> {
  const exact = binary.filter((type) => !type.includes("*"));
  return Object.fromEntries(
    [...new Set([...TEXT_TYPES, ...exact])].map((type) => [
      type,
      isBinary(type, binary) ? BINARY_TEMPLATE : TEXT_TEMPLATE,
    ]),
  );
}

/** Description of a deployment of this definition: by it what a stage serves is known. */
export function deploymentDescription(api: ApiDefinition): string {
  const content = JSON.stringify([routesOf(api), api.binaryMediaTypes]);
  return `scar sha256:${createHash("sha256").update(content).digest("hex")}`;
}

/** What calls the function by way of an API: any method and path of any stage, and the console's test. */
export function apiSourceArn({ partition, accountId }: Identity, region: string, apiId: string): string {
  return `arn:${partition}:execute-api:${region}:${accountId}:${apiId}/*`;
}
