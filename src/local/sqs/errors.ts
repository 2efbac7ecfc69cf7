/** SQS's errors: JSON documents, with the codes of the older query protocol beside them, by which boto3 and the CLI know them. */
import { AwsError, type AwsResponse } from "../service.ts";

/** Where the query protocol has another code than JSON. */
const QUERY_CODES: Readonly<Record<string, string>> = {
  QueueDoesNotExist: "AWS.SimpleQueueService.NonExistentQueue",
  QueueNameExists: "QueueAlreadyExists",
  MessageNotInflight: "AWS.SimpleQueueService.MessageNotInflight",
  EmptyBatchRequest: "AWS.SimpleQueueService.EmptyBatchRequest",
  TooManyEntriesInBatchRequest: "AWS.SimpleQueueService.TooManyEntriesInBatchRequest",
  BatchEntryIdsNotDistinct: "AWS.SimpleQueueService.BatchEntryIdsNotDistinct",
  InvalidBatchEntryId: "AWS.SimpleQueueService.InvalidBatchEntryId",
  BatchRequestTooLong: "AWS.SimpleQueueService.BatchRequestTooLong",
};

export function errorAnswer({ status, code, message }: AwsError): AwsResponse {
  const fault = status < 500 ? "Sender" : "Receiver";
  return {
    status,
    headers: {
      "content-type": "application/x-amz-json-1.0",
      "x-amzn-query-error": `${QUERY_CODES[code] ?? code};${fault}`,
    },
    body: JSON.stringify({ __type: `com.amazonaws.sqs#${code}`, message }),
  };
}

export function queueDoesNotExist(): AwsError {
  return new AwsError(400, "QueueDoesNotExist", "The specified queue does not exist.");
}

export function invalidParameter(name: string, value: unknown, reason: string): AwsError {
  const message = `Value ${String(value)} for parameter ${name} is invalid. Reason: ${reason}`;
  return new AwsError(400, "InvalidParameterValue", message);
}

export function missingParameter(name: string): AwsError {
  return new AwsError(400, "MissingParameter", `The request must contain the parameter ${name}.`);
}

export function receiptHandleIsInvalid(handle: string): AwsError {
  return new AwsError(
    400,
    "ReceiptHandleIsInvalid",
    `The input receipt handle "${handle}" is not a valid receipt handle.`,
  );
}
