/** What commands did, as the text and the JSON that SCAR's users parse (behaviour.md, section 6). */
import type { Deployed } from "../../providers/aws/init.ts";
import type { Removed } from "../../providers/aws/rm.ts";
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
  const made = deployed.function as { readonly Timeout?: number; readonly MemorySize?: number };
  return [
    {
      text: `Function '${deployed.functionName}' successfully created.`,
      json: {
        LambdaOutput: {
          AccessKey: deployed.accessKeyId,
          FunctionArn: deployed.functionArn,
          Timeout: made.Timeout,
          MemorySize: made.MemorySize,
          FunctionName: deployed.functionName,
        },
      },
      verbose: { LambdaOutput: whole(deployed.function) },
    },
    deployed.createdLogGroup === undefined
      ? { text: `Using existent log group '${deployed.logGroup}'.` }
      : {
          text: `Log group '${deployed.logGroup}' successfully created.`,
          json: { CloudWatchOutput: brief(deployed.createdLogGroup) },
          verbose: { CloudWatchOutput: whole(deployed.createdLogGroup) },
        },
  ];
}

/** In the original's order: log group, notifications, function. */
export function removedResults(removed: Removed): Result[] {
  const { deletedLogGroup, deletedFunction } = removed;
  const results: Result[] = [];
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
