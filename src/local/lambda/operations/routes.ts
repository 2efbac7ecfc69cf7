/** Lambda's REST paths: which operation a request is, and those that are known and not served. */
import { AwsError, type AwsRequest, notServed } from "../../service.ts";
import { checkQualifier } from "../names.ts";
import * as concurrency from "./concurrency.ts";
import type { Operation } from "./context.ts";
import * as downloads from "./download.ts";
import * as asynchronous from "./event-invoke.ts";
import * as functions from "./functions.ts";
import { invoke } from "./invoke.ts";
import * as layers from "./layers.ts";
import * as permissions from "./permissions.ts";

type Route = readonly [method: string, path: string, operation: Operation | string];

/** `*` stands for one part of the path, `**` for the rest (an ARN with its slashes). A text names an operation that is not served. */
const ROUTES: readonly Route[] = [
  ["POST", "/2015-03-31/functions/*/invocations", invoke],
  ["GET", "/snapshots/functions/*/*", downloads.downloadCode],
  ["GET", "/snapshots/layers/*/*", downloads.downloadContent],
  ["POST", "/2015-03-31/functions", functions.createFunction],
  ["GET", "/2015-03-31/functions", functions.listFunctions],
  ["GET", "/2015-03-31/functions/*", functions.getFunction],
  ["DELETE", "/2015-03-31/functions/*", functions.deleteFunction],
  ["GET", "/2015-03-31/functions/*/configuration", functions.getFunctionConfiguration],
  ["PUT", "/2015-03-31/functions/*/configuration", functions.updateFunctionConfiguration],
  ["PUT", "/2015-03-31/functions/*/code", functions.updateFunctionCode],
  ["POST", "/2015-03-31/functions/*/policy", permissions.addPermission],
  ["GET", "/2015-03-31/functions/*/policy", permissions.getPolicy],
  ["DELETE", "/2015-03-31/functions/*/policy/*", permissions.removePermission],
  ["GET", "/2017-03-31/tags/**", permissions.listTags],
  ["POST", "/2017-03-31/tags/**", permissions.tagResource],
  ["DELETE", "/2017-03-31/tags/**", permissions.untagResource],
  ["GET", "/2018-10-31/layers", layers.listLayers],
  ["POST", "/2018-10-31/layers/*/versions", layers.publishLayerVersion],
  ["GET", "/2018-10-31/layers/*/versions", layers.listLayerVersions],
  ["GET", "/2018-10-31/layers/*/versions/*", layers.getLayerVersion],
  ["DELETE", "/2018-10-31/layers/*/versions/*", layers.deleteLayerVersion],
  ["POST", "/2018-10-31/layers/*/versions/*/policy", "AddLayerVersionPermission"],
  ["GET", "/2018-10-31/layers/*/versions/*/policy", "GetLayerVersionPolicy"],
  ["DELETE", "/2018-10-31/layers/*/versions/*/policy/*", "RemoveLayerVersionPermission"],
  ["POST", "/2014-11-13/functions/*/invoke-async", "InvokeAsync"],
  ["POST", "/2021-11-15/functions/*/response-streaming-invocations", "InvokeWithResponseStream"],
  ["POST", "/2015-03-31/functions/*/versions", "PublishVersion"],
  ["GET", "/2015-03-31/functions/*/versions", "ListVersionsByFunction"],
  ["POST", "/2015-03-31/functions/*/aliases", "CreateAlias"],
  ["GET", "/2015-03-31/functions/*/aliases", "ListAliases"],
  ["GET", "/2015-03-31/functions/*/aliases/*", "GetAlias"],
  ["PUT", "/2015-03-31/functions/*/aliases/*", "UpdateAlias"],
  ["DELETE", "/2015-03-31/functions/*/aliases/*", "DeleteAlias"],
  ["PUT", "/2017-10-31/functions/*/concurrency", concurrency.putFunctionConcurrency],
  ["DELETE", "/2017-10-31/functions/*/concurrency", concurrency.deleteFunctionConcurrency],
  ["GET", "/2019-09-30/functions/*/concurrency", concurrency.getFunctionConcurrency],
  ["PUT", "/2019-09-30/functions/*/provisioned-concurrency", "PutProvisionedConcurrencyConfig"],
  ["GET", "/2019-09-30/functions/*/provisioned-concurrency", "GetProvisionedConcurrencyConfig"],
  ["DELETE", "/2019-09-30/functions/*/provisioned-concurrency", "DeleteProvisionedConcurrencyConfig"],
  ["PUT", "/2019-09-25/functions/*/event-invoke-config", asynchronous.putEventInvokeConfig],
  ["POST", "/2019-09-25/functions/*/event-invoke-config", asynchronous.updateEventInvokeConfig],
  ["GET", "/2019-09-25/functions/*/event-invoke-config", asynchronous.getEventInvokeConfig],
  ["GET", "/2019-09-25/functions/*/event-invoke-config/list", asynchronous.listEventInvokeConfigs],
  ["DELETE", "/2019-09-25/functions/*/event-invoke-config", asynchronous.deleteEventInvokeConfig],
  ["POST", "/2021-10-31/functions/*/url", "CreateFunctionUrlConfig"],
  ["GET", "/2021-10-31/functions/*/url", "GetFunctionUrlConfig"],
  ["PUT", "/2021-10-31/functions/*/url", "UpdateFunctionUrlConfig"],
  ["DELETE", "/2021-10-31/functions/*/url", "DeleteFunctionUrlConfig"],
  ["GET", "/2021-10-31/functions/*/urls", "ListFunctionUrlConfigs"],
  ["GET", "/2020-06-30/functions/*/code-signing-config", "GetFunctionCodeSigningConfig"],
  ["PUT", "/2020-06-30/functions/*/code-signing-config", "PutFunctionCodeSigningConfig"],
  ["DELETE", "/2020-06-30/functions/*/code-signing-config", "DeleteFunctionCodeSigningConfig"],
  ["GET", "/2021-07-20/functions/*/runtime-management-config", "GetRuntimeManagementConfig"],
  ["PUT", "/2021-07-20/functions/*/runtime-management-config", "PutRuntimeManagementConfig"],
  ["GET", "/2024-08-31/functions/*/recursion-config", "GetFunctionRecursionConfig"],
  ["PUT", "/2024-08-31/functions/*/recursion-config", "PutFunctionRecursionConfig"],
  ["POST", "/2015-03-31/event-source-mappings", "CreateEventSourceMapping"],
  ["GET", "/2015-03-31/event-source-mappings", "ListEventSourceMappings"],
  ["GET", "/2015-03-31/event-source-mappings/*", "GetEventSourceMapping"],
  ["PUT", "/2015-03-31/event-source-mappings/*", "UpdateEventSourceMapping"],
  ["DELETE", "/2015-03-31/event-source-mappings/*", "DeleteEventSourceMapping"],
  ["GET", "/2016-08-19/account-settings", concurrency.getAccountSettings],
];

