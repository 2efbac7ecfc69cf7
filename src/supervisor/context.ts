/** What the supervisor uses of the Lambda context object of the Node.js runtimes. */
export interface InvocationContext {
  readonly awsRequestId: string;
  readonly functionName: string;
  readonly logGroupName: string;
  readonly logStreamName: string;
  /** Milliseconds until Lambda ends the invocation. */
  getRemainingTimeInMillis(): number;
}
