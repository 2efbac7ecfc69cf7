import type { RuntimeInvocation } from "./runtime-client.ts";

/** The handler's second argument, with Lambda's names. */
export function contextOf(invocation: RuntimeInvocation, env: NodeJS.ProcessEnv): Record<string, unknown> {
  return {
    /** Settable, and without effect: the environment waits for the handler's promise alone. */
    callbackWaitsForEmptyEventLoop: true,
    functionName: env["AWS_LAMBDA_FUNCTION_NAME"],
    functionVersion: env["AWS_LAMBDA_FUNCTION_VERSION"],
    memoryLimitInMB: env["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"],
    logGroupName: env["AWS_LAMBDA_LOG_GROUP_NAME"],
    logStreamName: env["AWS_LAMBDA_LOG_STREAM_NAME"],
    invokedFunctionArn: invocation.functionArn,
    clientContext: invocation.clientContext ? (JSON.parse(invocation.clientContext) as unknown) : undefined,
    awsRequestId: invocation.requestId,
    getRemainingTimeInMillis: () => Math.max(0, invocation.deadline - Date.now()),
  };
}