const COMPILED = ROUTES.map(([method, path, operation]) => ({
  method,
  pattern: new RegExp(`^${path.replace(/\*\*|\*/g, (star) => (star === "**" ? "(.+)" : "([^/]+)"))}/?$`),
  operation,
}));

export interface Routed {
  readonly operation: Operation;
  /** Decoded. */
  readonly args: readonly string[];
}

/** Throws AwsError: 501 with the name of an operation that is not served, 404 for a path that is none of Lambda's. */
export function route(request: Pick<AwsRequest, "method" | "path" | "query">): Routed {
  const { method, path, query } = request;
  for (const candidate of COMPILED) {
    if (candidate.method !== method) continue;
    const match = candidate.pattern.exec(path);
    if (!match) continue;
    if (typeof candidate.operation === "string") throw notServed(candidate.operation);
    checkQualifier(query.get("Qualifier") ?? "$LATEST");
    const byArn = candidate.operation === layers.listLayers && query.get("find") === "LayerVersion";
    return { operation: byArn ? layers.getLayerVersionByArn : candidate.operation, args: match.slice(1).map(decode) };
  }
  throw new AwsError(
    404,
    "UnknownOperationException",
    `${method} ${path} is no operation of Lambda that is known here`,
  );
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new AwsError(400, "ValidationException", `The path is not well encoded: ${text}`);
  }
}
