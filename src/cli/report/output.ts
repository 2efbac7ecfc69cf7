/** What commands did, as the text and the JSON that SCAR's users parse (behaviour.md, section 6). */
import type { Deployed, DeployedApi } from "../../providers/aws/init.ts";
import type { DeletedApi, Removed } from "../../providers/aws/rm.ts";
import type { Updated } from "../../providers/aws/update.ts";
import type { Result } from "../command.ts";

interface SdkMetadata {
  readonly requestId?: string;
  readonly httpStatusCode?: number;
  readonly attempts?: number;
}

/** Request id and status of an SDK answer, under the original's names. */
export function brief(response: object): { RequestId: string; HTTPStatusCode: number } {
  const { requestId, httpStatusCode } = metadata(response);
  return { RequestId: requestId ?? "", HTTPStatusCode: httpStatusCode ?? 200 };
}

/** A whole SDK answer, its metadata as the original names them. */
export function whole(response: object): object {
  const { $metadata: _, ...rest } = response as { $metadata?: SdkMetadata };
  return { ResponseMetadata: { ...brief(response), RetryAttempts: (metadata(response).attempts ?? 1) - 1 }, ...rest };
}

function metadata(response: object): SdkMetadata {
  return (response as { $metadata?: SdkMetadata }).$metadata ?? {};
}

export function deployedResults(deployed: Deployed): Result[] {
  return [
    ...apiResults(deployed.api),
    functionResult(`Function '${deployed.functionName}' successfully created.`, deployed),
    deployed.createdLogGroup === undefined
      ? { text: `Using existent log group '${deployed.logGroup}'.` }
      : logGroupResult(deployed.logGroup, deployed.createdLogGroup),
  ];
}

/** The documents of init, of a function that did not change too. */
export function updatedResults(updated: Updated): Result[] {
  const { functionName: name, changed } = updated;
  const text = changed ? `Function '${name}' successfully updated.` : `Function '${name}': nothing to change.`;
  const created = updated.createdLogGroup;
  return [
    ...apiResults(updated.api),
    ...updated.deletedApis.map(deletedApiResult),
    functionResult(text, updated),
    ...(created === undefined ? [] : [logGroupResult(updated.logGroup, created)]),
  ];
}

function apiResults(api: DeployedApi | undefined): Result[] {
  if (api === undefined) return [];
  const { id: RestApiId, url: Endpoint } = api;
  return [{ text: `API Gateway endpoint: ${Endpoint}`, json: { APIGateway: { RestApiId, Endpoint } } }];
}

type AboutFunction = Pick<Deployed, "functionName" | "functionArn" | "function" | "accessKeyId">;

function functionResult(text: string, about: AboutFunction): Result {
  const { Timeout, MemorySize } = about.function as { readonly Timeout?: number; readonly MemorySize?: number };
  const { accessKeyId: AccessKey, functionArn: FunctionArn, functionName: FunctionName } = about;
  return {
    text,
    json: { LambdaOutput: { AccessKey, FunctionArn, Timeout, MemorySize, FunctionName } },
    verbose: { LambdaOutput: whole(about.function) },
  };
}

function logGroupResult(name: string, created: object): Result {
  return {
    text: `Log group '${name}' successfully created.`,
    json: { CloudWatchOutput: brief(created) },
    verbose: { CloudWatchOutput: whole(created) },
  };
}

function deletedApiResult({ id, response }: DeletedApi): Result {
  return {
    text: `API Endpoint '${id}' successfully deleted.`,
    json: { APIGateway: brief(response) },
    verbose: { APIGateway: whole(response) },
  };
}

/** In the original's order: API, log group, notifications, function. */
export function removedResults(removed: Removed): Result[] {
  const { deletedLogGroup, deletedFunction } = removed;
  const results = removed.deletedApis.map(deletedApiResult);
  if (deletedLogGroup !== undefined) {
    results.push({
      text: `Log group '${removed.logGroup}' successfully deleted.`,
      json: { CloudWatchOutput: brief(deletedLogGroup) },
      verbose: { CloudWatchOutput: whole(deletedLogGroup) },
    });
  }
  if (removed.notificationsRemoved) results.push({ text: "Bucket notifications successfully deleted." });
  if (deletedFunction !== undefined) {
    results.push({
      text: `Function '${removed.functionName}' successfully deleted.`,
      json: { LambdaOutput: brief(deletedFunction) },
      verbose: { LambdaOutput: whole(deletedFunction) },
    });
  }
  for (const place of removed.deletedPackages) results.push({ text: `Package '${place}' successfully deleted.` });
  return results;
}
