import type { InvocationContext } from "./context.ts";

/** What the function answers: the shape that API Gateway's proxy integration takes, used for every caller. */
export interface SupervisorResponse {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Base64. */
  readonly body: string;
  readonly isBase64Encoded: true;
}

/** 200, body: what the command wrote. */
export function successResponse(context: InvocationContext, output: Buffer): SupervisorResponse {
  return response(context, 200, output);
}

/** Body: `{"exception": message}`. */
export function failureResponse(context: InvocationContext, message: string, statusCode = 500): SupervisorResponse {
  return response(context, statusCode, Buffer.from(JSON.stringify({ exception: message })));
}

/** For callers that read no answer: an error which Lambda's runtime reports as the invocation's failure, without a stack. */
export function functionError(code: string, message: string): Error {
  const error = new Error(message);
  error.name = code;
  error.stack = `${code}: ${message}`;
  return error;
}

function response(context: InvocationContext, statusCode: number, body: Buffer): SupervisorResponse {
  return {
    statusCode,
    headers: {
      "amz-lambda-request-id": context.awsRequestId,
      "amz-log-group-name": context.logGroupName,
      "amz-log-stream-name": context.logStreamName,
    },
    body: body.toString("base64"),
    isBase64Encoded: true,
  };
}
